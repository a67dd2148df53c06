"""Writes what Rich and structlog print of secrets, as Airflow 3.0.6 has them set up: python make.py, in an Airflow's virtualenv.

Each file holds a secret of secrets.json in the ways that its name says."""

import io
import json
import pathlib
import sys

import structlog
from airflow.cli.simple_table import AirflowConsole
from rich.console import Console

here = pathlib.Path(__file__).parent
secrets = json.loads((here / "secrets.json").read_text())


def leak(secret):
    uri = "postgresql://etl:" + secret + "@db.example/sales"
    nested = {"connection": {"password": secret, "host": "db"}, "list": [secret]}
    raise RuntimeError("leaked: " + secret)


def traceback(secret, width, color_system):
    out = io.StringIO()
    try:
        leak(secret)
    except RuntimeError:
        show = structlog.dev.RichTracebackFormatter(
            width=width, color_system=color_system, extra_lines=0, max_frames=30, indent_guides=width == 60
        )
        show(out, sys.exc_info())
    return out.getvalue().replace(str(here), "/dags".ljust(len(str(here)), "_"))


def plain(secret, width, color_system):
    out = io.StringIO()
    Console(file=out, width=width, force_terminal=color_system is not None, color_system=color_system).print(
        "[2026-11-30 20:50:02] INFO - the password is " + secret + " and that was it", markup=False
    )
    return out.getvalue()


def table(secret, width, color_system):
    out = io.StringIO()
    console = AirflowConsole(file=out, force_terminal=color_system is not None, color_system=color_system)
    console._width = width
    console.print_as_table(
        [{"id": n, "conn_id": "db", "password": secret, "port": 5432, "get_uri": "postgres://etl:" + secret + "@db"} for n in (1, 2)]
    )
    return out.getvalue()


for name, secret in secrets.items():
    for form in (traceback, plain, table):
        for kind, width, colour in (("narrow", 60, None), ("wide", 100, None), ("colour", 77, "truecolor")):
            (here / f"{name}-{form.__name__}-{kind}.txt").write_text(form(secret, width, colour))
