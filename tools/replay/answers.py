"""Hold an answer against the one that AWS gave, in which placeholders stand for what varies.

compare() is all of it. A placeholder matches any value of its kind, the same placeholder always the same value, and two
placeholders of one kind never the same. Beyond that nothing is let through: no member is missing and none is there that AWS
did not send. Of HTTP only the status code is compared; the request's id has to be there.
"""

import datetime
import itertools
import json
import re

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
KEY_ARN = rf"arn:aws:kms:us-east-1:\d{{12}}:key/{UUID}"
NAME = r"[\w+=,.@-]+"

# A placeholder's name without its number, and what it stands for.
KINDS = {
    "partition": "aws",
    "region": "us-east-1",
    "SecretId": r"[\w/+=.@-]+",
    "ArnPart": "-[A-Za-z0-9]{6}",
    "version_uuid": UUID,
    "version-id": UUID,
    "lambda-arn": rf"arn:aws:lambda:us-east-1:\d{{12}}:function:{NAME}",
    "key-id": rf"{UUID}|{KEY_ARN}",  # the recordings replaced the whole member, whichever of the two it held
    "key-arn": KEY_ARN,
    "key-material-id": "[0-9a-f]{64}",
    "resource": UUID,
    "role-name": NAME,
    "policy-name": NAME,
    "path-prefix": NAME,
    "role-id": "AROA[A-Z0-9]{17}",
    "policy-id": "ANPA[A-Z0-9]{17}",
}
PLACEHOLDER = re.compile(r"<([A-Za-z_-]+?)(?:[:-]\d+(?:idx)?)?>")

# Texts that stand for a moment, and for bytes that are new each time.
MOMENTS = ("datetime", "<datetime>")
BLOBS = ("ciphertext-blob", "private-key-ciphertext-blob", "private-key-plaintext", "public-key")


def compare(recorded, got, bound, path=""):
    """Returns the differences, a line each, and the placeholders' values: those of bound and the ones found here."""
    if isinstance(recorded, dict) and isinstance(got, str):  # a document, which the recording holds parsed
        got = json.loads(got)
    if path.endswith(".ResponseMetadata"):
        return _metadata(recorded, got, path), bound
    if isinstance(recorded, dict) and isinstance(got, dict):
        return _objects(recorded, got, bound, path)
    if isinstance(recorded, list) and isinstance(got, list):
        return _lists(recorded, got, bound, path)
    if isinstance(recorded, str):
        return _texts(recorded, got, bound, path)
    same = type(recorded) is type(got) and recorded == got
    return ([] if same else [_differ(path, recorded, got)]), bound


def _differ(path, recorded, got):
    return f"{path or '.'}: AWS answered {recorded!r}, and here it is {got!r}"


def _metadata(recorded, got, path):
    lines = []
    if recorded["HTTPStatusCode"] != got["HTTPStatusCode"]:
        lines.append(_differ(path + ".HTTPStatusCode", recorded["HTTPStatusCode"], got["HTTPStatusCode"]))
    if not got.get("RequestId"):
        lines.append(f"{path}.RequestId: there is none")
    return lines


def _objects(recorded, got, bound, path):
    """Members by their names; where names are placeholders without a value, as the best assignment of them."""
    names = {name: _fill(name, bound) for name in recorded}
    known = {name: full for name, full in names.items() if full is not None}
    free = [name for name in names if name not in known]
    rest = [name for name in got if name not in known.values()]
    lines = [f"{path}.{known[name]}: AWS answered it, and here it is missing" for name in known if known[name] not in got]
    for name, full in known.items():
        if full in got:
            found, bound = compare(recorded[name], got[full], bound, f"{path}.{full}")
            lines += found
    if len(free) != len(rest):
        return lines + [f"{path}: AWS answered members {sorted(recorded)}, and here they are {sorted(got)}"], bound
    tries = (_assign(zip(free, order), recorded, got, bound, path) for order in itertools.permutations(rest))
    found, bound = min(tries, key=lambda t: len(t[0])) if free else ([], bound)
    return lines + found, bound


def _assign(pairs, recorded, got, bound, path):
    lines = []
    for name, taken in pairs:
        for r, g in ((name, taken), (recorded[name], got[taken])):
            found, bound = compare(r, g, bound, f"{path}.{taken}")
            lines += found
    return lines, bound


def _lists(recorded, got, bound, path):
    if len(recorded) != len(got):
        return [_differ(path, recorded, got)], bound
    lines = []
    for i, (r, g) in enumerate(zip(recorded, got)):
        found, bound = compare(r, g, bound, f"{path}[{i}]")
        lines += found
    return lines, bound


def _fill(text, bound):
    """Returns the text with the values of its placeholders, or None if one has none yet."""
    if any(m.group() not in bound for m in PLACEHOLDER.finditer(text)):
        return None
    return PLACEHOLDER.sub(lambda m: bound[m.group()], text)


def _texts(recorded, got, bound, path):
    differ = [_differ(path, recorded, got)], bound
    if recorded in MOMENTS:  # in an answer that boto3 did not parse it is a number
        return ([], bound) if isinstance(got, (datetime.datetime, float)) else differ
    if isinstance(got, bytes):
        same = got if recorded in BLOBS else recorded in (repr(got), got.decode(errors="replace"))
        return ([], bound) if same else differ
    if not isinstance(got, str):
        return differ
    pattern, placeholders = _pattern(recorded, bound)
    match = re.fullmatch(pattern, got)
    if not match:
        return differ
    new = bound | {text: match[group] for group, text in placeholders.items()}
    for one, other in itertools.combinations(sorted(new), 2):
        if new[one] == new[other] and PLACEHOLDER.match(one)[1] == PLACEHOLDER.match(other)[1]:
            return [f"{path}: {one} and {other} were two values on AWS, and here both are {got!r}"], bound
    return [], new


def _pattern(text, bound):
    """Returns a regular expression for a recorded text, and the placeholders that its groups find the values of."""
    pattern, groups, at = "", {}, 0
    for m in PLACEHOLDER.finditer(text):
        pattern += re.escape(text[at : m.start()])
        at = m.end()
        group = next((g for g, seen in groups.items() if seen == m.group()), None)
        if m.group() in bound:
            pattern += re.escape(bound[m.group()])
        elif group:
            pattern += f"(?P={group})"
        else:
            group = f"p{len(groups)}"
            groups[group] = m.group()
            pattern += f"(?P<{group}>{KINDS[m[1]]})"
    return pattern + re.escape(text[at:]), groups
