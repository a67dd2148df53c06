package term

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// fake is a terminal whose streams are buffers.
func fake(change func(*Terminal)) (t *Terminal, out, err *bytes.Buffer) {
	out, err = new(bytes.Buffer), new(bytes.Buffer)
	t = New(strings.NewReader(""), out, err, func(string) string { return "" })
	if change != nil {
		change(t)
	}
	return t, out, err
}

// seen makes escape sequences readable.
func seen(text string) string { return strings.NewReplacer("\x1b", "<", "\r", "^").Replace(text) }

func TestNew(t *testing.T) {
	none := func(string) string { return "" }
	term := New(strings.NewReader(""), new(bytes.Buffer), os.Stderr, none)
	if term.InTerminal || term.Colour || term.Width != 0 {
		t.Errorf("buffers are no terminal: %+v", term)
	}
	file, err := os.Create(t.TempDir() + "/out")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if term = New(file, file, file, none); term.InTerminal || term.ErrTerminal || term.Colour || term.Width != 0 {
		t.Errorf("a file is no terminal: %+v", term)
	}
}

// pseudo stands for a terminal's file: the numbers come from env, as nothing answers an ioctl.
type pseudo struct{ bytes.Buffer }

func (pseudo) Fd() uintptr { return ^uintptr(0) }

func TestWidth(t *testing.T) {
	for columns, want := range map[string]int{"": 0, "nonsense": 0, "-1": 0, "100": 100, "3": narrowest} {
		if got := width(pseudo{}, true, func(string) string { return columns }); got != want {
			t.Errorf("COLUMNS=%s: %d, want %d", columns, got, want)
		}
	}
}

func TestTable(t *testing.T) {
	table := Table{Heading: []string{"CONN_ID", "SOURCE", "NOTE"}, Indent: 2}
	table.Row(Cell{"my_postgres_db", Good}, Cell{Text: "secretsmanager"}, Cell{Text: "found"})
	table.Row(Cells("数据库", "environment", "shadowed by airflow/connections/数据库 which comes first in the search path")...)
	table.Row(Cells("x")...)
	table.Row(Cells("two", "a\nb", "c")...)
	for _, test := range []struct {
		name   string
		change func(*Terminal)
		want   string
	}{
		{"into a pipe", nil, `
  CONN_ID         SOURCE          NOTE
  my_postgres_db  secretsmanager  found
  数据库          environment     shadowed by airflow/connections/数据库 which comes first in the search path
  x
  two             a               c
                  b
`},
		{"on a narrow terminal", func(t *Terminal) { t.Width = 66 }, `
  CONN_ID         SOURCE          NOTE
  my_postgres_db  secretsmanager  found
  数据库          environment     shadowed by airflow/connections/
                                  数据库 which comes first in the
                                  search path
  x
  two             a               c
                  b
`},
		{"in colour", func(t *Terminal) { t.Colour = true }, `
  <[2mCONN_ID<[m         <[2mSOURCE<[m          <[2mNOTE<[m
  <[32mmy_postgres_db<[m  secretsmanager  found
  数据库          environment     shadowed by airflow/connections/数据库 which comes first in the search path
  x
  two             a               c
                  b
`},
	} {
		t.Run(test.name, func(t *testing.T) {
			term, out, _ := fake(test.change)
			term.Table(&table)
			if got := "\n" + seen(out.String()); got != test.want {
				t.Errorf("got %s\nwant %s", got, test.want)
			}
		})
	}
	term, out, _ := fake(nil)
	if term.Table(&Table{Heading: []string{"A"}}); out.Len() > 0 {
		t.Errorf("a table without rows shows nothing: %q", out)
	}
}

func TestMarks(t *testing.T) {
	plain, _, _ := fake(nil)
	colour, _, _ := fake(func(t *Terminal) { t.Colour = true })
	var got strings.Builder
	for m := NoMark; m <= Skipped; m++ {
		fmt.Fprintf(&got, "%s%s ", plain.Mark(m), seen(colour.Mark(m)))
	}
	if want := "   ✓<[32m✓<[m !<[33m!<[m ✗<[31m✗<[m +<[32m+<[m ~<[33m~<[m -<[31m-<[m ·<[2m·<[m "; got.String() != want {
		t.Errorf("got  %s\nwant %s", got.String(), want)
	}
}

