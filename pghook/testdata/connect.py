"""Opens a session for each line of keyword arguments in JSON, and says how it went. Run with psycopg2 or psycopg as argument."""

import importlib
import json
import sys

driver = importlib.import_module(sys.argv[1])
for line in sys.stdin:
    try:
        session = driver.connect(**json.loads(line))
        cursor = session.cursor()
        cursor.execute("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
        answer = {"ok": True, "tls": cursor.fetchone()[0]}
        session.close()
    except Exception as error:
        answer = {"ok": False, "error": str(error)}
    print(json.dumps(answer), flush=True)
