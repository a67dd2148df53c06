"""Looks connections up and opens them as a task would, in the Python and environment that run this, and says what Airflow swallows.

Standard input is one JSON object: {"key": hexadecimal, "ids": [conn_id, ...], "open": bool}. Standard output is one JSON object, without a secret:
fields are told by their HMAC-SHA256 under the key, which whoever gave the key can compare, and words of errors that may quote a secret are left out.
It runs with every Airflow from 2.9 to 3.3.
"""

import hashlib
import hmac
import json
import os
import sys
import time

FIELDS = ("conn_type", "description", "host", "login", "password", "schema", "port", "extra")
# They need the environment's own database and server, which are not here.
ELSEWHERE = ("MetastoreBackend", "ExecutionAPISecretsBackend")


def task_backends():
    """The sources that a task asks, in their order. Airflow 3's workers have a list of their own."""
    try:
        from airflow.sdk.execution_time.supervisor import ensure_secrets_backend_loaded as load
    except ImportError:
        from airflow.configuration import ensure_secrets_loaded as load
    return load()


# The packages whose errors quote no secret but, at most, the connection's password.
SPEAKING = ("botocore", "psycopg2", "psycopg")


def error_of(error, conn=None):
    """An error without what may be a secret: in AWS's or the driver's own words, or by its class alone."""
    said = {"class": type(error).__name__}
    response = getattr(error, "response", None)
    if isinstance(response, dict) and isinstance(response.get("Error"), dict):
        said["code"], said["message"] = response["Error"].get("Code", ""), response["Error"].get("Message", "")
    elif type(error).__module__.split(".")[0] in SPEAKING:
        said["code"] = getattr(error, "pgcode", None) or getattr(error, "sqlstate", None) or ""
        said["message"] = str(error).strip()
    password = str(getattr(conn, "password", None) or "")
    if password and "message" in said:
        said["message"] = said["message"].replace(password, "***")
    return said


def own_call(backend, conn_id):
    """The error of GetSecretValue where the provider swallows it, or None. It asks for the name that the backend asks for."""
    prefix = getattr(backend, "connections_prefix", None)
    if not hasattr(backend, "client") or prefix is None:
        return None
    try:
        backend.client.get_secret_value(SecretId=backend.build_path(prefix, conn_id, backend.sep) if prefix else conn_id)
    except Exception as error:
        return error_of(error)
    return None


def ask(backend, conn_id):
    """What one source has, and how it said so."""
    name = type(backend).__name__
    if name in ELSEWHERE:
        return None, {"class": name, "result": "elsewhere"}
    begin = time.monotonic()
    try:
        conn = backend.get_connection(conn_id=conn_id)
    except Exception as error:
        return None, {"class": name, "result": "raised", "error": error_of(error)}
    entry = {"class": name, "result": "nothing" if conn is None else "found", "seconds": round(time.monotonic() - begin, 3)}
    if conn is None:
        pattern = getattr(backend, "connections_lookup_pattern", None)
        if pattern is not None and not matches(pattern, conn_id):
            entry["result"] = "not asked"
        else:
            swallowed = own_call(backend, conn_id)
            if swallowed:
                entry["error"] = swallowed
    return conn, entry


def matches(pattern, conn_id):
    """Whether a lookup pattern takes an id, as the amazon provider's _get_secret decides."""
    import re

    return bool(re.match(pattern, conn_id, re.IGNORECASE))


def digests(conn, key):
    """The fields' digests."""
    told = {}
    for field in FIELDS:
        value = getattr(conn, field, None)
        text = "" if value is None else str(value)
        if field == "extra":
            text = told_by_key(text)
        told[field] = hmac.new(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
    return told


def told_by_key(text):
    """An extra by its keys in order, so that only its meaning counts; as it stands where it is no object."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    if not isinstance(value, dict):
        return text
    return "".join("%s=%s\n" % (key, json.dumps(value[key])) for key in sorted(value))


def open_it(conn_id, conn):
    """A query through PostgresHook, as a task makes it."""
    begin = time.monotonic()
    try:
        from airflow.providers.postgres.hooks.postgres import PostgresHook

        user, database = PostgresHook(postgres_conn_id=conn_id).get_first("select current_user, current_database()")
    except Exception as error:
        return {"opened": False, "error": error_of(error, conn)}
    return {"opened": True, "user": user, "database": database, "seconds": round(time.monotonic() - begin, 3)}


def probe(backends, conn_id, task):
    """All about one connection."""
    told = {"conn_id": conn_id, "sources": []}
    for backend in backends:
        conn, entry = ask(backend, conn_id)
        told["sources"].append(entry)
        if conn is not None:
            told["found"] = entry["class"]
            told["fields"] = digests(conn, bytes.fromhex(task["key"]))
            if task["open"] and conn.conn_type in ("postgres", "redshift"):
                told["hook"] = open_it(conn_id, conn)
            break
    return told


def main():
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)  # Airflow and its plugins print on standard output, too
    task = json.load(sys.stdin)
    told = {"python": "%d.%d.%d" % sys.version_info[:3]}
    try:
        import airflow

        told["airflow"] = airflow.__version__
        backends = task_backends()
    except Exception as error:
        told["error"] = {"class": type(error).__name__, "message": str(error) if isinstance(error, ImportError) else ""}
    else:
        told["connections"] = [probe(backends, conn_id, task) for conn_id in task["ids"]]
    json.dump(told, answers)
    answers.write("\n")
    answers.close()
    os._exit(0)  # nothing that Airflow has begun is waited for


main()