func TestClean(t *testing.T) {
	for text, want := range map[string]string{
		"plain ✓ é":        "plain ✓ é",
		"a\tb\nc":          "a\tb\nc",
		"\x1b[2Jgone\a\r":  `\x1b[2Jgone\x07\x0d`,
		"\u009b31m":        `\u009b31m`,
		"evil\u202etxt.sh": `evil\u202etxt.sh`,
	} {
		if got := Clean(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// hinted is an error of another package: it knows nothing of this one.
type hinted struct{ error }

func (hinted) Hint() string { return "aircon plan" }

func TestFail(t *testing.T) {
	denied := errors.New("access denied")
	problem := &Problem{What: "cannot read the secret", Where: "step 3", Why: "the role lacks an allow", Next: "aircon policy generate\naircon apply", Err: denied}
	for _, test := range []struct {
		name string
		err  error
		want string
	}{
		{"an error", denied, "aircon: access denied\n"},
		{"a problem", problem, "aircon: step 3: cannot read the secret: the role lacks an allow\n  hint: aircon policy generate\n        aircon apply\n"},
		{"wrapped", fmt.Errorf("apply: %w", problem), "aircon: apply: step 3: cannot read the secret: the role lacks an allow\n  hint: aircon policy generate\n        aircon apply\n"},
		{"with a hint of its own", hinted{denied}, "aircon: access denied\n  hint: aircon plan\n"},
		{"a hint over a hint", &Problem{What: "stopped", Next: "aircon doctor", Err: hinted{denied}}, "aircon: stopped\n  hint: aircon doctor\n  hint: aircon plan\n"},
		{"the same hint twice", &Problem{What: "stopped", Next: "aircon plan", Err: hinted{denied}}, "aircon: stopped\n  hint: aircon plan\n"},
		{"joined", errors.Join(denied, hinted{errors.New("not found")}), "aircon: access denied\naircon: not found\n  hint: aircon plan\n"},
		{"joined, with words around", fmt.Errorf("%w and %w", denied, errors.New("not found")), "aircon: access denied and not found\n"},
		{"with an escape sequence in it", errors.New("\x1b[31mred"), "aircon: \\x1b[31mred\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			term, out, stderr := fake(nil)
			term.Fail(test.err)
			if stderr.String() != test.want || out.Len() > 0 {
				t.Errorf("got  %q\nwant %q", stderr.String(), test.want)
			}
		})
	}
	if !errors.Is(problem, denied) {
		t.Error("the cause is lost")
	}
	term, _, stderr := fake(func(t *Terminal) { t.ErrColour = true })
	term.Fail(hinted{denied})
	term.Warn("%d left", 3)
	want := "<[31maircon:<[m access denied\n  <[36mhint:<[m aircon plan\n<[33maircon: warning:<[m 3 left\n"
	if got := seen(stderr.String()); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestJSON(t *testing.T) {
	term, out, _ := fake(nil)
	if err := term.JSON(map[string]any{"b": []int{1}, "a": "<&>"}); err != nil {
		t.Fatal(err)
	}
	if want := "{\n  \"a\": \"<&>\",\n  \"b\": [\n    1\n  ]\n}\n"; out.String() != want {
		t.Errorf("got  %q\nwant %q", out.String(), want)
	}
}

func TestConfirm(t *testing.T) {
	for typed, want := range map[string]bool{"y\n": true, "YES\n": true, " yes \n": true, "yes": true, "n\n": false, "\n": false, "": false, "yep\n": false} {
		term, out, stderr := fake(func(t *Terminal) { t.InTerminal, t.In = true, strings.NewReader(typed) })
		got, err := term.Confirm(t.Context(), "apply 3 changes?")
		if got != want || err != nil {
			t.Errorf("%q: %v, %v", typed, got, err)
		}
		if out.Len() > 0 || !strings.HasPrefix(stderr.String(), "apply 3 changes? [y/N] ") {
			t.Errorf("the question belongs on standard error: %q", stderr.String())
		}
	}
}

func TestConfirmWithoutTerminal(t *testing.T) {
	term, _, stderr := fake(func(t *Terminal) { t.In = strings.NewReader("y\n") })
	yes, err := term.Confirm(t.Context(), "apply?")
	if yes || !errors.Is(err, ErrNobody) {
		t.Fatalf("%v, %v", yes, err)
	}
	term.Fail(err)
	const want = "aircon: there is nobody to ask: standard input is not a terminal\n  hint: give --yes to go on without a question\n"
	if stderr.String() != want {
		t.Errorf("got %q", stderr.String())
	}
}

// failing is a terminal that was pulled out.
type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("input/output error") }

func TestConfirmFails(t *testing.T) {
	term, _, _ := fake(func(t *Terminal) { t.InTerminal, t.In = true, failing{} })
	if yes, err := term.Confirm(t.Context(), "apply?"); yes || err == nil {
		t.Errorf("%v, %v", yes, err)
	}
	term.In = strings.NewReader("")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	synctest.Test(t, func(t *testing.T) {
		hang := make(chan struct{})
		term.In = reader(func([]byte) (int, error) { <-hang; return 0, errors.New("closed") })
		if yes, err := term.Confirm(ctx, "apply?"); yes || !errors.Is(err, context.Canceled) {
			t.Errorf("%v, %v", yes, err)
		}
		close(hang)
	})
}

type reader func([]byte) (int, error)

func (r reader) Read(p []byte) (int, error) { return r(p) }

func TestProgressIntoAPipe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		term, out, stderr := fake(nil)
		quick := term.Progress("reads")
		time.Sleep(patience - 1)
		quick.Stop()
		slow := term.Progress("waits for analytics")
		time.Sleep(patience / 2)
		slow.Update("waits for analytics: UPDATING")
		time.Sleep(patience)
		slow.Update("waits for analytics: UPDATING")
		slow.Update("waits for analytics: AVAILABLE")
		slow.Stop()
		slow.Stop()
		const want = "aircon: waits for analytics: UPDATING\naircon: waits for analytics: AVAILABLE\n"
		if stderr.String() != want || out.Len() > 0 {
			t.Errorf("got %q", stderr.String())
		}
	})
}

func TestProgressOnATerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		term, _, stderr := fake(func(t *Terminal) { t.ErrTerminal, t.ErrWidth = true, narrowest })
		p := term.Progress("waits for analytics, which has a long name indeed")
		time.Sleep(patience + turn/2)
		p.Update("AVAILABLE")
		time.Sleep(turn)
		p.Stop()
		const want = "^<[K⠋ waits for analytics, which has a lon…^<[K⠙ AVAILABLE (1s)^<[K"
		if got := seen(stderr.String()); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	})
}
