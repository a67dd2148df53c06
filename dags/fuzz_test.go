package dags

import (
	"strings"
	"testing"
	"time"

	"aircon"
)

// FuzzScan scans whatever comes: it ends, and each use is complete and has its place in the text.
func FuzzScan(f *testing.F) {
	for _, row := range []string{
		postgresImport + "for i in range(9):\n    PostgresHook(f'{i}')", s3Import + "List.partial(task_id='t').expand(aws_conn_id=['a'])",
		"from airflow.models import Variable\ndef f(x):\n    return f(x)\nVariable.get(f('a'))", sqlImport + "SQLExecuteQueryOperator(sql='{{ conn.a }}')",
	} {
		f.Add([]byte(row))
	}
	rt, err := aircon.RuntimeFor("3.3.1")
	if err != nil {
		f.Fatal(err)
	}
	scanner := New(rt)
	f.Fuzz(func(t *testing.T, text []byte) { sound(t, scanner.Scan("f.py", text), text) })
}

func sound(t *testing.T, file *File, text []byte) {
	t.Helper()
	lines := 1 + strings.Count(string(text), "\n")
	for i, u := range file.Uses {
		if u.Kind == "" || u.How == "" || u.When == "" || u.Dynamic() && u.Text == "" {
			t.Errorf("incomplete: %+v", u)
		}
		if u.Line < 1 || u.Line > lines || u.Column < 1 {
			t.Errorf("outside of the text: %+v", u)
		}
		if i > 0 && file.Uses[i-1].Line > u.Line {
			t.Errorf("not in the order of the places: %+v", u)
		}
	}
}

// TestScanEnds scans what a follower of loops and calls could go around in for ever, or for very long.
func TestScanEnds(t *testing.T) {
	rt, err := aircon.RuntimeFor("3.3.1")
	if err != nil {
		t.Fatal(err)
	}
	nested := func(n int, body string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(strings.Repeat(" ", i) + "for x in 'a', 'b', 'c', 'd', 'e', 'f':\n")
		}
		return b.String() + strings.Repeat(" ", n) + body
	}
	again := func(n int, s string) string { return strings.Repeat(s, n) }
	for name, source := range map[string]string{
		"recursion":        "def f(x):\n    return f(x + 'a') + f(x)\nf('a')",
		"calls of calls":   "def a(x):\n    b(x); b(x + '1'); b(x + '2')\ndef b(x):\n    a(x); a(x + '3'); a(x + '4')\na('')",
		"loops in loops":   postgresImport + nested(20, "PostgresHook(x)"),
		"doubling":         "x = 'a'\n" + again(100, "x = x + x\n") + postgresImport + "PostgresHook(x)",
		"doubling lists":   "x = ['a', 'b']\n" + again(100, "x = x + x\n") + postgresImport + "for i in x: PostgresHook(i)",
		"many keys":        "d = {}\n" + again(50_000, "d['k'] = 'v'\n") + postgresImport + "PostgresHook(d['k'])",
		"one long line":    postgresImport + again(50_000, "PostgresHook('é');"),
		"many branches":    postgresImport + "x = 'a'\n" + again(20_000, "if y: x = 'b'\n") + "PostgresHook(x)",
		"a class on class": postgresImport + "class A(PostgresHook): pass\n" + again(20_000, "class A(A): pass\n") + "A()",
		"a self reference": "class A(A): pass\nA()\nx = x\nx()\nd = {}\nd['d'] = d\nlist(d)",
		"many arguments":   postgresImport + "PostgresHook(" + again(50_000, "'a',") + ")",
		"a long template":  sqlImport + "SQLExecuteQueryOperator(task_id='t', sql='" + again(20_000, "{{ conn.a }}") + "')",
		"an open template": sqlImport + "SQLExecuteQueryOperator(task_id='t', sql='" + again(100_000, "{{") + "')",
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			file := New(rt).Scan("f.py", []byte(source))
			sound(t, file, []byte(source))
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
}
