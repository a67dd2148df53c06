package airflow

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"aircon"
)

// richSecrets are the secrets in testdata/rich, by name.
func richSecrets(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("testdata/rich/secrets.json")
	if err != nil {
		t.Fatal(err)
	}
	var secrets map[string]string
	if err := json.Unmarshal(text, &secrets); err != nil {
		t.Fatal(err)
	}
	return secrets
}

// What Rich made of secrets shows nothing of them, and all else of it stays.
func TestMaskFindsWhatRichFolds(t *testing.T) {
	for name, secret := range richSecrets(t) {
		files, err := filepath.Glob("testdata/rich/" + name + "-*.txt")
		if err != nil || len(files) != 9 {
			t.Fatal(files, err)
		}
		var m Mask
		m.Add(aircon.NewSecret(secret))
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := m.Text(string(text))
			if part := shows(secret, colours.ReplaceAllString(got, "")); part != "" {
				t.Errorf("%s shows %q:\n%s", file, part, got)
			}
			onlyMasked(t, file, string(text), got)
		}
	}
}

// shows returns a part of a secret that a text has, and "" where it has none.
func shows(secret, text string) string {
	const part = 6
	for runes := []rune(secret); len(runes) >= part; runes = runes[1:] {
		if strings.Contains(text, string(runes[:part])) {
			return string(runes[:part])
		}
	}
	return ""
}

// onlyMasked holds that each line is as it was but for what is masked.
func onlyMasked(t *testing.T, what, text, got string) {
	t.Helper()
	was, is := strings.Split(text, "\n"), strings.Split(got, "\n")
	if len(was) != len(is) {
		t.Fatalf("%s: %d lines have become %d:\n%s", what, len(was), len(is), got)
	}
	for i, line := range was {
		parts := strings.Split(is[i], masked)
		if strings.HasPrefix(line, parts[0]) && strings.HasSuffix(line, parts[len(parts)-1]) {
			for _, part := range parts {
				_, after, ok := strings.Cut(line, part)
				if !ok {
					t.Errorf("%s: %q has become %q", what, was[i], is[i])
				}
				line = after
			}
			continue
		}
		t.Errorf("%s: %q has become %q", what, was[i], is[i])
	}
}

