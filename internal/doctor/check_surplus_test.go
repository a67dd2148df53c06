package doctor

import "testing"

func TestSurplusOfHost(t *testing.T) {
	for host, want := range map[string]string{
		"db.example.internal":            "",
		"db.example.internal:5432":       "write host db.example.internal and port 5432",
		"db.example.internal:port":       "",
		"postgres://db.example.internal": "write host db.example.internal alone",
		"db.example.internal/analytics":  "write host db.example.internal alone; the database's name belongs into schema",
		" db.example.internal":           "write the host without it",
		"a:5432,b:5432":                  "",
		"a,b":                            "",
		"::1":                            "",
		"2001:db8::1:5432":               "",
		"[2001:db8::1]:5432":             "write host 2001:db8::1 and port 5432",
		"/var/run/postgresql":            "",
		"":                               "",
	} {
		if seen, mend := surplusOfHost(host); mend != want || (seen == "") != (want == "") {
			t.Errorf("%q: %q, %q; want %q", host, seen, mend, want)
		}
	}
}
