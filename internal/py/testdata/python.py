#!/usr/bin/env python3
"""Prints what CPython makes of random arguments: one JSON row [function, argument, result] a line, null where it raises.

    python3.12 python.py 1 600 | gzip -n9 >python.jsonl.gz        (CPython 3.12.1; 3.11.7 gives the same)

The second argument is the number of rows for each function.
"""

import json
import random
import re
import signal
import sys
import warnings
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

warnings.simplefilter("ignore")
rnd = random.Random(int(sys.argv[1]))
pick, chance = rnd.choice, lambda p: rnd.random() < p

SPECIAL = ":/@?#[]%&=+;,._-~ \t\n\"\\{}'"
ODD = "Σσςİıſßŉǰΐẞﬁ℀／：＃？＠．％﹖﹫ΑΩÅ\u0345\u0307\u00a0\u2003\u001c\u0085"


def char():
    roll = rnd.random()
    if roll < 0.35:
        return chr(rnd.randrange(0x80))
    if roll < 0.65:
        return pick(SPECIAL + ODD)
    if roll < 0.9:
        return chr(rnd.randrange(0x80, 0xD800))
    if roll < 0.94:
        return chr(rnd.randrange(0xD800, 0xE000))
    return chr(rnd.randrange(0xE000, 0x110000))


def text(most=8):
    return "".join(char() for _ in range(rnd.randint(0, most)))


def percent(most=6):
    bits = ["%e2%82", "%ed%a0%80", "%f0%9f%98", "%c3", "%A9", "%C0%80", "%F4%90%80%80", "%e0%80%80", "%zz", "%4", "%"]
    return "".join(pick(bits + [char(), "%%%02x" % rnd.randrange(256)]) for _ in range(rnd.randint(0, most)))


def address():
    parts = ["", "0", "1", "ffff", "12345", "g", "1.2.3.4", "01.2.3.4", "256.1.1.1"]
    whole = ["::", "v1.x", "v1.\n", "vg.x", "v1.", "fe80::1%", "fe80::1%a%b", "fe80::1%25", "::2:3:4:5:6:7:8", "1:2:3:4:5:6:7::"]
    inside = pick(whole) if chance(0.4) else ":".join(pick(parts) for _ in range(rnd.randint(1, 9)))
    return pick(["[", "[", "", "[["]) + inside + pick(["]", "]", "]", ""])


def url():
    out = pick(["postgres", "POSTGRESQL", "a-b_c", "a+b.c", "1a", "", text(4)]) + pick(["://"] * 6 + [":", ":/", "//"])
    if chance(0.6):
        out += pick([text, percent])() + pick(["", ":" + percent()]) + pick(["@", "@", "@@", ""])
    out += pick(["h", "DB.Example.COM", "%2FTmp", "ΑΣ", address(), address(), text(), percent()])
    out += pick(["", ":", ":5432", ":0", ":007", ":65536", ":" + "9" * 30, ":+1", ": 1", ":５", ":" + text(3)])
    out += pick(["", "/" + percent(), "/" + text()]) + pick(["", "?" + query()]) + pick(["", "", "#" + text(3)])
    return out


def query():
    return pick(["&", "&&"]).join(pick([text, percent])(4) + pick(["=", "", "=="]) + pick([text, percent])(4) for _ in range(rnd.randint(0, 4)))


def number():
    forms = ["%d" % rnd.randint(-(10**6), 10**6), "%d.%de%d" % (rnd.randint(0, 9), rnd.randint(0, 10**6), rnd.randint(-330, 330))]
    forms += [repr(10.0 ** rnd.randint(-20, 25)), "1" * pick([18, 19, 50, 4300, 4301]), "-0", "-0.0", "NaN", "-Infinity", "01", "1.", ".5", "-"]
    return pick(forms)


def value(depth=0):
    roll = rnd.random()
    gap = lambda: pick(["", "", "", " ", "\n", "\t", "\r", "\u00a0", "\x0b"])
    if roll < 0.35:
        return number()
    if roll < 0.65 or depth > 3:
        escapes = ["\\ud83d\\ude00", "\\ud83d", "\\ude00\\ud83d", "\\ud83d\\u0041", "\\u12", "\\/", "\\x", "\\"]
        return pick([json.dumps(text(), ensure_ascii=chance(0.5)), '"' + pick(escapes) * rnd.randint(1, 2) + '"', '"' + text() + '"'])
    if roll < 0.72:
        return pick(["true", "false", "null", "True", "nul", ""])
    if roll < 0.85:
        return "[" + gap() + ("," + gap()).join(value(depth + 1) for _ in range(rnd.randint(0, 3))) + gap() + pick(["]"] * 9 + [""])
    members = (pick(['"a"', '"b"', '""']) + gap() + ":" + gap() + value(depth + 1) for _ in range(rnd.randint(0, 4)))
    return "{" + gap() + ("," + gap()).join(members) + gap() + pick(["}"] * 9 + [""])


