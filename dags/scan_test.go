package dags

import (
	"fmt"
	"strings"
	"testing"

	"aircon"
)

// found is what a scan of a text finds, a line each: place, kind, id, how, and when if it is at import time.
func found(t *testing.T, airflow, source string) string {
	t.Helper()
	rt, err := aircon.RuntimeFor(airflow)
	if err != nil {
		t.Fatal(err)
	}
	file := New(rt).Scan("dag.py", []byte(source))
	var lines []string
	for _, u := range file.Uses {
		id := u.ID
		if u.Dynamic() {
			id = "?" + u.Text
		}
		line := fmt.Sprintf("%d:%d %s %s %s", u.Line, u.Column, u.Kind, id, u.How)
		if u.When == Parse {
			line += " parse"
		}
		if u.Optional {
			line += " optional"
		}
		lines = append(lines, line)
	}
	for _, p := range file.Schemas {
		lines = append(lines, fmt.Sprintf("%d:%d schema", p.Line, p.Column))
	}
	for _, p := range file.Problems {
		lines = append(lines, fmt.Sprintf("%d:%d %s", p.Line, p.Column, p.Text))
	}
	return strings.Join(lines, "\n")
}

const (
	postgresImport = "from airflow.providers.postgres.hooks.postgres import PostgresHook\n"
	s3Import       = "from airflow.providers.amazon.aws.operators.s3 import S3ListOperator as List\n"
	sqlImport      = "from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator\n"
)

