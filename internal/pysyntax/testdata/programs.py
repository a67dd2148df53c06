"""Writes random programs, and texts that are almost programs, each with its tree as dump.py has it: [program, tree] in JSON, a line each.

    python3.12 programs.py SEED N | gzip -9n >programs.jsonl.gz
"""

import ast
import json
import random
import sys
import warnings

import dump

warnings.simplefilter("ignore")
NAMES = "a b conn_id PostgresHook match case type _ self print été".split()
BINARY = "+ - * / // % @ ** << >> & | ^ and or < > <= >= == != in is".split() + ["not in", "is not"]


class Writer:
    def __init__(self, seed):
        self.r = random.Random(seed)
        self.brackets = 0

    def pick(self, *options):
        return self.r.choice(options)

    def gap(self):
        """What may stand between two tokens."""
        if self.brackets and self.r.random() < 0.05:
            return self.pick("\n", "  # comment ' \"\n", "\r\n", "\n\n\t")
        return self.pick(*[" "] * 8, "  ", "\t", " \\\n ")

    def name(self):
        return self.r.choice(NAMES)

    def some(self, make, least=0, most=3):
        return [make() for _ in range(self.r.randint(least, most))]

    def inside(self, text, close):
        """Text in brackets: newlines may stand in it."""
        self.brackets += 1
        body = text()
        self.brackets -= 1
        return body + close

    def string(self, prefixes=("", "r", "b", "u", "R", "Rb", "BR")):
        prefix = self.r.choice(prefixes)
        quote = self.pick("'", '"', "'''", '"""')
        pieces = ["x", "conn", " ", "\\n", "\\\\", "\\x41", "\\101", "\\q", "\\\n", "%s", "{}", "#"]
        if "b" not in prefix.lower():
            pieces += ["é", "\\u00e9", "\\U0001F600"]
        if len(quote) == 3:
            pieces += ["\n", "'", '"x']
        body = "".join(self.some(lambda: self.r.choice(pieces), 0, 5))
        return prefix + quote + body + quote

    def fstring(self, depth):
        quote = self.pick("'", '"', "'''", '"""')
        other = '"' if quote[0] == "'" else "'"
        parts = ["x", " ", "{{", "}}", "\\n", "\\{a}"]

        def field():
            value = self.pick(self.name(), f"{self.name()}[{other}k{other}]", "1", "a + b", "a==b", "f(a, b)", "(lambda: 1)", "*a, b", "{1: 2}[1]")
            if value.startswith("{"):
                value = " " + value
            spec = self.pick("", "", "", ":>10", ":{a}.{b}", ":%Y-%m", ":=5", ":")
            return "{" + value + self.pick("", "", "=", " = ", "!r", "=!s") + spec + "}"

        body = "".join(self.some(lambda: field() if self.r.random() < 0.5 else self.r.choice(parts), 0, 4))
        return self.pick("f", "F", "rf", "fR") + quote + body + quote

    def expr(self, depth):
        if depth <= 0:
            return self.pick(self.name(), self.name(), self.number(), self.string(("",)), "None", "True", "...")
        return self.r.choice(self.forms)(self, depth - 1)

    def number(self):
        return self.pick("0", "1", "1_000", "0x1F", "0b1", "1.5", ".5", "1.", "1e5", "1E-3", "2j", "1.5e+3J", "0o17")

    def f_atom(self, d):
        return self.expr(0)

    def f_string(self, d):
        if self.r.random() < 0.3:
            return " ".join(self.some(lambda: self.fstring(d) if self.r.random() < 0.5 else self.string(("", "r")), 1, 3))
        return self.string()

    def f_fstring(self, d):
        return self.fstring(d)

    def f_binary(self, d):
        return self.expr(d) + self.gap() + self.r.choice(BINARY) + self.gap() + self.expr(d)

    def f_unary(self, d):
        return self.pick("-", "+", "~", "not ", "- -", "await ") + self.expr(d)

    def f_group(self, d):
        return "(" + self.inside(lambda: self.gap() + self.expr(d) + self.gap(), ")")

    def f_tuple(self, d):
        return "(" + self.inside(lambda: ",".join(self.some(lambda: self.star(d), 1, 3)) + ",", ")")

    def f_list(self, d):
        return "[" + self.inside(lambda: (self.gap() + ",").join(self.some(lambda: self.star(d))), "]")

    def f_set(self, d):
        return "{" + self.inside(lambda: ", ".join(self.some(lambda: self.star(d), 1)), "}")

    def f_dict(self, d):
        item = lambda: self.expr(d) + ":" + self.gap() + self.expr(d) if self.r.random() < 0.8 else "**" + self.expr(d)
        return "{" + self.inside(lambda: ",".join(self.some(item)) + self.gap(), "}")

    def f_call(self, d):
        def arg():
            return self.pick("", "", self.name() + "=", "*", "**", self.name() + ":=") + self.expr(d)

        return self.primary(d) + "(" + self.inside(lambda: self.gap().join(a + "," for a in self.some(arg)), ")")

    def f_generator(self, d):
        return self.primary(d) + "(" + self.inside(lambda: self.expr(d) + self.clauses(d), ")")

    def f_comprehension(self, d):
        open, close = self.pick("[]", "()", "{}")
        element = self.expr(d) + (" : " + self.expr(d) if open == "{" and self.r.random() < 0.5 else "")
        return open + self.inside(lambda: element + self.clauses(d), close)

    def clauses(self, d):
        one = lambda: self.pick(" for ", " for ", " async for ") + self.target(1) + " in " + self.expr(d) + "".join(
            " if " + c for c in self.some(lambda: self.expr(d), 0, 1)
        )
        return "".join(self.some(one, 1, 2))

    def primary(self, d):
        return self.pick(self.name(), self.name() + "." + self.name(), "(" + self.expr(d) + ")", self.name() + "[0]")

    def f_attribute(self, d):
        return self.primary(d) + self.pick(".", " . ") + self.name()

    def f_subscript(self, d):
        part = lambda: self.pick(self.expr(d), ":", self.expr(d) + ":", ":" + self.expr(d), "::", self.expr(d) + "::" + self.expr(d), "*" + self.name())
        return self.primary(d) + "[" + self.inside(lambda: self.pick(part(), part() + "," + part(), part() + ","), "]")

    def f_conditional(self, d):
        return self.expr(d) + " if " + self.expr(d) + " else " + self.expr(d)

    def f_lambda(self, d):
        return "lambda " + self.params(d, False) + ": " + self.expr(d)

    def f_walrus(self, d):
        return "(" + self.name() + " := " + self.expr(d) + ")"

    forms = [f_atom, f_string, f_fstring, f_binary, f_binary, f_unary, f_group, f_tuple, f_list, f_set, f_dict, f_call, f_call, f_generator,
             f_comprehension, f_attribute, f_subscript, f_conditional, f_lambda, f_walrus]  # fmt: skip

    def star(self, d):
        return self.pick("", "", "", "*") + self.expr(d)

    def params(self, d, annotated):
        def one(name):
            note = ": " + self.expr(0) if annotated and self.r.random() < 0.3 else ""
            return name + note + self.pick("", "", "=" + self.expr(0))

        out = [one(n) for n in self.some(lambda: self.pick("p", "q", "conn_id"), 0, 2)]
        if out and self.r.random() < 0.2:
            out.append("/")
        if self.r.random() < 0.3:
            out += [self.pick("*", "*args"), one("k")]
        if self.r.random() < 0.2:
            out.append("**kw")
        return ", ".join(out)

    def target(self, d):
        if d <= 0:
            return self.name()
        t = lambda: self.target(d - 1)
        return self.pick(t(), t() + ", " + t(), "(" + t() + ")", "[" + t() + ", *" + t() + "]", self.name() + ".x", self.name() + "[" + self.expr(0) + "]")

    # statements
    def block(self, indent, depth):
        if depth <= 0 or self.r.random() < 0.15:
            return " " + self.pick("pass", self.simple(1), "pass; " + self.simple(1) + ";") + "\n"
        inner = indent + self.pick("  ", "    ", "\t")
        lines = self.some(lambda: self.statement(inner, depth - 1), 1, 3)
        return self.pick("", "  # comment") + "\n" + self.pick("", "\n", "# c\n", "   \n") + "".join(lines)

    def simple(self, d):
        e = lambda: self.expr(d)
        return self.pick(
            e(), e() + ", " + e(), self.target(2) + " = " + e(), "a = b = " + e() + ",", self.name() + ": " + e() + self.pick("", " = " + e()),
            self.name() + self.pick(" += ", " //= ", " @= ", " **= ", " >>= ") + e(), "return " + self.star(d), "return", "raise " + e() + " from " + e(),
            "assert " + e() + ", " + e(), "del " + self.target(1), "global a, b", "import a.b as c, d", "from . import a", "from ...a.b import (c as d, e,)",
            "from a import *", "x = yield", "yield from " + e(), "yield " + e() + ", " + e(), "break", "continue", "nonlocal x", "type T[K: int, *V] = " + e(),
            "match(a, b)", "print(*a, sep='')", "match = case", "type = 1",
        )  # fmt: skip

    def statement(self, indent, depth):
        if depth <= 0 or self.r.random() < 0.5:
            return indent + self.simple(2) + self.pick("\n", "\n", "  # c\n", "\r\n")
        e, b = lambda: self.expr(1), lambda: self.block(indent, depth - 1)
        kind = self.r.randrange(8)
        if kind == 0:
            elifs = "".join(self.some(lambda: indent + "elif " + e() + ":" + b(), 0, 2))
            return indent + "if " + e() + ":" + b() + elifs + self.pick("", indent + "else:" + b())
        if kind == 1:
            return indent + self.pick("", "async ") + "for " + self.target(2) + " in " + self.star(1) + ", " + e() + ":" + b() + self.pick("", indent + "else :" + b())
        if kind == 2:
            return indent + "while " + e() + ":" + b()
        if kind == 3:
            handler = lambda: indent + self.pick("except " + e() + ":", "except (a, b) as e:") + b()
            return indent + "try:" + b() + "".join(self.some(handler, 1, 2)) + self.pick("", indent + "else:" + b()) + self.pick("", indent + "finally:" + b())
        if kind == 4:
            item = lambda: e() + self.pick("", " as " + self.target(1))
            items = self.pick(item(), item() + ", " + item(), "(" + item() + ",\n" + item() + ",)", "(" + item() + ")")
            return indent + self.pick("", "async ") + "with " + items + ":" + b()
        decorators = "".join(indent + "@" + self.pick(self.name(), "task(conn_id='x')", "a.b") + "\n" for _ in range(self.r.randint(0, 2)))
        if kind == 5:
            head = self.pick("", "async ") + "def " + self.name() + self.pick("", "[T, **P]") + "(" + self.params(1, True) + ")" + self.pick("", " -> " + e())
            return decorators + indent + head + ":" + b()
        if kind == 6:
            return decorators + indent + "class " + self.name() + self.pick("", "()", "(A, metaclass=M)", "[T](B, *c)") + ":" + b()
        cases = "".join(indent + "  case " + self.pattern(2) + self.pick("", " if " + e()) + ":" + self.block(indent + "  ", depth - 1) for _ in range(self.r.randint(1, 3)))
        return indent + "match " + self.pick(e(), "*a, b", "a,") + ":\n" + cases

    def pattern(self, d):
        p = lambda: self.pattern(d - 1)
        if d <= 0:
            return self.pick("_", "x", "1", "-1", "'s'", "None", "a.b", "1+2j")
        return self.pick(
            p(), p() + " | " + p(), "[" + p() + ", *_]", "(" + p() + ", " + p() + ")", "(" + p() + ")", p() + " as y", "{'k': " + p() + ", **rest}",
            "C(" + p() + ", k=" + p() + ")", "(" + p() + " as z) | 1", p() + ", *rest",
        )  # fmt: skip

    def program(self):
        text = "".join(self.some(lambda: self.statement("", 3), 1, 3))
        if self.r.random() < 0.2:  # one character lost, doubled or put elsewhere
            at = self.r.randrange(len(text))
            text = self.pick(text[:at] + text[at + 1 :], text[:at] + self.pick("(", ")", "'", ":", "\n", " ", "\t", "}", "\\") + text[at:])
        return text


def main(seed, n):
    sys.stdout.reconfigure(encoding="utf-8")
    written = errors = 0
    for i in range(20 * n):
        text = Writer(f"{seed}-{i}").program()
        tree = dump.dump(text.encode())
        if tree == "error":
            errors += 1
            if errors > n // 5:
                continue
        elif written + errors >= n:
            break
        else:
            written += 1
        print(json.dumps([text, tree], ensure_ascii=False))


if __name__ == "__main__":
    sys.setrecursionlimit(20000)
    main(sys.argv[1], int(sys.argv[2]))
