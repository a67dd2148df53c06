package dagfolder

import (
	"archive/zip"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"aircon/dags"
)

// walked is a folder with what real Airflow lists in it; tools/scan/walk.py writes it.
type walked struct {
	Name     string
	Files    map[string]string
	Links    map[string]string
	Archives map[string][]string
	Found    []string
	Loops    bool
}

// TestAsAirflow lists what real Airflow of two releases lists in folders with .airflowignore files, links and archives. make test-scan has
// Airflow look at others, which WALK_ROWS names.
func TestAsAirflow(t *testing.T) {
	pattern := "testdata/airflow-*.jsonl.gz"
	if rows := os.Getenv("WALK_ROWS"); rows != "" {
		pattern = filepath.Join(rows, "walk-*.jsonl.gz")
	}
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatal("no rows in", pattern, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".jsonl.gz"), func(t *testing.T) { againstAirflow(t, file, strings.Contains(file, "-3.")) })
	}
}

func againstAirflow(t *testing.T, file string, glob bool) {
	rows, total, loops := 0, 0, 0
	for row := range rowsOf(t, file) {
		rows++
		total += len(row.Found)
		folder, err := Find([]string{row.write(t)}, glob)
		if err != nil {
			t.Fatalf("%s: %v", row.Name, err)
		}
		if loop := len(folder.Twice) > 0; loop != row.Loops {
			t.Errorf("%s: gives up: %t, %+v", row.Name, loop, row)
		}
		if row.Loops {
			loops++
		} else if got := folder.listed(); !slices.Equal(got, row.Found) {
			t.Errorf("%s: got %q, Airflow has %q\nof %+v", row.Name, got, row.Found, row)
		}
		if err := folder.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if rows < 200 || loops < 10 {
		t.Errorf("only %d folders, %d of them with loops", rows, loops)
	}
	t.Logf("%d folders, %d files, %d loops", rows, total, loops)
}

// listed are the paths that Airflow yields: of Python files and of archives.
func (f *Folder) listed() []string {
	paths := []string{}
	relative := func(name string) {
		path, err := filepath.Rel(f.roots[0], name)
		if err != nil {
			panic(err)
		}
		paths = append(paths, path)
	}
	for i := range f.Files {
		if file := &f.Files[i]; file.archive == nil && !dags.Templated(file.Name) {
			relative(file.Name)
		}
	}
	for _, name := range f.zipped {
		relative(name)
	}
	slices.Sort(paths)
	return paths
}

// write makes the folder, beside one that links may lead to.
func (w *walked) write(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	base := filepath.Join(root, "dags")
	check := func(err error) {
		if err != nil {
			t.Fatal(w.Name, err)
		}
	}
	put := func(path, text string) {
		check(os.MkdirAll(filepath.Dir(path), 0o755))
		check(os.WriteFile(path, []byte(text), 0o600))
	}
	put(filepath.Join(root, "outside", "dag.py"), "")
	check(os.MkdirAll(base, 0o755))
	for path, text := range w.Files {
		put(filepath.Join(base, path), text)
	}
	for path, names := range w.Archives {
		put(filepath.Join(base, path), archiveOf(t, names))
	}
	for path, target := range w.Links {
		at, to := filepath.Join(base, path), filepath.Join(base, target)
		if strings.HasPrefix(target, "outside") {
			to = filepath.Join(root, target)
		}
		check(os.MkdirAll(filepath.Dir(at), 0o755))
		check(os.Symlink(to, at))
	}
	return base
}

func archiveOf(t *testing.T, names []string) string {
	t.Helper()
	var text strings.Builder
	z := zip.NewWriter(&text)
	for _, name := range names {
		f, err := z.Create(name)
		if err == nil {
			_, err = io.WriteString(f, "x = 1\n")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func rowsOf(t *testing.T, name string) func(yield func(*walked) bool) {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	plain, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := json.NewDecoder(plain)
	return func(yield func(*walked) bool) {
		for {
			row := new(walked)
			err := lines.Decode(row)
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !yield(row) {
				return
			}
		}
	}
}
