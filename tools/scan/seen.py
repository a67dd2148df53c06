"""Makes DAG files over the operators and hooks of the amazon, postgres and common-sql providers, has this Python's Airflow parse and
instantiate them, and writes what it sees: a row of JSON for each file, to hold package dags against.

    $(tools/oracle/airflow/install.sh 3.3.1) tools/scan/seen.py SEED FILES >rows.jsonl

A row is {"name", "source", "connections", "variables", "parse", "dynamic"}: the ids that Airflow sees, those of them that are looked up
at import time, and whether the file has an id that no reader of its text can know (those begin with dyn_). What it sees are the
attributes of operators and hooks that end in conn_id, what templates ask for when they are rendered, and what is asked of
BaseHook.get_connection, Connection.get and Variable.get while the file is imported and while its callables run. No connection is
looked up for real. On standard error it says how many classes took part, and which could not be made.
"""

import ast
import importlib
import inspect
import json
import logging
import os
import pkgutil
import random
import re
import sys
import tempfile
import warnings

home = tempfile.mkdtemp(prefix="aircon-scan-")
os.environ.update(AIRFLOW_HOME=home, AIRFLOW__CORE__LOAD_EXAMPLES="False", AIRFLOW__CORE__UNIT_TEST_MODE="False",
                  AIRFLOW__DATABASE__SQL_ALCHEMY_CONN="sqlite://", AWS_DEFAULT_REGION="eu-west-1", DYN="dyn_environment")  # fmt: skip
warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)

import airflow  # noqa: E402
from airflow.models import BaseOperator  # noqa: E402

THREE = airflow.__version__.startswith("3")
if THREE:
    from airflow.sdk import BaseHook, Connection, Variable
    from airflow.sdk.definitions.mappedoperator import MappedOperator
else:
    from airflow.hooks.base import BaseHook
    from airflow.models import Connection, Variable
    from airflow.models.mappedoperator import MappedOperator
try:
    from airflow.sdk import BaseOperator as SDKOperator
except ImportError:
    SDKOperator = BaseOperator

PACKAGES = ["airflow.providers.amazon.aws", "airflow.providers.postgres", "airflow.providers.common.sql"]
KINDS = ("operators", "sensors", "transfers", "hooks")


def classes():
    """Every operator, sensor and hook that the providers define, with the modules that cannot be imported here."""
    found, broken = {}, []
    for package in PACKAGES:
        root = importlib.import_module(package)
        for info in pkgutil.walk_packages(root.__path__, package + "."):
            if not any(f".{kind}." in info.name for kind in KINDS):
                continue
            try:
                module = importlib.import_module(info.name)
            except Exception as e:
                broken.append(f"{info.name}: {type(e).__name__}")
                continue
            for name, c in vars(module).items():
                if inspect.isclass(c) and c.__module__ == info.name and not name.startswith("_"):
                    if issubclass(c, (BaseOperator, SDKOperator, BaseHook)):
                        found[info.name + "." + name] = c
    return found, broken


# What some classes want together, or in a certain form.
ARGUMENTS = {
    "EmrAddStepsOperator": {"job_flow_id": "x", "steps": [{"x": "y"}]},
    "GlueCrawlerOperator": {"config": {"Name": "x"}},
    "RdsCopyDbSnapshotOperator": {"db_type": "instance", "source_db_snapshot_identifier": "x", "target_db_snapshot_identifier": "y"},
    "RdsCreateDbSnapshotOperator": {"db_type": "instance", "db_identifier": "x", "db_snapshot_identifier": "y"},
    "RdsDeleteDbSnapshotOperator": {"db_type": "instance", "db_snapshot_identifier": "y"},
    "RdsSnapshotExistenceSensor": {"db_type": "instance", "db_snapshot_identifier": "y"},
    "S3DeleteObjectsOperator": {"bucket": "x", "keys": "y"},
    "EC2InstanceStateSensor": {"target_state": "running", "instance_id": "x"},
    "OpenSearchServerlessCollectionActiveSensor": {"collection_id": "x"},
    "SQLColumnCheckOperator": {"table": "x", "column_mapping": {"c": {"min": {"equal_to": 1}}}},
    "SQLTableCheckOperator": {"table": "x", "checks": {"c": {"check_statement": "1 = 1"}}},
}
MISSING = re.compile(r"'(\w+)'")
VALUES = ["x", 1, {"k": "v"}, ["x"], [{"x": "y"}], True]


