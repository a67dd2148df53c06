package py

import (
	"bufio"
	"compress/gzip"
	"errors"
	"os"
	"testing"
)

// asPython holds each function against the rows that CPython 3.12.1 wrote with testdata/python.py. A function returns its result
// as a value of this package, and nil where Python raises.
var asPython = map[string]func(argument any) any{
	"urlsplit": func(a any) any { return splitRow(a.(string)) },
	"parse_qsl": func(a any) any {
		return ParseQuery(a.(string))
	},
	"unquote":    func(a any) any { return Unquote(a.(string)) },
	"quote":      func(a any) any { return orNil(Quote(a.(string))) },
	"quote_plus": func(a any) any { return orNil(QuotePlus(a.(string))) },
	"dumps":      loaded(func(v any) any { return Dumps(v) }),
	"indent":     loaded(func(v any) any { return DumpsIndent(v, 2) }),
	"repr":       loaded(func(v any) any { return Repr(v) }),
	"truth":      loaded(func(v any) any { return Truth(v) }),
	"place":      placeRow,
	"int":        intRow,
	"int_of":     loaded(intRow),
	"lower":      func(a any) any { return Lower(a.(string)) },
	"upper":      func(a any) any { return Upper(a.(string)) },
	"strip":      func(a any) any { return Strip(a.(string)) },
	"match":      matchRow,
}

func TestAsPython(t *testing.T) {
	counts := map[string]int{}
	for row := range rows(t) {
		name := row[0].(string)
		counts[name]++
		if got := asPython[name](row[1]); Dumps(got) != Dumps(row[2]) {
			t.Errorf("%s(%s) = %s, Python says %s", name, Dumps(row[1]), Dumps(got), Dumps(row[2]))
		}
	}
	for name := range asPython {
		if counts[name] == 0 {
			t.Errorf("no row for %s", name)
		}
	}
	t.Log("rows that agree with CPython 3.12.1:", counts)
}

func rows(t *testing.T) func(yield func([]any) bool) {
	file, err := os.Open("testdata/python.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	plain, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	return func(yield func([]any) bool) {
		lines := bufio.NewScanner(plain)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			row, err := Loads(lines.Text())
			if err != nil {
				t.Fatal(err)
			}
			if !yield(row.([]any)) {
				return
			}
		}
	}
}

func orNil(text string, ok bool) any {
	if !ok {
		return nil
	}
	return text
}

// loaded applies a function to the value that a JSON text holds.
func loaded(f func(value any) any) func(argument any) any {
	return func(argument any) any {
		value, err := Loads(argument.(string))
		if err != nil {
			return nil
		}
		return f(value)
	}
}

func intRow(value any) any {
	n, err := Int(value)
	if err != nil {
		return nil
	}
	return string(n)
}

func placeRow(argument any) any {
	_, err := Loads(argument.(string))
	var syntax *JSONError
	switch {
	case err == nil:
		return "fine"
	case errors.As(err, &syntax):
		return []any{syntax.Message, NewInt(int64(syntax.Offset)), NewInt(int64(syntax.Line)), NewInt(int64(syntax.Column))}
	}
	return nil
}

func splitRow(text string) any {
	u, err := SplitURL(text)
	if err != nil {
		return nil
	}
	row := []any{u.Scheme, u.Netloc, u.Path, u.Query, u.Fragment, nil, nil, u.Host(), nil}
	name, hasName, password, hasPassword := u.User()
	if hasName {
		row[5] = name
	}
	if hasPassword {
		row[6] = password
	}
	port, found, err := u.Port()
	if found {
		row[8] = port
	}
	if err != nil {
		row[8] = "error"
	}
	return row
}

func matchRow(argument any) any {
	pattern, ids := argument.([]any)[0].(string), argument.([]any)[1].([]any)
	compiled, err := Compile(pattern)
	if err != nil {
		return nil
	}
	row := make([]any, len(ids))
	for i, id := range ids {
		matched, err := compiled.Match(id.(string))
		if err != nil {
			return err.Error()
		}
		row[i] = matched
	}
	return row
}
