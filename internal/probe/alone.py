# The end of the script that runs by itself. Standard input is one JSON object: {"key": hexadecimal, "ids": [conn_id, ...], "open": bool}. Standard
# output is one, too: fields are told by their HMAC-SHA256 under the key, which whoever gave the key can compare.

import hashlib
import hmac
import os

FIELDS = ("conn_type", "description", "host", "login", "password", "schema", "port", "extra")
# They need the environment's own database and server, which are not here.
ELSEWHERE = ("MetastoreBackend", "ExecutionAPISecretsBackend")


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


def probe(backends, conn_id, task):
    """All about one connection."""
    conn, told = look(backends, conn_id, ELSEWHERE)
    if conn is not None:
        told["fields"] = digests(conn, bytes.fromhex(task["key"]))
        if task["open"] and conn.conn_type in POSTGRES:
            told["hook"] = open_it(conn_id, conn)
    return told


def main():
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)  # Airflow and its plugins print on standard output, too
    task = json.load(sys.stdin)
    told = {}
    try:
        told.update(versions())
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
