"""Writes the syntax trees of Python files as Python's own ast has them, in the form of dump_test.go: one line a file, "error" where
Python does not accept it. Names of files come on standard input; positions inside of f-strings are left out, as they differ by version."""

import ast
import json
import sys

OPERATORS = {
    "Add": "+", "Sub": "-", "Mult": "*", "MatMult": "@", "Div": "/", "Mod": "%", "Pow": "**", "LShift": "<<", "RShift": ">>",
    "BitOr": "|", "BitXor": "^", "BitAnd": "&", "FloorDiv": "//", "Invert": "~", "Not": "not", "UAdd": "+", "USub": "-", "And": "and",
    "Or": "or", "Eq": "==", "NotEq": "!=", "Lt": "<", "LtE": "<=", "Gt": ">", "GtE": ">=", "Is": "is", "IsNot": "is_not", "In": "in",
    "NotIn": "not_in",
}


def operator(node):
    return OPERATORS[type(node).__name__]


class Dump:
    def __init__(self):
        self.inside = 0  # of f-strings and patterns: no positions

    def write(self, kind, node, text="", *kids):
        place = ""
        if not self.inside and kind != "Generator":
            place = f"@{node.lineno}:{node.col_offset}"
            if isinstance(node, ast.expr):
                place += f"-{node.end_lineno}:{node.end_col_offset}"
        return self.bare(kind + place, text, *kids)

    @staticmethod
    def bare(kind, text="", *kids):
        if text:
            text = text.replace("\u2028", "\n").replace("\u2029", "\n")
            kind += " " + json.dumps(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"), ensure_ascii=False)
        return "(" + " ".join([kind, *kids]) + ")"

    def maybe(self, node):
        return "nil" if node is None else self.expr(node)

    def all(self, nodes):
        return [self.maybe(n) for n in nodes]

    def block(self, statements):
        return self.bare("Block", "", *[self.stmt(s) for s in statements])

    def otherwise(self, statements):
        return self.block(statements) if statements else "nil"

    # expressions
    def expr(self, n):
        return getattr(self, "e_" + type(n).__name__)(n)

    def e_Name(self, n):
        return self.write("Name", n, n.id)

    def e_Constant(self, n):
        v = n.value
        if isinstance(v, str):
            return self.write("Str", n, v)
        if isinstance(v, bytes):
            return self.write("Bytes", n, v.decode("latin-1"))
        if v is None or v is Ellipsis or isinstance(v, bool):
            return self.write("Constant", n, "..." if v is Ellipsis else str(v))
        return self.write("Number", n)

    def e_JoinedStr(self, n):
        self.inside += 1
        kids = [self.part(v) for v in n.values if not (isinstance(v, ast.Constant) and v.value == "")]
        self.inside -= 1
        return self.write("FString", n, "", *kids)

    def part(self, v):
        if isinstance(v, ast.Constant):
            return self.bare("Str", v.value)
        conversion = "" if v.conversion == -1 else chr(v.conversion)
        return self.bare("Interpolation", conversion, self.expr(v.value), self.maybe(v.format_spec))

    def e_Tuple(self, n):
        return self.write("Tuple", n, "", *self.all(n.elts))

    def e_List(self, n):
        return self.write("List", n, "", *self.all(n.elts))

    def e_Set(self, n):
        return self.write("Set", n, "", *self.all(n.elts))

    def e_Dict(self, n):
        return self.write("Dict", n, "", *[self.maybe(x) for pair in zip(n.keys, n.values) for x in pair])

    def clauses(self, n):
        return [
            self.bare("CompFor", "async" if g.is_async else "", self.expr(g.target), self.expr(g.iter), *self.all(g.ifs))
            for g in n.generators
        ]

    def e_ListComp(self, n):
        return self.write("ListComp", n, "", self.expr(n.elt), *self.clauses(n))

    def e_SetComp(self, n):
        return self.write("SetComp", n, "", self.expr(n.elt), *self.clauses(n))

    def e_GeneratorExp(self, n):
        return self.write("Generator", n, "", self.expr(n.elt), *self.clauses(n))

    def e_DictComp(self, n):
        return self.write("DictComp", n, "", self.expr(n.key), self.expr(n.value), *self.clauses(n))

    def e_Lambda(self, n):
        return self.write("Lambda", n, "", self.params(n.args), self.expr(n.body))

    def e_Attribute(self, n):
        return self.write("Attribute", n, n.attr, self.expr(n.value))

    def arguments(self, args, keywords):
        both = sorted([*args, *keywords], key=lambda a: (a.lineno, a.col_offset))
        return [self.keyword(a) if isinstance(a, ast.keyword) else self.expr(a) for a in both]

    def keyword(self, k):
        return self.write("Keyword", k, k.arg, self.expr(k.value)) if k.arg else self.write("DoubleStar", k, "", self.expr(k.value))

    def e_Call(self, n):
        return self.write("Call", n, "", self.expr(n.func), *self.arguments(n.args, n.keywords))

    def e_Starred(self, n):
        return self.write("Star", n, "", self.expr(n.value))

    def e_Subscript(self, n):
        return self.write("Subscript", n, "", self.expr(n.value), self.expr(n.slice))

    def e_Slice(self, n):
        return self.write("Slice", n, "", *self.all([n.lower, n.upper, n.step]))

    def e_UnaryOp(self, n):
        return self.write("Unary", n, operator(n.op), self.expr(n.operand))

    def e_BinOp(self, n):
        return self.write("Binary", n, operator(n.op), self.expr(n.left), self.expr(n.right))

    def e_Compare(self, n):
        return self.write("Compare", n, " ".join(map(operator, n.ops)), self.expr(n.left), *self.all(n.comparators))

    def e_BoolOp(self, n):
        return self.write("BoolOp", n, operator(n.op), *self.all(n.values))

    def e_IfExp(self, n):
        return self.write("Conditional", n, "", self.expr(n.test), self.expr(n.body), self.expr(n.orelse))

    def e_NamedExpr(self, n):
        return self.write("NamedExpr", n, "", self.expr(n.target), self.expr(n.value))

    def e_Await(self, n):
        return self.write("Await", n, "", self.expr(n.value))

    def e_Yield(self, n):
        return self.write("Yield", n, "", self.maybe(n.value))

    def e_YieldFrom(self, n):
        return self.write("Yield", n, "from", self.expr(n.value))

    # functions and classes
    def params(self, a):
        positional = a.posonlyargs + a.args
        defaults = [None] * (len(positional) - len(a.defaults)) + a.defaults
        out = []
        for i, (arg, default) in enumerate(zip(positional, defaults)):
            out.append(self.param("Param", arg, default))
            if i + 1 == len(a.posonlyargs):
                out.append("(ParamSlash nil nil)")
        if a.vararg:
            out.append(self.param("ParamStar", a.vararg, None))
        elif a.kwonlyargs:
            out.append("(ParamStar nil nil)")
        out += [self.param("Param", arg, default) for arg, default in zip(a.kwonlyargs, a.kw_defaults)]
        if a.kwarg:
            out.append(self.param("ParamDoubleStar", a.kwarg, None))
        return self.bare("Params", "", *out)

    def param(self, kind, arg, default):
        return self.bare(kind, arg.arg, self.maybe(arg.annotation), self.maybe(default))

    def s_FunctionDef(self, n):
        decorators = self.bare("Decorators", "", *self.all(n.decorator_list))
        return self.write("Function", n, n.name, decorators, self.params(n.args), self.maybe(n.returns), self.block(n.body))

    s_AsyncFunctionDef = s_FunctionDef

    def s_ClassDef(self, n):
        decorators = self.bare("Decorators", "", *self.all(n.decorator_list))
        arguments = self.bare("Arguments", "", *self.arguments(n.bases, n.keywords))
        return self.write("Class", n, n.name, decorators, arguments, self.block(n.body))

    # statements
    def stmt(self, n):
        return getattr(self, "s_" + type(n).__name__)(n)

    def s_Expr(self, n):
        return self.write("ExprStmt", n, "", self.expr(n.value))

    def s_Assign(self, n):
        return self.write("Assign", n, "", *self.all(n.targets), self.expr(n.value))

    def s_AugAssign(self, n):
        return self.write("AugAssign", n, operator(n.op) + "=", self.expr(n.target), self.expr(n.value))

    def s_AnnAssign(self, n):
        return self.write("AnnAssign", n, "", self.expr(n.target), self.expr(n.annotation), self.maybe(n.value))

    def s_TypeAlias(self, n):
        return self.write("TypeAlias", n, "", self.expr(n.name), self.expr(n.value))

    def s_Return(self, n):
        return self.write("Return", n, "", self.maybe(n.value))

    def s_Delete(self, n):
        return self.write("Delete", n, "", *self.all(n.targets))

    def s_Raise(self, n):
        return self.write("Raise", n, "", self.maybe(n.exc), self.maybe(n.cause))

    def s_Assert(self, n):
        return self.write("Assert", n, "", self.expr(n.test), self.maybe(n.msg))

    def s_Pass(self, n):
        return self.write(type(n).__name__, n)

    s_Break = s_Continue = s_Pass

    def s_Global(self, n):
        return self.write(type(n).__name__, n, "", *[self.bare("Name", name) for name in n.names])

    s_Nonlocal = s_Global

    def alias(self, a):
        return self.bare("Alias", a.name, "nil" if a.asname is None else self.bare("Name", a.asname))

    def s_Import(self, n):
        return self.write("Import", n, "", *map(self.alias, n.names))

    def s_ImportFrom(self, n):
        return self.write("ImportFrom", n, "." * n.level + (n.module or ""), *map(self.alias, n.names))

    def s_If(self, n):
        return self.write("If", n, "", self.expr(n.test), self.block(n.body), self.otherwise(n.orelse))

    def s_While(self, n):
        return self.write("While", n, "", self.expr(n.test), self.block(n.body), self.otherwise(n.orelse))

    def s_For(self, n, text=""):
        return self.write("For", n, text, self.expr(n.target), self.expr(n.iter), self.block(n.body), self.otherwise(n.orelse))

    def s_AsyncFor(self, n):
        return self.s_For(n, "async")

    def s_With(self, n, text=""):
        items = [self.bare("WithItem", "", self.expr(i.context_expr), self.maybe(i.optional_vars)) for i in n.items]
        return self.write("With", n, text, *items, self.block(n.body))

    def s_AsyncWith(self, n):
        return self.s_With(n, "async")

    def s_Try(self, n):
        handlers = [self.bare("Handler", h.name or "", self.maybe(h.type), self.block(h.body)) for h in n.handlers]
        return self.write("Try", n, "", self.block(n.body), *handlers, self.otherwise(n.orelse), self.otherwise(n.finalbody))

    s_TryStar = s_Try

    def s_Match(self, n):
        return self.write("Match", n, "", self.expr(n.subject), *map(self.case, n.cases))

    def case(self, c):
        self.inside += 1
        pattern = self.pattern(c.pattern)
        self.inside -= 1
        return self.bare("Case", "", pattern, self.maybe(c.guard), self.block(c.body))

    # patterns, as the expressions that they look like
    def pattern(self, p):
        return getattr(self, "p_" + type(p).__name__)(p)

    def p_MatchValue(self, p):
        return self.expr(p.value)

    def p_MatchSingleton(self, p):
        return self.bare("Constant", str(p.value))

    def p_MatchSequence(self, p):
        return self.bare("Sequence", "", *map(self.pattern, p.patterns))

    def p_MatchStar(self, p):
        return self.bare("Star", "", self.bare("Name", p.name or "_"))

    def p_MatchMapping(self, p):
        pairs = [x for k, v in zip(p.keys, p.patterns) for x in (self.expr(k), self.pattern(v))]
        return self.bare("Dict", "", *pairs, *(["nil", self.bare("Name", p.rest)] if p.rest else []))

    def p_MatchClass(self, p):
        keywords = [self.bare("Keyword", a, self.pattern(v)) for a, v in zip(p.kwd_attrs, p.kwd_patterns)]
        return self.bare("Call", "", self.expr(p.cls), *map(self.pattern, p.patterns), *keywords)

    def p_MatchAs(self, p):
        name = self.bare("Name", p.name or "_")
        return name if p.pattern is None else self.bare("NamedExpr", "", name, self.pattern(p.pattern))

    def p_MatchOr(self, p):
        out = self.pattern(p.patterns[0])
        for other in p.patterns[1:]:
            out = self.bare("Binary", "|", out, self.pattern(other))
        return out


def dump(source):
    if b"\\N{" in source:  # names of characters stay as they are written
        return "error"
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "error"
    return "(" + " ".join(["Module", *map(Dump().stmt, tree.body)]) + ")"


if __name__ == "__main__":
    import warnings

    warnings.simplefilter("ignore")
    sys.setrecursionlimit(20000)
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    for line in sys.stdin:
        with open(json.loads(line) if line.startswith('"') else line.rstrip("\n"), "rb") as file:
            print(dump(file.read()), flush=True)