def integer():
    around = ["", " ", "\x1c", "\u2003", "\x85", "\n"]
    inside = ["1_0", "1__0", "٣", "１２", "+5", "--5", "0_", "_0", "0x1", "5432.0", "1e3", "", "²", "-0", "007", number()]
    return pick(around) + pick(inside) + pick(around)


ATOMS = r"m y _ my . \w \d \s \W \D \S [a-z] [^a] [^\W\d] K ſ ß ı İ é µ ς [À-ÿ] [K-S] [^k] \b \B ^ $ \A \Z \x6d (a) (m) (?P<n>m) (?P=n) \1 \2 (?:my|m) (?=m) (?!m) (?<=m) (?<!m) (?>m|my) (?(1)y|x) (?i:M) (?-i:M) (?s:.) (?m:^) (?m:$) (?x:m#c) (?a:\w) (?ai:K) [\w-] []a] [^]a] \. - { } {1 \u0130 𐐨 (?#x) | ( () [[:alpha:]] ͅ ι Å ǅ (?i) (?s) (?x) (?a) \07 \18 \777 \N{DIGIT@ONE} (?<n>m) (?(n)y|x) (?P<é>m) \cM \z \p{L}".split()
TIMES = ["", "", "", "", "*", "+", "?", "*?", "+?", "??", "*+", "++", "?+", "{2}", "{1,}", "{,2}", "{0}", "{2,1}", "{1,2}?", "{1,2}+"]
IDS = "my_db MY_DB m y k K ſ s S i I ı İ µ μ ς Σ ß ẞ ǅ ǆ 𐐀 𐐨 1 ٣ Ⅷ ² é É å Å Ω ͅ ι mm m_ aws_default a/b".split() + ["", "\n", "a\n", "a b"]


def pattern():
    out = ""
    for _ in range(rnd.randint(1, 5)):
        atom = pick(ATOMS).replace("@", " ")
        if chance(0.25):
            atom = "(" + pick(["", "?:", "?=", "?!", "?<=", "?<!", "?>", "?P<x>", "?i:", "?-i:"]) + atom + pick(TIMES) + pick(["", "|" + pick(ATOMS)]) + ")"
        out += atom + pick(TIMES)
    return [out, rnd.sample(IDS, 12)]


def split(argument):
    u = urlsplit(argument)
    try:
        port = u.port
    except ValueError:
        port = "error"
    return [u.scheme, u.netloc, u.path, u.query, u.fragment, u.username, u.password, u.hostname or "", port]


def match(argument):
    compiled = re.compile(argument[0], re.IGNORECASE)
    return [bool(compiled.match(i)) for i in argument[1]]


def place(argument):
    try:
        json.loads(argument)
        return "fine"
    except json.JSONDecodeError as error:
        return [error.msg, error.pos, error.lineno, error.colno]


FUNCTIONS = {
    "urlsplit": (url, split),
    "parse_qsl": (query, lambda a: dict(parse_qsl(a, keep_blank_values=True))),
    "unquote": (percent, unquote),
    "quote": (text, lambda a: quote(a, safe="")),
    "quote_plus": (text, quote_plus),
    "dumps": (value, lambda a: json.dumps(json.loads(a))),
    "indent": (value, lambda a: json.dumps(json.loads(a), indent=2)),
    "repr": (value, lambda a: repr(json.loads(a))),
    "truth": (value, lambda a: bool(json.loads(a))),
    "place": (value, place),
    "int": (integer, lambda a: str(int(a))),
    "int_of": (number, lambda a: str(int(json.loads(a)))),
    "lower": (text, str.lower),
    "upper": (text, str.upper),
    "strip": (text, str.strip),
    "match": (pattern, match),
}


def late(*_):
    raise TimeoutError


signal.signal(signal.SIGALRM, late)
for name, (make, function) in FUNCTIONS.items():
    for _ in range(int(sys.argv[2])):
        argument = json.loads(json.dumps(make()))  # joins surrogates that happen to make a pair
        signal.setitimer(signal.ITIMER_REAL, 1)
        try:
            result = function(argument)
        except TimeoutError:
            continue
        except (ValueError, TypeError, OverflowError, KeyError, re.error):
            result = None
        signal.setitimer(signal.ITIMER_REAL, 0)
        print(json.dumps([name, argument, result]))
