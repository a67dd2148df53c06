package pghook

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"aircon/internal/py"
)

// What PQconninfoParse of real libpq gave for these texts, through psycopg2.extensions.parse_dsn with libpq 16 and 17, and
// psycopg.conninfo.conninfo_to_dict with 18. Empty stands for a refusal.
func TestParseConninfo(t *testing.T) {
	for _, test := range []struct{ text, libpq16, libpq18 string }{
		{"", `{}`, `{}`},
		{"  ", `{}`, `{}`},
		{"host = 'a b' port=1", `{"host": "a b", "port": "1"}`, `{"host": "a b", "port": "1"}`},
		{`host=a\ b`, `{"host": "a b"}`, `{"host": "a b"}`},
		{"host=x\x00bad", `{"host": "x"}`, `{"host": "x"}`},
		{"requiressl=1", `{"sslmode": "require"}`, `{"sslmode": "require"}`},
		{"requiressl=0", `{"sslmode": "prefer"}`, `{"sslmode": "prefer"}`},
		{"host='a", "", ""},
		{"host", "", ""},
		{"=x", "", ""},
		{"oauth_scope=x", "", `{"oauth_scope": "x"}`},
		{"sslnegotiation=direct", "", `{"sslnegotiation": "direct"}`},
		{"postgres://", `{}`, `{}`},
		{"postgres://@", `{}`, `{}`},
		{"postgres://:@h", `{"host": "h"}`, `{"host": "h"}`},
		{"postgres://u:@h", `{"user": "u", "host": "h"}`, `{"user": "u", "host": "h"}`},
		{"postgres://u:p:q@h", `{"user": "u", "password": "p:q", "host": "h"}`, `{"user": "u", "password": "p:q", "host": "h"}`},
		{"postgres://h:/d", `{"dbname": "d", "host": "h"}`, `{"dbname": "d", "host": "h"}`},
		{"postgres://h#f", `{"host": "h#f"}`, `{"host": "h#f"}`},
		{"postgres://h/?", `{"host": "h"}`, `{"host": "h"}`},
		{"postgres://a%20b@h", `{"user": "a b", "host": "h"}`, `{"user": "a b", "host": "h"}`},
		{"postgres://u:p@h1:1,h2:2/d?sslmode=x", `{"user": "u", "password": "p", "dbname": "d", "host": "h1,h2", "port": "1,2", "sslmode": "x"}`, `{"user": "u", "password": "p", "dbname": "d", "host": "h1,h2", "port": "1,2", "sslmode": "x"}`},
		{"postgres://h/d?ssl=true", `{"dbname": "d", "host": "h", "sslmode": "require"}`, `{"dbname": "d", "host": "h", "sslmode": "require"}`},
		{"postgres://h/d?application_name=+x", `{"dbname": "d", "host": "h", "application_name": "+x"}`, `{"dbname": "d", "host": "h", "application_name": "+x"}`},
		{"postgres://u@h/d?application_name=a b", `{"user": "u", "dbname": "d", "host": "h", "application_name": "a b"}`, ""},
		{"postgres:// h /d", `{"dbname": "d", "host": " h "}`, `{"dbname": "d", "host": "h"}`},
		{"postgres://h/d?foo=1", "", ""},
		{"postgres://h/d?a", "", ""},
		{"postgres://h/d?&", "", ""},
		{"postgres://h/d?=x", "", ""},
		{"postgres://h/d?a=b=c", "", ""},
		{"postgres://[::1/d", "", ""},
		{"postgres://[]/d", "", ""},
		{"postgresql://[::1]x/d", "", ""},
		{"postgres://h/%zz", "", ""},
		{"postgres://h/%00", "", ""},
		{"postgres://h/%ff", "", ""},
	} {
		for libpq, want := range map[int]string{16: test.libpq16, 18: test.libpq18} {
			got, err := parseConninfo(test.text, libpq)
			var fault *Fault
			switch {
			case want == "" && !errors.As(err, &fault):
				t.Errorf("libpq %d, %q: got %s, %v, want a fault", libpq, test.text, py.Dumps(got), err)
			case want != "" && (err != nil || py.Dumps(got) != want):
				t.Errorf("libpq %d, %q: got %s, %v, want %s", libpq, test.text, py.Dumps(got), err, want)
			}
		}
	}
}

// A text that is no connection string may be anything, a password too.
func TestFaultsHoldNoText(t *testing.T) {
	const secret = "s3cret"
	for _, text := range []string{
		secret, "host='" + secret, "postgresql+psycopg://u:" + secret + "@h/d?a=b", "postgres://u:" + secret + "%zz@h", "postgres://u:" + secret + " x@h",
		"postgres://[" + secret, "postgres://[]" + secret, "postgres://h/d?" + secret, "postgres://h/d?a=b=" + secret, "postgres://h/d?a/" + secret + "=1",
	} {
		_, err := parseConninfo(text, 18)
		if err == nil || strings.Contains(fmt.Sprintf("%v %#v", err, err), secret) {
			t.Errorf("%q: %#v", text, err)
		}
	}
}

// Whatever is read back from what the drivers write is what they were given.
func FuzzConninfo(f *testing.F) {
	f.Add("a b", "x'y\\z")
	f.Add("", "\x0b")
	f.Fuzz(func(t *testing.T, host, password string) {
		if py.HasSurrogate(host+password) || containsZero(host+password) {
			return // C's strings end at a zero byte, and libpq takes UTF-8
		}
		got, err := parseConninfo("host="+escapeParam(host)+" password="+escapeParam(password), 17)
		if err != nil {
			t.Fatal(err)
		}
		if h, _ := got.Get("host"); h != host {
			t.Errorf("host %q became %q", host, h)
		}
		if p, _ := got.Get("password"); p != password {
			t.Errorf("password %q became %q", password, p)
		}
		if _, err := parseConninfo(host, 18); err != nil {
			var fault *Fault
			if !errors.As(err, &fault) {
				t.Errorf("%q: %v", host, err)
			}
		}
	})
}

func containsZero(s string) bool {
	for i := range len(s) {
		if s[i] == 0 {
			return true
		}
	}
	return false
}