def make(c, args):
    if issubclass(c, BaseHook):
        return c(**args)
    return c(task_id="t", **args)


def required(c):
    """Arguments with which a class can be made, and no more of them than it needs; None where none were found."""
    args = dict(ARGUMENTS.get(c.__name__, {}))
    for _ in range(30):
        try:
            make(c, args)
            return args
        except Exception as e:
            lacking = [n for n in MISSING.findall(str(e)) if n not in args] if "missing" in str(e) else []
            if not lacking:
                break
            for name in lacking:
                args[name] = "some_db" if name.endswith("conn_id") else "x"
    for name in list(args):
        for value in VALUES:
            try:
                make(c, {**args, name: value})
                return {**args, name: value}
            except Exception:
                continue
    return None


def parameters(c):
    """The parameters that end in conn_id, of a class and those above it."""
    names = set()
    for k in c.__mro__:
        if "__init__" in vars(k):
            names |= {n for n in inspect.signature(k.__init__).parameters if n.endswith("conn_id")}
    return names


def conn_params(c):
    """Those of them that hold a conn_id which can be given."""
    names = parameters(c)
    if issubclass(c, BaseHook) and getattr(c, "conn_name_attr", None):
        names.add(c.conn_name_attr)
    accepted = []
    for name in sorted(names):
        try:
            made = make(c, {**(required(c) or {}), name: "probe_id"})
            if getattr(made, name, None) == "probe_id":
                accepted.append(name)
        except Exception:
            pass
    return accepted


