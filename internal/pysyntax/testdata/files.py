"""Writes Python files of this installation with their trees as dump.py has them: [program, tree] in JSON, a line each.

    python3.12 files.py SEED N DIRECTORY… | gzip >files.jsonl.gz

Left out are what package pysyntax reads otherwise on purpose: names that are not normalised, and escapes of surrogates."""

import json
import pathlib
import random
import sys
import unicodedata
import warnings

import dump

warnings.simplefilter("ignore")
sys.setrecursionlimit(20000)
sys.stdout.reconfigure(encoding="utf-8", errors="replace")
seed, n, *directories = sys.argv[1:]
files = sorted(str(f) for d in directories for f in pathlib.Path(d).rglob("*.py"))
written = 0
for name in random.Random(seed).sample(files, len(files)):
    try:
        text = pathlib.Path(name).read_bytes().decode()
    except UnicodeDecodeError:
        continue
    if written == int(n):
        break
    if unicodedata.normalize("NFKC", text) != text or "\\ud" in text.lower() or "\0" in text:
        continue
    tree = dump.dump(text.encode())
    if tree != "error":
        written += 1
        print(json.dumps([text, tree], ensure_ascii=False))
