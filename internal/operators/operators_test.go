package operators

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aircon"
	"aircon/internal/pysyntax"
)

func table(t *testing.T, airflow string) *Table {
	t.Helper()
	rt, err := aircon.RuntimeFor(airflow)
	if err != nil {
		t.Fatal(err)
	}
	return TableFor(rt)
}

// TestReleases holds the table's releases to those that aircon knows.
func TestReleases(t *testing.T) {
	var known []string
	for _, v := range aircon.Versions() {
		known = append(known, v.String())
	}
	if !slices.Equal(known, Releases) {
		t.Errorf("the table has %v, aircon knows %v: run tools/operators anew", Releases, known)
	}
}

func TestTable(t *testing.T) {
	for _, test := range []struct {
		airflow, name string
		want          []Param
	}{
		{"3.3.1", "airflow.providers.postgres.hooks.postgres.PostgresHook", []Param{{Name: "postgres_conn_id", Default: "postgres_default", Attr: true}}},
		{"2.10.3", "airflow.providers.postgres.operators.postgres.PostgresOperator", []Param{{Name: "postgres_conn_id", Position: -1, Default: "postgres_default"}}},
		{"2.11.0", "airflow.providers.postgres.operators.postgres.PostgresOperator", nil}, // removed in provider 6.0
		{"2.9.2", "airflow.providers.amazon.aws.hooks.s3.S3Hook", []Param{{Name: "aws_conn_id", Default: "aws_default"}}},
		{"3.3.1", "airflow.providers.amazon.aws.transfers.redshift_to_s3.RedshiftToS3Operator", []Param{
			{Name: "aws_conn_id", Position: -1, Default: "aws_default"}, {Name: "redshift_conn_id", Position: -1, Default: "redshift_default"},
		}}, // the first by its marker NOTSET
		{"3.3.1", "airflow.providers.common.sql.operators.sql.SQLExecuteQueryOperator", []Param{{Name: "conn_id", Position: -1}}},
	} {
		c, ok := table(t, test.airflow).Lookup(test.name)
		if !ok {
			if test.want != nil {
				t.Errorf("%s does not have %s", test.airflow, test.name)
			}
			continue
		}
		if diff := cmp.Diff(test.want, c.Params); diff != "" {
			t.Errorf("%s of Airflow %s (-want +got):\n%s", test.name, test.airflow, diff)
		}
	}
	if c, ok := table(t, "3.3.1").Lookup("airflow.providers.elsewhere.S3Hook"); !ok || c.Kind != Hook {
		t.Error("S3Hook is not found by its own name")
	}
	if _, ok := table(t, "3.3.1").Lookup("mine.S3Hook"); ok {
		t.Error("somebody's own S3Hook is taken for Airflow's")
	}
}

// TestProvidersOfTheirOwn takes the table of the provider that requirements.txt installs, not of the image.
func TestProvidersOfTheirOwn(t *testing.T) {
	rt, err := aircon.RuntimeFor("2.10.3")
	if err != nil {
		t.Fatal(err)
	}
	rt.Postgres = aircon.Version{Major: 6, Minor: 2}
	if _, ok := TableFor(rt).Lookup("airflow.providers.postgres.operators.postgres.PostgresOperator"); ok {
		t.Error("provider 6.2 has no PostgresOperator")
	}
}

const classesOf = `
from airflow.hooks.base import BaseHook as Base
from airflow.providers.amazon.aws.hooks.s3 import S3Hook
ID = "from_constant"
class A(Base):
    ours = "from_class"
    def __init__(self, first, a_conn_id=ID, *args, b_conn_id="b", **kwargs): ...
class B(A):
    template_fields = ("x", *("y",))
    def __init__(self, c_conn_id=A.ours, **kwargs):
        super().__init__("f", b_conn_id="fixed", **kwargs)
class C(B): pass
class D(S3Hook):
    def __init__(self, *args, **kwargs): super().__init__(*args, **kwargs)
class E(E): pass
class F(B):
    def __init__(self): super().__init__()
`

func TestResolve(t *testing.T) {
	sources := Read("m", pysyntax.Parse([]byte(classesOf)))
	r := NewResolver(sources, table(t, "3.3.1").Lookup)
	for name, want := range map[string]string{
		"m.A": "a_conn_id:1=from_constant b_conn_id=b",
		"m.B": "a_conn_id=from_constant !b_conn_id=fixed c_conn_id:0",
		"m.C": "a_conn_id=from_constant !b_conn_id=fixed c_conn_id:0",
		"m.D": "aws_conn_id:0=aws_default",
		"m.E": "",
		"m.F": "!b_conn_id=fixed",
	} {
		c, ok := r.Resolve(name)
		if !ok {
			t.Fatal("no", name)
		}
		f := strings.Split(line(c), " ")
		got := strings.ReplaceAll(strings.TrimPrefix(f[2], "-"), ",", " ")
		if got != want {
			t.Errorf("%s takes %q, want %q", name, got, want)
		}
		if name == "m.C" && !slices.Equal(c.Templated, []string{"x", "y"}) {
			t.Errorf("%s renders %v", name, c.Templated)
		}
	}
	if _, ok := r.Resolve("m.Z"); ok {
		t.Error("a class that is not there")
	}
}

// TestWriteReads writes what the table has and reads the same.
func TestWriteReads(t *testing.T) {
	var all [][]*Class
	for _, release := range Releases {
		all = append(all, table(t, release).All())
	}
	var b strings.Builder
	if err := Write(&b, all); err != nil {
		t.Fatal(err)
	}
	_, body, _ := strings.Cut(written, "\n")
	if b.String() != body {
		t.Error("what is written is not what was read")
	}
}
