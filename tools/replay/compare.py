#!/usr/bin/env python3
"""Holds local AWS against what AWS answers, row by row, and moto beside it: docs/compare.md.

    python3 compare.py --aircon bin/aircon            local AWS answers every row as AWS does, and docs/compare.md is up to date
    python3 compare.py --aircon bin/aircon --write    writes docs/compare.md
    python3 compare.py --moto                         asks moto_server the same, and writes its answers into moto.json

The rows are the functions below compared/; rows.py says how to write one.
"""

import argparse
import contextlib
import importlib
import importlib.metadata
import json
import os
import pathlib
import subprocess
import sys
import textwrap
import urllib.request

import local
import rows

HERE = pathlib.Path(__file__).parent
MOTO = HERE / "moto.json"
GUIDE = HERE.parent.parent / "docs" / "compare.md"

AREAS = {
    "signatures": "Who asks",
    "authorisation": "What a caller may do",
    "secrets": "Secrets, versions and staging labels",
    "keys_and_roles": "KMS, IAM and STS",
}


def ask(row, aws):
    try:
        answer = row.ask(aws)
    except Exception as e:  # the client cannot read the answer, or the row not even be prepared: that is what a user sees
        answer = f"({type(e).__name__}: {e})"
    return rows.plain(answer)


@contextlib.contextmanager
def moto():
    """Runs moto_server with its IAM access control, which is off as it starts, and gives it with the keys of an administrator."""
    with subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-p", "0"], stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONUNBUFFERED": "1"}
    ) as server:
        try:
            endpoint = next(line.split()[-1] for line in server.stderr if "Running on" in line)
            free = local.AWS(endpoint, "free", "free")
            free.iam.create_user(UserName="admin")
            document = rows.policy({"Action": "*"})
            free.iam.put_user_policy(UserName="admin", PolicyName="admin", PolicyDocument=document)
            key = free.iam.create_access_key(UserName="admin")["AccessKey"]
            switch = urllib.request.Request(endpoint + "/moto-api/reset-auth", b"0", {"Content-Type": "text/plain"})
            urllib.request.urlopen(switch).close()
            yield local.AWS(endpoint, key["AccessKeyId"], key["SecretAccessKey"])
        finally:
            server.terminate()
            server.stderr.close()


def write_moto():
    with moto() as aws:
        answers = {row.name: ask(row, aws) for row in rows.ROWS}
    version = importlib.metadata.version("moto")
    MOTO.write_text(json.dumps({"version": version, "answers": answers}, indent=1, ensure_ascii=False) + "\n")
    equal = sum(row.same(answers[row.name]) for row in rows.ROWS)
    print(f"moto {version} answers {equal} of {len(rows.ROWS)} rows as AWS does")


def cell(text):
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")


def guide(ours):
    """docs/compare.md, with local AWS's answers by the rows' names."""
    other = json.loads(MOTO.read_text())
    equal, as_aws = (sum(row.same(answers.get(row.name, "")) for row in rows.ROWS) for answers in (other["answers"], ours))
    ours_equal = "all" if as_aws == len(rows.ROWS) else as_aws
    lines = ["# Others answer, AWS answers, we answer"]
    for paragraph in (
        f"""{len(rows.ROWS)} things that a client may ask of an AWS, put by one boto3 program (`tools/replay/compared`) to `aircon local` and to
        moto, a widely used emulator. `aircon local` answers {ours_equal} of them as AWS does, which `make test` asserts, moto {other["version"]}
        {equal}. This page is written by `make compare`.""",
        """What AWS answers stands in the source named: *recorded* is an answer recorded from AWS itself, the others are pages of AWS's
        documentation. Where a page gives the code alone, the code alone is compared.""",
        """moto is asked with its IAM access control switched on (`/moto-api/reset-auth`). As it starts it is off: then any key and any
        signature is taken, and nothing is denied. LocalStack needs a container runtime and was not measured.""",
    ):
        lines += ["", textwrap.fill(" ".join(paragraph.split()), 140, break_on_hyphens=False)]
    for area, title in AREAS.items():
        lines += ["", f"## {title}", "", "| asked | moto | AWS | aircon local | source |", "| --- | --- | --- | --- | --- |"]
        for row in rows.ROWS:
            if row.area == area:
                moto, here = (verdict(row, answers) for answers in (other["answers"], ours))
                lines.append(f"| {cell(row.title)} | {moto} | {cell(row.aws)} | {here} | {row.source} |")
    return "\n".join(lines) + "\n"


def verdict(row, answers):
    if row.name not in answers:
        return "not asked yet"
    return "as AWS" if row.same(answers[row.name]) else cell(answers[row.name])


def check(aircon, write):
    """Asks local AWS, and returns how many rows it answers otherwise than AWS does, and one more if the guide is another."""
    with local.started(aircon, rows.ACCOUNT) as aws:
        ours = {row.name: ask(row, aws) for row in rows.ROWS}
    wrong = [row for row in rows.ROWS if not row.same(ours[row.name])]
    for row in wrong:
        print(f"{row.area}.{row.name}: {row.title}:\n\tAWS answers {row.aws}\n\there it is  {ours[row.name]}")
    print(f"{len(rows.ROWS)} rows asked of local AWS: {len(rows.ROWS) - len(wrong)} passed, {len(wrong)} failed")
    if write:
        GUIDE.write_text(guide(ours))
    elif GUIDE.read_text() != guide(ours):
        print(f"{GUIDE.name} is not what the rows say: make compare writes it anew")
        return len(wrong) + 1
    return len(wrong)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--aircon")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--moto", action="store_true")
    arguments = parser.parse_args()
    for area in AREAS:
        importlib.import_module(f"compared.{area}")
    if arguments.moto:
        write_moto()
    if arguments.aircon:
        sys.exit(check(arguments.aircon, arguments.write) > 0)


if __name__ == "__main__":
    main()