class Generator:
    def __init__(self, seed, everything):
        self.r = random.Random(seed)
        self.everything = everything  # name, class, arguments, conn_id parameters

    def file(self, number, some):
        self.lines, self.head, self.n, self.number = [], [], 0, number
        base = "from airflow.sdk import DAG, dag, task, Variable, Connection" if THREE else "from airflow import DAG\nfrom airflow.decorators import dag, task\nfrom airflow.models import Connection, Variable"
        hook = "from airflow.sdk import BaseHook" if THREE else "from airflow.hooks.base import BaseHook"
        self.head += ["import os", "from datetime import datetime", base, hook, f"ENV = {self.word()!r}", f"DB = {self.word()!r}"]
        defaults = {}
        if self.r.random() < 0.4:
            defaults = {self.r.choice(["aws_conn_id", "conn_id", "redshift_conn_id", "postgres_conn_id"]): self.word()}
        body = []
        for item in some:
            body += self.use(*item)
        body = body + self.extras() or ["pass"]
        with_dag = f"with DAG('dag_{number}', start_date=datetime(2024, 1, 1), schedule=None, default_args={defaults!r}) as the_dag:"
        return "\n".join(self.head + self.lines + ["", with_dag, *["    " + line for line in body], ""])

    def word(self):
        return self.r.choice(["warehouse", "orders", "crm", "Sales", "billing_eu", "dwh-prod"]) + str(self.r.randrange(1000))

    def name(self):
        self.n += 1
        return f"n{self.n}"

    def imported(self, full):
        """Imports a class and returns how it is called."""
        module, name = full.rsplit(".", 1)
        how = self.r.randrange(4)
        if how == 0:
            alias = self.name()
            self.head.append(f"from {module} import {name} as {alias}")
            return alias
        if how == 1:
            alias = self.name()
            self.head.append(f"import {module} as {alias}")
            return f"{alias}.{name}"
        if how == 2 and module.count(".") > 1:
            package, last = module.rsplit(".", 1)
            alias = self.name()
            self.head.append(f"from {package} import {last} as {alias}")
            return f"{alias}.{name}"
        self.head.append(f"from {module} import {name}")
        return name

    def text(self):
        """An expression for an id that can be known."""
        w = self.word()
        how = self.r.randrange(8)
        if how == 0:
            const = self.name().upper()
            self.lines.append(f"{const} = {w!r}")
            return const
        return [
            repr(w), f"f'{w}_{{ENV}}'", f"'{w}_' + DB", f"'{{}}_{{}}'.format({w!r}, ENV)", f"'%s_x' % DB", f"{{'a': {w!r}, 'b': 'other'}}['a']", f"DB.upper() + {w!r}",
        ][how - 1]  # fmt: skip

    def use(self, full, c, args, params):
        how = self.imported(full)
        if issubclass(c, BaseHook):
            return self.hook(how, args, params)
        return self.operator(how, c, args, params)

    @staticmethod
    def call(how, args):
        return f"{how}({', '.join(f'{k}={v}' for k, v in args.items())})"

    def operator(self, how, c, args, params):
        task = self.name()
        plain = {"task_id": repr(task), **{k: repr(v) for k, v in args.items()}}
        param = self.r.choice(params) if params else None
        style = self.r.randrange(8) if param else 0
        given = {**plain, **({param: self.text()} if param else {})}
        if style == 1:
            return [self.call(how, given)]
        if style == 2:  # a loop
            return [f"for each in ['a', 'b']:", "    " + self.call(how, {**plain, "task_id": f"f'{task}_{{each}}'", param: "f'{each}_{DB}'"})]
        if style == 3:  # a factory
            make = self.name()
            self.lines += [f"def {make}(name, conn, **more):", f"    return {self.call(how, {**plain, 'task_id': 'name', param: 'conn'})[:-1]}, **more)"]
            return [f"{make}({task!r}, {self.text()})", f"{make}(name='{task}_2', conn='factory_{self.n}')"]
        if style == 4:  # a class of the file
            cls = self.name().title()
            self.lines += [f"class {cls}({how}):", f"    def __init__(self, *, {param}={self.text()}, **kwargs):", f"        super().__init__({param}={param}, **kwargs)"]
            return [self.call(cls, {k: v for k, v in plain.items() if k != param}), self.call(cls, {**given, "task_id": f"'{task}_2'"})]
        mappable = [k for k, v in args.items() if isinstance(v, str) and not k.endswith("conn_id")]
        if style == 5 and mappable:
            key = self.r.choice(mappable)
            fixed = {k: v for k, v in given.items() if k != key}
            return [f"{self.call(how + '.partial', fixed)}.expand({key}=[{plain[key]}, {plain[key]}])"]
        if style == 6 and mappable and param not in args:
            return [f"{self.call(how + '.partial', plain)}.expand({param}=[{self.text()}, 'mapped_{self.n}'])"]
        if style == 7:  # a class of the file that settles the id
            cls = self.name().title()
            self.lines += [f"class {cls}({how}):", "    def __init__(self, **kwargs):", f"        super().__init__({param}={self.text()}, **kwargs)"]
            return [self.call(cls, {k: v for k, v in plain.items() if k != param})]
        return [self.call(how, plain)]

    def hook(self, how, args, params):
        plain = {k: repr(v) for k, v in args.items()}
        param = self.r.choice(params) if params else None
        made = self.call(how, {**plain, **({param: self.text()} if param and self.r.random() < 0.6 else {})})
        style = self.r.randrange(6)
        f = self.name()
        if style == 0:
            self.lines.append(f"{f} = {made}")
            return []
        if style == 1:  # a task with an argument
            inner = self.call(how, {**plain, **({param: "which"} if param else {})})
            self.lines += ["@task", f"def {f}(which, other='o'):", f"    return {inner} and None"]
            return [f"{f}({self.text()})", f"{f}.override(task_id='{f}_2').expand(which=[{self.text()}, 'mapped_{self.n}'])"]
        if style == 2:
            self.head.append("from airflow.providers.standard.operators.python import PythonOperator" if THREE else "from airflow.operators.python import PythonOperator")
            inner = self.call(how, {**plain, **({param: "which"} if param else {})})
            self.lines += [f"def {f}(which, more=None):", f"    {inner}"]
            return [f"PythonOperator(task_id={f!r}, python_callable={f}, op_kwargs={{'which': {self.text()}}})"]
        if style == 3:
            return [f"if ENV == {self.word()!r}:", f"    {f} = None", "else:", f"    {f} = {made}"]
        if style == 4 and param:
            cls = self.name().title()
            self.lines += [f"class {cls}({how}):", "    def one(self):", "        return 1"]
            return [f"{self.call(cls, plain)}.one()"]
        self.lines += ["@task", f"def {f}():", f"    {made}"]
        return [f"{f}()"]

    def extras(self):
        out = []
        for _ in range(self.r.randrange(3)):
            f, w = self.name(), self.word()
            out += [
                lambda: [f"{f} = Variable.get({w!r}, {'default' if THREE else 'default_var'}=None)"],
                lambda: [f"{f} = BaseHook.get_connection({self.text()})"],
                lambda: ["@task", f"def {f}(key={w!r}):", "    Variable.get(key)", f"    BaseHook.get_connection('in_{f}')", f"{f}()"],
                lambda: self.sql(f, f"\"select '{{{{ var.value.{f}_day }}}}', '{{{{ conn.{f}_db.host }}}}'\""),
                lambda: self.sql(f, f"['{{{{ var.json.{f}_list.key }}}}', \"{{% if var.value.get('{f}_flag', '') %}}x{{% endif %}}\", '{{{{ conn[\"{w}\"] if 0 else 1 }}}}']" if False else f"['{{{{ var.json.{f}_list.key }}}}', \"{{{{ var.value.get('{f}_flag', '') }}}}\"]"),
                lambda: ["@task", f"def {f}():", "    from airflow.providers.postgres.hooks.postgres import PostgresHook", "    PostgresHook(os.environ['DYN'])", f"{f}()"],
            ][self.r.randrange(6)]()  # fmt: skip
        return out

    def sql(self, f, text):
        if not any("SQLExecuteQueryOperator" in h for h in self.head):
            self.head.append("from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator")
        return [f"SQLExecuteQueryOperator(task_id={f!r}, conn_id={self.text()}, sql={text})"]


