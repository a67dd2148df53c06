"""Looks connections up and opens them as a task would, in the Python and environment that run this, and says what Airflow swallows.

It holds no secret and tells none: words of errors that may quote one are left out. It runs with every Airflow from 2.9 to 3.3.
"""

import json
import sys
import time

# What PostgresHook opens.
POSTGRES = ("postgres", "redshift")


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


def ask(backend, conn_id, elsewhere=()):
    """What one source has, and how it said so. The classes of elsewhere cannot be asked from here."""
    name = type(backend).__name__
    if name in elsewhere:
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


def open_it(conn_id, conn):
    """A query through PostgresHook, as a task makes it."""
    begin = time.monotonic()
    try:
        from airflow.providers.postgres.hooks.postgres import PostgresHook

        user, database = PostgresHook(postgres_conn_id=conn_id).get_first("select current_user, current_database()")
    except Exception as error:
        return {"opened": False, "error": error_of(error, conn)}
    return {"opened": True, "user": user, "database": database, "seconds": round(time.monotonic() - begin, 3)}


def look(backends, conn_id, elsewhere=()):
    """The connection, or None, and what each source said of it."""
    told = {"conn_id": conn_id, "sources": []}
    for backend in backends:
        conn, entry = ask(backend, conn_id, elsewhere)
        told["sources"].append(entry)
        if conn is not None:
            told["found"] = entry["class"]
            return conn, told
    return None, told


def versions():
    """Those of Python and Airflow."""
    import airflow

    return {"python": "%d.%d.%d" % sys.version_info[:3], "airflow": airflow.__version__}
