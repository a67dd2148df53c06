"""What a real Airflow does with files of connections, for exchange's tests. Run by the python of a virtual environment that
tools/oracle/airflow/install.sh has made.

    ask.py export DIR    stores DIR/cases.json (a list of arguments of Connection) in a new metastore, lets `airflow connections export`
                             write each form into DIR, and writes DIR/stored.json: what the metastore has.
    ask.py read DIR      lets `airflow connections import` and LocalFilesystemBackend read DIR/ours.json, .yaml and .env, and
                             EnvironmentVariablesBackend the variables that a shell sets from DIR/ours.dotenv; writes DIR/read.json:
                             for each of them what came of it.
    ask.py store DIR         stores DIR/cases.json too, encrypted with the key in AIRFLOW__CORE__FERNET_KEY.

AIRFLOW_HOME is DIR/home.
"""

import functools
import json
import os
import subprocess
import sys
from pathlib import Path

FORMS = {
    "json": ["out.json"],
    "yaml": ["out.yaml"],
    "env": ["out.env"],
    "env-json": ["out-json.env", "--serialization-format", "json"],
}


def prepare(directory):
    home = directory / "home"
    home.mkdir(exist_ok=True)
    os.environ.update(
        AIRFLOW_HOME=str(home),
        AIRFLOW__CORE__LOAD_EXAMPLES="False",
        AIRFLOW__CORE__FERNET_KEY=os.environ.get("AIRFLOW__CORE__FERNET_KEY", "3NvIo2AaTHnB9yfHlfHOfHPoJ8mqnE8Z_2MGvtBRTV0="),
        AIRFLOW__USAGE_DATA_COLLECTION__ENABLED="False",
        AIRFLOW__DATABASE__LOAD_DEFAULT_CONNECTIONS="False",
        AIRFLOW__LOGGING__LOGGING_LEVEL="ERROR",
        AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=os.environ.get("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", f"sqlite:///{home}/airflow.db"),
        _AIRFLOW_PROCESS_CONTEXT="server",
    )
    airflow("db", "migrate")


def airflow(*arguments):
    done = subprocess.run([sys.executable, "-m", "airflow", *arguments], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"airflow {' '.join(arguments)}: {done.stdout}{done.stderr}")
    return done.stdout


def fields(c):
    names = ["conn_id", "conn_type", "description", "host", "login", "password", "schema", "port", "extra"]
    return {name: getattr(c, name) for name in names}


def stored():
    from airflow.models import Connection
    from airflow.utils.session import create_session

    with create_session() as session:
        return [fields(c) for c in session.query(Connection).order_by(Connection.conn_id)]


def clear():
    from airflow.models import Connection
    from airflow.utils.session import create_session

    with create_session() as session:
        session.query(Connection).delete()


def store(directory):
    from airflow.models import Connection
    from airflow.utils.session import create_session

    with create_session() as session:
        for case in json.loads((directory / "cases.json").read_text()):
            session.add(Connection(**case))


def export(directory):
    clear()
    store(directory)
    for name, *more in FORMS.values():
        airflow("connections", "export", str(directory / name), *more)
    (directory / "stored.json").write_text(json.dumps(stored()))


def attempt(read):
    try:
        return read()
    except Exception as e:  # whatever Airflow raises is its answer
        return {"error": type(e).__name__}


def variables(path):
    done = subprocess.run(["/bin/sh", "-c", f"set -a; . '{path}'; env -0"], env={}, capture_output=True, check=True)
    return dict(item.split("=", 1) for item in done.stdout.decode().split("\0") if item)


def read(directory):
    from airflow.secrets.environment_variables import EnvironmentVariablesBackend
    from airflow.secrets.local_filesystem import LocalFilesystemBackend

    class Backend(LocalFilesystemBackend):
        """Airflow's own parses its file twice for each connection that is asked for; this one does it once for all."""

        _local_connections = functools.cached_property(LocalFilesystemBackend._local_connections.fget)

    answers = {}
    for form in ["json", "yaml", "env"]:
        path = directory / f"ours.{form}"
        clear()
        airflow("connections", "import", str(path))
        answers["import " + form] = stored()
        backend = Backend(connections_file_path=str(path))
        answers["backend " + form] = attempt(lambda: [fields(backend.get_connection(i)) for i in backend._local_connections])
    ids = json.loads((directory / "ids.json").read_text())
    os.environ.update(variables(directory / "ours.dotenv"))
    backend = EnvironmentVariablesBackend()
    answers["backend dotenv"] = attempt(lambda: [fields(backend.get_connection(i)) for i in ids])
    (directory / "read.json").write_text(json.dumps(answers))


if __name__ == "__main__":
    what, where = sys.argv[1], Path(sys.argv[2]).resolve()
    prepare(where)
    {"export": export, "read": read, "store": store}[what](where)