func TestScan(t *testing.T) {
	for _, test := range []struct{ name, source, want string }{
		{"a hook's argument by position", postgresImport + `PostgresHook("db")`, "2:14 connection db argument"},
		{"a hook's argument by name", postgresImport + `PostgresHook(postgres_conn_id='db')`, "2:31 connection db argument"},
		{"a hook's default", postgresImport + `PostgresHook()`, "2:1 connection postgres_default default"},
		{"no connection", s3Import + `List(task_id="t", bucket="b", aws_conn_id=None)`, ""},
		{"an operator's default", s3Import + `List(task_id="t", bucket="b")`, "2:1 connection aws_default default"},
		{"a module, and a name of its own", "import airflow.providers.postgres.hooks.postgres as p\np.PostgresHook('db')", "2:16 connection db argument"},
		{"a constant", postgresImport + "A = 'd'\nB = A + 'b'\nPostgresHook(B)", "4:14 connection db argument"},
		{"an f-string", postgresImport + "e = 'prod'\nPostgresHook(f'db_{e}_{1}')", "3:14 connection db_prod_1 argument"},
		{"format and percent", postgresImport + "PostgresHook('{}_{x}'.format('a', x='b'))\nPostgresHook('%s_%d' % ('a', 1))", "2:14 connection a_b argument\n3:14 connection a_1 argument"},
		{"one of two", postgresImport + "import os\nPostgresHook('a' if os.environ.get('X') else 'b')", "3:14 connection a argument\n3:14 connection b argument"},
		{"a branch", postgresImport + "x = 'a'\nif y:\n    x = 'b'\nPostgresHook(x)", "5:14 connection a argument\n5:14 connection b argument"},
		{"both branches", postgresImport + "x = 'a'\nif y:\n    x = 'b'\nelse:\n    x = 'c'\nPostgresHook(x)", "7:14 connection b argument\n7:14 connection c argument"},
		{"a loop", postgresImport + "for i, n in enumerate(['a', 'b']):\n    PostgresHook(f'{n}{i}')", "3:18 connection a0 argument\n3:18 connection b1 argument"},
		{"a dictionary", postgresImport + "D = {'x': {'id': 'a'}}\nfor k, v in D.items():\n    PostgresHook(v['id'] + k)", "4:18 connection ax argument"},
		{"a comprehension", postgresImport + "[PostgresHook(n) for n in ('a', 'b')]", "2:15 connection a argument\n2:15 connection b argument"},
		{"dynamic", postgresImport + "import os\nPostgresHook(os.environ['DB'])", "3:14 connection ?os.environ['DB'] argument"},
		{"a function", postgresImport + "def make(id):\n    return PostgresHook(id)\nmake('a')\nmake(id='b')", "3:25 connection a argument\n3:25 connection b argument"},
		{"a returned id", postgresImport + "def name(e):\n    if e == 'x':\n        return 'a'\n    return e + '_db'\nPostgresHook(name('y'))", "6:14 connection a argument\n6:14 connection y_db argument"},
		{"import time", "from airflow.hooks.base import BaseHook\nBaseHook.get_connection('a')", "2:25 connection a get_connection parse"},
		{"a hook that is used at import time", postgresImport + "h = PostgresHook('a')\nh.get_first('select 1')", "2:18 connection a argument parse"},
		{"in a task", "from airflow.sdk import Connection, task\n@task\ndef t():\n    Connection.get('a')\nt()", "4:20 connection a get"},
		{"a task's argument", postgresImport + "from airflow.decorators import task\n@task\ndef t(c):\n    PostgresHook(c).get_conn()\nt('a')\nt.expand(c=['b', 'c'])", "5:18 connection a argument\n5:18 connection b argument\n5:18 connection c argument"},
		{"a python_callable", postgresImport + "from airflow.operators.python import PythonOperator\ndef f(c, d='z'):\n    PostgresHook(c)\n    PostgresHook(d)\nPythonOperator(task_id='t', python_callable=f, op_kwargs={'c': 'a'})", "4:18 connection a argument\n5:18 connection z argument"},
		{"variables", "from airflow.models import Variable\nVariable.get('a')\nVariable.get('b', default_var=None)\ndef f():\n    Variable.get(key='c', deserialize_json=True)", "2:14 variable a get parse\n3:14 variable b get parse optional\n5:22 variable c get"},
		{"templates", sqlImport + `SQLExecuteQueryOperator(task_id="t", conn_id="db", sql=["{{ conn.a.host }}", "{{ var.value.b }} {{ var.json.get('c', {}) }}"])`, "2:46 connection db argument\n2:58 connection a template\n2:79 variable b template\n2:97 variable c template optional"},
		{"no template there", s3Import + `List(task_id="{{ var.value.x }}", bucket="{{ var.value.y }}")`, "2:1 connection aws_default default\n2:43 variable y template"},
		{"a templated id", sqlImport + `SQLExecuteQueryOperator(task_id="t", conn_id="{{ var.value.db }}", sql="x")`, "2:46 connection ?{{ var.value.db }} argument\n2:47 variable db template"},
		{"an operator of another provider", "from airflow.providers.snowflake.operators.snowflake import SnowflakeOperator\nSnowflakeOperator(task_id='t', snowflake_conn_id='s', sql='{{ conn.x }}')", "2:50 connection s argument\n2:60 connection x template"},
		{"what is no template", sqlImport + `SQLExecuteQueryOperator(task_id="t", conn_id="db", sql="{# {{ conn.a }} #}{% raw %}{{ conn.b }}{% endraw %}{{ conn.c }}")`, "2:46 connection db argument\n2:108 connection c template"},
		{"a dynamic id in a template", sqlImport + `SQLExecuteQueryOperator(task_id="t", conn_id="db", sql="{{ conn.get(params.c).host }}{{ var.value['a' ~ 1] }}{{ var.json.get('a' ~ 1) }}{{ var.value.get(key='b') }}")`, "2:46 connection db argument\n2:57 connection ?{{ conn.get(params.c).host }} template\n2:86 variable ?{{ var.value['a' ~ 1] }} template\n2:110 variable ?{{ var.json.get('a' ~ 1) }} template\n2:137 variable b template"},
		{"what runs as a program or for a type checker", "from typing import TYPE_CHECKING\nfrom airflow.models import Variable\nif __name__ == '__main__':\n    Variable.get('a')\nelif TYPE_CHECKING:\n    Variable.get('b')\nelse:\n    Variable.get('c')\nif '__main__' == __name__ or x:\n    Variable.get('d')", "8:18 variable c get parse\n10:18 variable d get parse"},
		{"functools.partial", sqlImport + "from functools import partial\nfrom airflow.models import Variable\nQ = partial(SQLExecuteQueryOperator, conn_id='a')\nQ(task_id='t', sql='x')\npartial(Q, conn_id='b')(task_id='u', sql='x')\npartial(Variable.get, default_var=None)('v')", "4:46 connection a argument\n6:20 connection b argument\n7:41 variable v get parse optional"},
		{"a partial that a task calls", postgresImport + "from functools import partial\nfrom airflow.operators.python import PythonOperator\ndef f(c, d):\n    PostgresHook(c)\n    PostgresHook(d)\nPythonOperator(task_id='t', python_callable=partial(f, 'a', d='b'))", "5:18 connection a argument\n6:18 connection b argument"},
		{"an argument that a constructor hands on", sqlImport + "class Q(SQLExecuteQueryOperator):\n    def __init__(self, *, db='a', **kw):\n        super().__init__(conn_id=db, **kw)\nQ(task_id='t', sql='x')\nQ(task_id='u', sql='x', db='b')", "4:34 connection a argument\n4:34 connection b argument"},
		{"a constructor that looks up", "from airflow.models import Variable\nclass C:\n    def __init__(self, name):\n        Variable.get(name)\nC('a')", "4:22 variable a get parse"},
		{"a dataclass", postgresImport + "from dataclasses import dataclass\n@dataclass\nclass D:\n    n: int\n    db: str = 'a'\nPostgresHook(D(1).db)\nPostgresHook(D(1, 'b').db)\nPostgresHook(D(n=1, db='c').db)\nPostgresHook(D(*x).db)", "7:14 connection a argument\n8:14 connection b argument\n9:14 connection c argument\n10:14 connection ?D(*x).db argument"},
		{"an Enum's members", postgresImport + "from enum import StrEnum\nclass C(StrEnum):\n    A = 'a'\n    B = 'b'\nPostgresHook(C.A)\nPostgresHook(C.B.value)\nPostgresHook(C['A'].value)\nPostgresHook(C.A.name)\nfor c in C:\n    PostgresHook(c.value + '_' + c.name)", "6:14 connection a argument\n7:14 connection b argument\n8:14 connection a argument\n9:14 connection A argument\n11:18 connection a_A argument\n11:18 connection b_B argument"},
		{"default_args of other providers", "from airflow import DAG\nfrom airflow.providers.snowflake.operators.snowflake import SnowflakeOperator\nfrom airflow.providers.google.cloud.transfers.postgres_to_gcs import PostgresToGCSOperator\nwith DAG('d', default_args={'postgres_conn_id': 'p', 'snowflake_conn_id': 's', 'gcp_conn_id': 'g', 'conn_id': 'c'}):\n    SnowflakeOperator(task_id='t', sql='x')\n    PostgresToGCSOperator(task_id='u', sql='x')", "5:5 connection c default_args\n5:5 connection s default_args\n6:5 connection c default_args\n6:5 connection g default_args\n6:5 connection p default_args"},
		{"default_args", s3Import + "from airflow import DAG\nwith DAG('d', default_args={'aws_conn_id': 'a'}):\n    List(task_id='t', bucket='b')\nList(task_id='u', bucket='b')", "4:5 connection a default_args\n5:1 connection aws_default default"},
		{"a dictionary that is updated", s3Import + "from airflow import DAG\na = {}\na.update({'x': 1}, aws_conn_id='a')\nDAG('d', default_args=a | {'y': 2})\nList(task_id='t', bucket='b', default_args=a)", "6:1 connection a default_args"},
		{"a list that grows", postgresImport + "l = []\nl.append('a')\nl.extend(['b'])\nfor x in l:\n    PostgresHook(x)", "6:18 connection a argument\n6:18 connection b argument"},
		{"a default of the environment", postgresImport + "import os\nPostgresHook(os.getenv('X', 'a') + '_db')", "3:14 connection ?os.getenv('X', 'a') + '_db' argument\n3:14 connection a_db argument"},
		{"default_args by dag=", s3Import + "from airflow import DAG\nd = DAG('d', default_args=dict(aws_conn_id='a'))\nList(task_id='t', bucket='b', dag=d)", "4:1 connection a default_args"},
		{"default_args of a @dag", s3Import + "from airflow.sdk import dag\n@dag(default_args={'aws_conn_id': 'a'})\ndef d():\n    List(task_id='t', bucket='b')\nd()", "5:5 connection a default_args"},
		{"a class of the file", postgresImport + "class H(PostgresHook):\n    default_conn_name = 'mine'\nH()\nH('x')", "4:1 connection mine default\n5:3 connection x argument"},
		{"a class with a fixed id", s3Import + "class L(List):\n    def __init__(self, **kw):\n        super().__init__(aws_conn_id='fixed', **kw)\nL(task_id='t', bucket='b')", "4:38 connection fixed argument\n5:1 connection fixed default"},
		{"an operator of the file", postgresImport + "from airflow.models import BaseOperator\nclass Op(BaseOperator):\n    def __init__(self, *, db_conn_id='d', **kw):\n        super().__init__(**kw)\n        self.db_conn_id = db_conn_id\n    def execute(self, context):\n        PostgresHook(self.db_conn_id).run('x')\nOp(task_id='t')\nOp(task_id='u', db_conn_id='e')", "9:1 connection d default\n10:28 connection e argument"},
		{"mapped", s3Import + "List.partial(task_id='t', bucket='b', aws_conn_id='a').expand(prefix=['x'])\nList.partial(task_id='t', bucket='b').expand(aws_conn_id=['p', 'q'])\nList.partial(task_id='t', bucket='b').expand_kwargs([{'aws_conn_id': 'r'}])", "2:51 connection a argument\n3:58 connection p argument\n3:58 connection q argument\n4:53 connection r argument"},
		{"a schema", postgresImport + "PostgresHook('a', schema='s')", "2:14 connection a argument\n2:26 schema"},
		{"an error, and what follows", postgresImport + "x = (1 +\nPostgresHook('a')\ny = )\nPostgresHook('b')", "5:14 connection b argument\n4:1 expected a closing bracket"},
		{"no Airflow", "class Variable:\n    def get(x): pass\nVariable.get('a')\nconn_id = 'x'", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := found(t, "2.10.3", test.source); got != test.want {
				t.Errorf("of\n%s\ngot\n%s\nwant\n%s", test.source, got, test.want)
			}
		})
	}
}

