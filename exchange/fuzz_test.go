package exchange_test

import (
	"testing"

	"aircon"
	"aircon/exchange"
)

// FuzzRead reads any text in every form: it ends with a file or an error, and each connection that it finds can be judged and written again.
func FuzzRead(f *testing.F) {
	for _, text := range []string{
		`{"a": {"conn_type": "http", "extra": "{}"}, "b": "http://u:p@h", "c": ["x://"], "d": []}`, "a: {conn_type: http, port: 0o1}\nb: http://h\n<<: *x", "a: &a {x: *a}",
		"a=http://h\n#c\n\nb={\"conn_type\": \"x\"}", "export AIRFLOW_CONN_A='{\"conn_type\": \"http\"}' # c", `AIRFLOW_CONN_B="a\"b`, "a: 2026-11-30\n1: x\n? [a]\n: b", "a: !!binary x", "{a: {b: &x [1, .inf, 1:2:3]}}",
	} {
		f.Add(text)
	}
	rt, err := aircon.RuntimeFor("3.3.1")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, form := range exchange.Forms() {
			file, err := form.Read(aircon.NewSecret(text), rt)
			if err != nil {
				continue
			}
			for _, c := range file.Connections {
				w := form.Write(rt, []aircon.Connection{c})
				if len(w.IDs)+len(w.Problems) != 1 {
					t.Errorf("%s: one connection, and %d written, %d problems", form.Name, len(w.IDs), len(w.Problems))
				}
			}
		}
	})
}