class Seen:
    """What Airflow is asked for, and what it makes, while a file is imported and its tasks run."""

    def __init__(self):
        self.connections, self.variables, self.parse, self.made, self.importing = set(), set(), set(), [], True

    def note(self, kind, key):
        (self.connections if kind == "connection" else self.variables).add(key)
        if self.importing:
            self.parse.add(key)


seen = Seen()


class Anything(dict):
    """Stands for a value that templates and callables may take apart."""

    def __getattr__(self, name):
        return Anything()

    def __call__(self, *args, **kwargs):
        return Anything()

    def __str__(self):
        return "anything"


def patch():
    def get_connection(cls, conn_id, *a, **k):
        seen.note("connection", conn_id)
        return Connection(conn_id=conn_id, conn_type="generic")

    def get_variable(cls, key, *a, **k):
        seen.note("variable", key)
        return "value"

    BaseHook.get_connection = classmethod(get_connection)
    Connection.get = classmethod(get_connection)
    Variable.get = classmethod(get_variable)
    new = BaseHook.__new__

    def note_hook(cls, *a, **k):
        hook = object.__new__(cls)
        seen.made.append(hook)
        return hook

    BaseHook.__new__ = note_hook


class Accessor:
    """conn, var.value and var.json of a template's context."""

    def __init__(self, kind):
        self.kind = kind

    def __getattr__(self, key):
        seen.note(self.kind, key)
        return Anything()

    def __getitem__(self, key):
        return self.__getattr__(key)

    def get(self, key, default=None):
        return self.__getattr__(key)


NAMES = "ds ts ti task task_instance dag dag_run params macros run_id execution_date logical_date data_interval_start data_interval_end".split()


def context():
    return {**{name: Anything() for name in NAMES}, "conn": Accessor("connection"), "var": {"value": Accessor("variable"), "json": Accessor("variable")}}


def attributes(thing):
    for name, value in list(vars(thing).items()):
        if name.endswith("conn_id") and isinstance(value, str):
            seen.connections.add(value)


