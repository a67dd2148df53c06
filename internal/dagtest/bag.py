"""Reads a folder of DAGs as Airflow does, and writes what is there as JSON: bag.py FOLDER FILE."""

import json
import os
import sys

try:
    from airflow.dag_processing.dagbag import DagBag
except ImportError:  # before 3.2
    from airflow.models.dagbag import DagBag

folder, file = sys.argv[1:]
bag = DagBag(folder)


def below(path):
    return os.path.relpath(path, folder)


with open(file, "w") as out:
    json.dump(
        {
            "dags": sorted(bag.dags),
            "errors": [{"file": below(path), "text": text} for path, text in sorted(bag.import_errors.items())],
        },
        out,
    )