// drawFolding draws a secret of at least four characters that are not blank, how it is spelled, and where that is folded. It ends with no backslash, as
// one that quotes it there and has come to the next line stays, no bar that is folded could be a table's, and no quotation mark at
// its beginning could double one before it.
func drawFolding(t *rapid.T) (secret string, parts []string) {
	secret = rapid.StringOfN(rapid.RuneFrom([]rune(`aZ09"'\/%+&=-_|äß😀 `)), 4, 40, -1).Filter(func(s string) bool {
		return s == strings.TrimSpace(s) && utf8.RuneCountInString(strings.ReplaceAll(s, " ", "")) >= shortest && !strings.HasSuffix(s, `\`) && s[0] != '\'' && !strings.Contains(s, " |") && !strings.Contains(s, "| ")
	}).Draw(t, "secret")
	quoted, err := json.Marshal(secret)
	if err != nil {
		t.Fatal(err)
	}
	spelled := rapid.SampledFrom([]string{secret, strings.ReplaceAll(string(quoted[1:len(quoted)-1]), `\u0026`, "&"), url.QueryEscape(secret)}).Draw(t, "spelled")
	begin := 0
	for at := range spelled {
		blank := strings.TrimSpace(spelled[begin:at]) == "" || strings.TrimSpace(spelled[at:]) == ""
		if !blank && spelled[at] != '|' && rapid.IntRange(0, 3).Draw(t, "fold") == 0 {
			parts, begin = append(parts, spelled[begin:at]), at
		}
	}
	return secret, append(parts, spelled[begin:])
}

// drawLayout draws what stands around the parts of a folded secret in each line: text that is no part of it before the first and after the last.
func drawLayout(t *rapid.T) func(parts []string) string {
	left := rapid.SampledFrom([]string{"", "│ ", "│ │          ", "\x1b[31m│\x1b[0m \x1b[33m│\x1b[0m   ", "1  | db | "}).Draw(t, "left")
	right := map[string]string{"│ ": " │", "│ │          ": "  │ │", "\x1b[31m│\x1b[0m \x1b[33m│\x1b[0m   ": "\x1b[33m│\x1b[0m \x1b[31m│\x1b[0m", "1  | db | ": " | 5432 | other"}[left]
	guide := rapid.SampledFrom([]string{"", "│   'password': '", "the password is <"}).Draw(t, "guide")
	pad := rapid.SampledFrom([]string{"", " ", "     "}).Draw(t, "pad")
	if right != "" {
		pad += " "
	}
	colour := rapid.SampledFrom([]string{"", "\x1b[33m"}).Draw(t, "colour")
	return func(parts []string) string {
		var b strings.Builder
		for i, part := range parts {
			first, last := "", ""
			if i == 0 {
				first = guide
			}
			if i == len(parts)-1 {
				last = "> and more"
			}
			b.WriteString(left + first + colour + part + last + colour + pad + right + "\n")
		}
		return b.String() + "> the end\n"
	}
}

// Whatever is folded, at whatever points, is masked, and nothing else; also where it comes in writes that begin and end anywhere.
func TestMaskFindsFolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		secret, parts := drawFolding(t)
		layout := drawLayout(t)
		var hidden []string
		for _, part := range parts {
			begin := strings.Index(part, strings.TrimSpace(part))
			hidden = append(hidden, part[:begin]+masked+part[begin+len(strings.TrimSpace(part)):])
		}
		text, want := layout(parts), layout(hidden)
		var m Mask
		m.Add(aircon.NewSecret(secret))
		if got := m.Text(text); got != want {
			t.Fatalf("%q is shown as\n%q, want\n%q", text, got, want)
		}
		var out strings.Builder
		w := m.Writer(&out)
		for rest := text; rest != ""; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "write")
			if _, err := io.WriteString(w, rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if err := w.Flush(); err != nil || out.String() != want {
			t.Fatalf("%q is written as\n%q, want\n%q: %v", text, out.String(), want, err)
		}
	})
}

// What a fold may still make a secret of is held back for a moment and no longer, as its reader may wait for the line.
func TestMaskedWriterHasPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m Mask
		m.Add(aircon.NewSecret("hunter22"))
		var out bytes.Buffer
		w := m.Writer(&out)
		for _, step := range []struct {
			write    string
			now, end string // what is shown at once, and when patience is at its end
		}{
			{"Password: ", "Password: ", ""},
			{"it was enough\n", "it was enoug", "h\n"},
			{"hunt", "", ""},
			{"er22 │\n│ hun", "*** │\n│ ", ""},
			{"\n\n", "hun\n\n", ""},
			{"│ hun │\n", "│ ", "hun │\n"},
		} {
			if _, err := io.WriteString(w, step.write); err != nil {
				t.Fatal(err)
			}
			for _, want := range []string{step.now, step.end} {
				w.mu.Lock()
				if got := out.String(); got != want {
					t.Errorf("of %q it shows %q, want %q", step.write, got, want)
				}
				out.Reset()
				w.mu.Unlock()
				time.Sleep(patience + 1) // of the bubble's clock
				synctest.Wait()
			}
		}
		if err := w.Flush(); err != nil || out.Len() > 0 {
			t.Errorf("%q, %v", out.String(), err)
		}
	})
}

// failing is a writer that fails.
type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

// What could not be written when nobody waited is told when somebody does.
func TestMaskedWriterTellsErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m Mask
		m.Add(aircon.NewSecret("hunter22"))
		w := m.Writer(failing{})
		if _, err := io.WriteString(w, "h\n"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(patience + 1) // of the bubble's clock
		synctest.Wait()
		if err := w.Flush(); !errors.Is(err, io.ErrShortWrite) {
			t.Error(err)
		}
	})
}