def mapped(op):
    """The arguments of each task that a mapped operator becomes, as far as they are literal."""
    fixed = dict(op.partial_kwargs)
    expand = getattr(op, "expand_input", None) or op.op_kwargs_expand_input
    if op.operator_class.__name__.startswith("_") and hasattr(op, "op_kwargs_expand_input"):
        expand = op.op_kwargs_expand_input
    for key, values in expand.value.items():
        for value in values:
            yield {**fixed, key: value}


def callable_of(op):
    """The function of a mapped @task."""
    return op.partial_kwargs.get("python_callable") or getattr(op, "python_callable", None)


def run_task(op):
    if isinstance(op, MappedOperator):
        for args in mapped(op):
            for key, value in args.items():
                if key in parameters(op.operator_class) and isinstance(value, str):
                    seen.connections.add(value)
            call = callable_of(op)
            if call:
                own = {**op.partial_kwargs.get("op_kwargs", {}), **{k: v for k, v in args.items() if k not in op.partial_kwargs}}
                call(**own)
        if not callable_of(op):
            defaults = unmapped_defaults(op)
            seen.connections.update(defaults)
        return
    attributes(op)
    for field in op.template_fields:
        value = getattr(op, field, None)
        op.render_template(value, context(), op.get_template_env())
    call = getattr(op, "python_callable", None)
    if call and call.__module__.startswith("dag_"):  # some operators have one of their own
        call(*op.op_args, **op.op_kwargs)


def unmapped_defaults(op):
    """The conn_ids that a mapped operator's tasks have by default: the DAG's, where it has some, as a task is made inside it when it runs."""
    out = set()
    defaults = op.dag.default_args
    for args in mapped(op):
        args = {k: v for k, v in args.items() if k not in ("task_id", "dag", "task_group", "start_date", "end_date", "default_args", "params")}
        try:
            made = op.operator_class(task_id="probe", default_args=defaults, **{k: v for k, v in args.items() if not hasattr(BaseOperator, k) or k.endswith("conn_id")})
        except Exception:
            continue
        out |= {v for k, v in vars(made).items() if k.endswith("conn_id") and isinstance(v, str)}
    return out


def see(name, source):
    """Imports a file, runs its callables, and says what was seen."""
    global seen
    seen = Seen()
    path = os.path.join(home, name + ".py")
    with open(path, "w") as f:
        f.write(source)
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    seen.importing = False
    for op in module.the_dag.tasks:
        run_task(op)
    for hook in seen.made:
        attributes(hook)
    known = lambda ids: sorted(i for i in ids if not i.startswith("dyn_"))
    return {
        "name": name, "source": source, "connections": known(seen.connections), "variables": known(seen.variables), "parse": known(seen.parse),
        "dynamic": any(i.startswith("dyn_") for i in seen.connections),
    }  # fmt: skip


def main(seed, files):
    out, sys.stdout = sys.stdout, sys.stderr  # some modules print
    found, broken = classes()
    everything, unmade = [], []
    for full, c in sorted(found.items()):
        args = None if inspect.isabstract(c) else required(c)
        if args is None:
            unmade.append(full)
        else:
            everything.append((full, c, args, conn_params(c)))
    patch()
    g = Generator(seed, everything)
    order = everything[:]
    g.r.shuffle(order)
    per = -(-len(order) * 2 // files)
    queue, failed = order + order, []
    for i in range(files):
        some = [queue[(i * per + k) % len(queue)] for k in range(per)]
        source = g.file(i, some)
        ast.parse(source)
        try:
            print(json.dumps(see(f"dag_{i}", source)), file=out)
        except Exception as e:
            failed.append(f"dag_{i}: {type(e).__name__}: {str(e)[:150]}")
    print(f"Airflow {airflow.__version__}: {len(everything)} classes in {files - len(failed)} files", file=sys.stderr)
    for what, names in [("modules that cannot be imported", broken), ("classes that cannot be made", unmade), ("files that Airflow refuses", failed)]:
        print(f"{what}: {len(names)}", *names, sep="\n  ", file=sys.stderr)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