// TestModules looks up in other files what a file imports.
func TestModules(t *testing.T) {
	rt, err := aircon.RuntimeFor("2.10.3")
	if err != nil {
		t.Fatal(err)
	}
	modules := map[string]string{
		"settings":      "from common.names import PREFIX\nDB = PREFIX + '_db'\nALL = ['a', 'b']\nimport os\nENV = os.environ['X']",
		"common.names":  "import settings\nfrom settings import DB as BACK\nPREFIX = 'dwh'",
		"common":        "",
		"settings.more": "DB = 'wrong'",
		"team":          "from .ids import ONE",
		"team.ids": "from enum import Enum, auto\nfrom common.names import PREFIX as P\nfrom . import more\nONE = 'team_1'\nBOTH = ONE + '_' + P\n" +
			"class Conns:\n    A = 'a'\nclass E(Enum):\n    X = 'x'\n    Y = 'y'\n",
	}
	scanner := New(rt).Modules(func(module string) (Module, bool) {
		text, ok := modules[module]
		return Module{[]byte(text), module == "common" || module == "team"}, ok
	})
	scanned := func(pkg, source string) string {
		var got []string
		for _, u := range scanner.ScanIn(pkg, "dag.py", []byte(postgresImport+source)).Uses {
			got = append(got, u.ID+u.Text)
		}
		return strings.Join(got, " ")
	}
	for _, test := range []struct{ name, pkg, source, want string }{
		{"by their whole names", "", "from settings import DB, ALL, ENV\nimport settings as s\nfrom common import names\n" +
			"PostgresHook(DB)\n[PostgresHook(x) for x in s.ALL]\nPostgresHook(names.PREFIX)\nPostgresHook(ENV)\nPostgresHook(s.NONE)", "dwh_db a b dwh ENV s.NONE"},
		{"relatively, at the top, where Python refuses it", "", "from .settings import DB\nPostgresHook(DB)", "DB"},
		{"relatively, within a package", "team", "from .ids import ONE, BOTH\nfrom . import ids\nPostgresHook(ONE)\nPostgresHook(ids.ONE)\nPostgresHook(BOTH)", "team_1 team_1 team_1_dwh"},
		{"relatively, from further up", "team.sub", "from ..ids import ONE\nfrom ... import ids as beyond\nPostgresHook(ONE)\nPostgresHook(beyond.ONE)", "team_1 beyond.ONE"},
		{"what a package's own file imports", "", "from team import ONE\nPostgresHook(ONE)", "team_1"},
		{"a class of constants", "", "from team.ids import Conns\nPostgresHook(Conns.A)\nPostgresHook(Conns.B)", "a Conns.B"},
		{"an Enum", "", "from team import ids\nPostgresHook(ids.E.X.value)\n[PostgresHook(e.value) for e in ids.E]\nPostgresHook(ids.E.Z.value)", "x x y ids.E.Z.value"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := scanned(test.pkg, test.source); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// TestModulesAreReadOnce reads a module at most a few times, however many others import it.
func TestModulesAreReadOnce(t *testing.T) {
	rt, err := aircon.RuntimeFor("2.10.3")
	if err != nil {
		t.Fatal(err)
	}
	reads := 0
	scanner := New(rt).Modules(func(module string) (Module, bool) {
		reads++
		var imports strings.Builder
		for i := range 10 {
			fmt.Fprintf(&imports, "from m%d import X%d\n", i, i)
		}
		return Module{Text: []byte(imports.String())}, true
	})
	for range 3 {
		scanner.Scan("dag.py", []byte("from m0 import A"))
	}
	if reads > 30 {
		t.Errorf("%d reads of 10 modules", reads)
	}
}
