"""Makes folders with .airflowignore files, links and archives in them, has this Python's Airflow list the DAG files, and writes what it finds:
a row of JSON for each folder, to hold internal/dagfolder against.

    $(tools/oracle/airflow/install.sh 3.3.1) tools/scan/walk.py SEED FOLDERS >rows.jsonl

A row is {"name", "files", "links", "archives", "found", "loops"}: the texts of files by their paths, where links lead to, the names in each
archive; and the paths that Airflow yields, or whether it gives up with "Detected recursive loop".
"""

import json
import logging
import os
import random
import sys
import tempfile
import warnings
import zipfile

home = tempfile.mkdtemp(prefix="aircon-walk-")
os.environ.update(AIRFLOW_HOME=home, AIRFLOW__CORE__LOAD_EXAMPLES="False", AIRFLOW__CORE__UNIT_TEST_MODE="False",
                  AIRFLOW__DATABASE__SQL_ALCHEMY_CONN="sqlite://")  # fmt: skip
warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)

from airflow.utils.file import list_py_file_paths  # noqa: E402

NAMES = ["etl", "old_etl", "draft", "team", "tmp", "gen", "a", "b", "x1", "x2", ".hidden", "x.y"]
REGEXPS = ["old_", "draft", r"x\d", "^team/", "tmp", "team/.*/a", r"\.hidden", "(?!keep)", "[", "a$", "gen/b\\.py", "ETL", "(?i)ETL", "etl  ", "^a|^b"]
GLOBS = ["old_*", "draft.py", "x?.py", "x[12]*", "x[!1].py", "/team", "team/", "tmp/", "team/a.py", "**/a.py", "gen/**", "team/**/b.py", "!a.py", "!team/",
         "*.py", "*", "!*/", "/", "a", "b  ", "/a.py", ".hidden/", "team/*/a.py", r"\!a.py", "!/etl.py"]  # fmt: skip


def folder(r, globs):
    """A folder's files, links and archives, by their paths."""
    files, links, archives, dirs = {}, {}, {}, [""]
    for _ in range(r.randint(1, 6)):
        dirs.append(os.path.join(r.choice(dirs), r.choice(NAMES)))
    dirs = list(dict.fromkeys(dirs))
    for _ in range(r.randint(2, 12)):
        files[os.path.join(r.choice(dirs), r.choice(NAMES) + r.choice([".py", ".py", ".py", ".txt", ".pyc", ""]))] = "x = 1\n"
    for _ in range(r.randint(0, 2)):
        lines = [r.choice(GLOBS if globs else REGEXPS) + r.choice(["", "", "  # why"]) for _ in range(r.randint(1, 4))]
        files[os.path.join(r.choice(dirs), ".airflowignore")] = "\n".join(lines + r.choice([[], [""], ["# all"]]))
    for _ in range(r.choice([0, 0, 1, 1, 2])):
        target = r.choice([*dirs, *files, "outside", "outside/dag.py", "nowhere"])
        links[os.path.join(r.choice(dirs), "link" + r.choice("12") + r.choice(["", ".py"]))] = target
    for _ in range(r.choice([0, 0, 1])):
        archives[os.path.join(r.choice(dirs), r.choice(["dags.zip", "dags.whl", "zipped"]))] = r.sample(["a.py", "b.txt", "p/c.py", "p/__init__.py"], 2)
    return files, links, archives


def made(root, files, links, archives):
    """Writes a folder, and reports whether that can be."""
    base = os.path.join(root, "dags")
    os.makedirs(os.path.join(root, "outside"))
    os.makedirs(base)
    open(os.path.join(root, "outside", "dag.py"), "w").close()
    try:
        for path, text in files.items():
            os.makedirs(os.path.dirname(os.path.join(base, path)), exist_ok=True)
            with open(os.path.join(base, path), "x") as f:
                f.write(text)
        for path, names in archives.items():
            os.makedirs(os.path.dirname(os.path.join(base, path)), exist_ok=True)
            with zipfile.ZipFile(os.path.join(base, path), "x") as z:
                for name in names:
                    z.writestr(name, "x = 1\n")
        for path, target in links.items():
            os.makedirs(os.path.dirname(os.path.join(base, path)), exist_ok=True)
            to = os.path.join(root if target.startswith("outside") else base, target)
            os.symlink(os.path.relpath(to, os.path.dirname(os.path.join(base, path))), os.path.join(base, path))
    except (FileExistsError, NotADirectoryError, IsADirectoryError):
        return None
    return base


def main():
    import airflow

    rows = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what Airflow prints is no row
    r, want = random.Random(int(sys.argv[1])), int(sys.argv[2])
    globs = airflow.__version__.startswith("3")
    done = loops = total = 0
    while done < want:
        files, links, archives = folder(r, globs)
        with tempfile.TemporaryDirectory() as root:
            base = made(root, files, links, archives)
            if base is None:
                continue
            row = {"name": f"folder_{done}", "files": files, "links": links, "archives": archives, "found": [], "loops": False}
            try:
                row["found"] = sorted(os.path.relpath(p, base) for p in list_py_file_paths(base, safe_mode=False))
            except RuntimeError as e:
                if "recursive loop" not in str(e):
                    raise
                row["loops"] = True
        print(json.dumps(row), file=rows)
        done, loops, total = done + 1, loops + row["loops"], total + len(row["found"])
    rows.close()
    print(f"Airflow {airflow.__version__}: {done} folders, {total} files found, {loops} given up", file=sys.stderr)


main()
