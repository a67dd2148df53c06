package py

import (
	"errors"
	"strings"
	"testing"
)

// What CPython 3.12.1 says; testdata/python.py has thousands more.
func TestPattern(t *testing.T) {
	for _, test := range []struct {
		pattern string
		matches string // ids, divided by spaces
		refuses string
	}{
		{`^(?!aws_default$).*$`, "my_db aws_default2", "aws_default AWS_DEFAULT"},
		{`^your_postgres_conn_id`, "your_postgres_conn_id your_postgres_conn_id_2", "my_db"},
		{`my`, "my_db MY_DB", "a_my_db"}, // anchored at the start alone
		{`(?P<first>m)y(?P=first)?$`, "my MYM", "my_"},
		{`my_db\Z`, "my_db", "my_db2"},
		{`stra(ß|ss)e`, "straße STRASSE STRAẞE", "strase"},
		{`k`, "k K \u212a", "c"},                 // the Kelvin sign is a K
		{`i`, "i I ı İ", "l"},                    // all four of Turkish
		{`\w+$`, "my_db ünï ²", "a-b e\u0301"},   // a combining mark is no \w
		{`(?a)\w+$`, "my_db", "ü"},               // ASCII
		{`(?<=m)y|m(?<=m)y`, "my", "y"},          // look-behind
		{`m++y|x`, "mmy x", "m"},                 // possessive
		{`(?>m|my)_`, "m_", "my_"},               // atomic
		{`(m)?(?(1)y|x)`, "my x", "mx"},          // condition
		{`(.)\1`, "aa aA", "ab ſs"},              // a reference knows simple lower case alone
		{`(?:(?=a)|a){2}b`, "ab", "b"},           // an empty round counts
		{`(?x) my _ db # ids`, "my_db", "my db"}, // verbose
		{`\N{LATIN SMALL LETTER M}y`, "my", "n"},
		{`a{,2}b`, "b ab aab", "aaab"},
		{`a{x`, "a{x", "ax"},
		{`[]a]`, "] a", "b"},
		{`\B`, "-", "_"},
		{`(?P<x>(?(1)y)){2}$`, "y", "z"}, // the second round sees what the first one set
	} {
		compiled, err := Compile(test.pattern)
		if err != nil {
			t.Errorf("%s: %v", test.pattern, err)
			continue
		}
		for ids, want := range map[string]bool{test.matches: true, test.refuses: false} {
			for id := range strings.SplitSeq(ids, " ") {
				if got, err := compiled.Match(id); got != want || err != nil {
					t.Errorf("%s on %q: %v, %v", test.pattern, id, got, err)
				}
			}
		}
	}
}

func TestPatternRefused(t *testing.T) {
	for _, pattern := range []string{
		`(`, `)`, `[`, `*a`, `a**`, `a{2,1}`, `\`, `[z-a]`, `[a-`, `(?`, `(?Z)`, `(?P<1>a)`, `(?<n>m)`, `\2`, `(a\1)`,
		`\p{L}`, `\z`, `\cM`, `(?<=a*)b`, `a(?i)b`, `(?L)m`, `(?au)m`, `(?-a:m)`, `(?i-i:m)`, `(?P<n>a)(?P<n>b)`, `(?P=n)`, `(?(2)a)(b)`,
		`(?(1)a|b|c)`, `^*`, `\N{NO SUCH NAME}`, `\x4`, `\777`, `x{4294967295}`, `(?t)a*`, strings.Repeat("(", 1000),
	} {
		_, err := Compile(pattern)
		var refused *PatternError
		if !errors.As(err, &refused) {
			t.Errorf("%.20s: got %v, want a refusal", pattern, err)
		}
	}
}

// What keeps Python busy for longer than anyone waits must end, and not on an exhausted stack.
func TestPatternSteps(t *testing.T) {
	for _, pattern := range []string{`(a|a)*$b`, `(?:a*)*$b`, `((a+)+)+$b`, `(?:(?:a|b|ab)*)*$c`} {
		compiled, err := Compile(pattern)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := compiled.Match(strings.Repeat("ab", 100)); err != nil && !errors.Is(err, ErrSteps) {
			t.Errorf("%s: %v", pattern, err)
		}
		if _, err := compiled.Match(strings.Repeat("a", 200) + "!"); !errors.Is(err, ErrSteps) {
			t.Errorf("%s: %v", pattern, err)
		}
	}
	compiled, err := Compile(`(?:){4294967294}`)
	if err != nil {
		t.Fatal(err)
	}
	if matched, err := compiled.Match("a"); !matched || err != nil {
		t.Error(matched, err)
	}
	long, err := Compile(`(?:a|b)*c`)
	if err != nil {
		t.Fatal(err)
	}
	if matched, err := long.Match(strings.Repeat("ab", 1<<15) + "c"); !matched || err != nil {
		t.Error(matched, err)
	}
}

func FuzzCompile(f *testing.F) {
	f.Add(`^(?!aws_default$).*$`, "my_db")
	f.Add(`(?P<n>.)(?P=n)|[^\W\d]{2,}+`, "aA")
	f.Add(`(?x-i: a (?(1)b|c) #`, "\xed\xa0\x80")
	f.Fuzz(func(t *testing.T, pattern, id string) {
		compiled, err := Compile(pattern)
		if err != nil {
			return
		}
		if _, err := compiled.Match(id); err != nil && !errors.Is(err, ErrSteps) {
			t.Error(err)
		}
	})
}
