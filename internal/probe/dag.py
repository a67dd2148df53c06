# The DAG. `aircon doctor --inside` triggers it with {"connections": [{"conn_id": ..., "open": bool, "words": bool}, ...]} as its conf, and reads what
# the task pushes: JSON, in a text, as each version's XCom gives a text back as it is. "words" false leaves out the errors' words.

from datetime import datetime, timedelta

from airflow import DAG

try:
    from airflow.providers.standard.operators.python import PythonOperator
except ImportError:  # Airflow 2
    from airflow.operators.python import PythonOperator

PROBE = "@PROBE@"


def ask_server(conn_id, told):
    """Airflow 3.0's workers ask the API server outside of their list of sources."""
    try:
        from airflow.sdk import Connection
    except ImportError:  # Airflow 2 has the metastore in its list
        return None
    name = "ExecutionAPISecretsBackend"
    if any(entry["class"] == name for entry in told["sources"]):
        return None
    try:
        conn = Connection.get(conn_id)
    except Exception as error:
        told["sources"].append({"class": name, "result": "nothing", "error": {"class": type(error).__name__}})
        return None
    told["sources"].append({"class": name, "result": "found"})
    told["found"] = name
    return conn


def muted(hook):
    """The hook's answer without an error's words."""
    if "error" in hook:
        hook["error"].pop("message", None)
    return hook


def one(backends, asked):
    """All about one connection."""
    conn, told = look(backends, asked["conn_id"])
    if conn is None:
        conn = ask_server(asked["conn_id"], told)
    if conn is not None and asked.get("open") and conn.conn_type in POSTGRES:
        reached = reach(conn)
        if reached:
            told["reach"] = reached
        hook = open_it(asked["conn_id"], conn)
        told["hook"] = hook if asked.get("words") else muted(hook)
    return told


def tell(dag_run=None, ti=None, **_):
    """What a worker sees."""
    told = dict(versions(), probe=PROBE)
    try:
        backends = task_backends()
        told["connections"] = [one(backends, asked) for asked in (dag_run.conf or {}).get("connections", [])]
    except Exception as error:
        told["error"] = {"class": type(error).__name__}
    ti.xcom_push(key="r", value=json.dumps(told))


with DAG(
    "aircon_probe",
    description="aircon doctor --inside asks it what a worker sees of connections",
    schedule=None,
    start_date=datetime(2024, 1, 1),
    catchup=False,
    is_paused_upon_creation=False,
    dagrun_timeout=timedelta(minutes=15),
    tags=["aircon"],
):
    PythonOperator(task_id="t", python_callable=tell, retries=0)
