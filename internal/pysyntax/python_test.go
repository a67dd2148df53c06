package pysyntax

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"os"
	"testing"
)

// TestAsPython reads programs as CPython 3.12.1 does, by the trees that testdata/programs.py wrote. make test-scan has CPython read others,
// and files of its own library, which SYNTAX_ROWS names.
func TestAsPython(t *testing.T) {
	same, refused := 0, 0
	for _, row := range programs(t) {
		got := dump(Parse([]byte(row[0])))
		switch {
		case row[1] == "error":
			refused++ // a reader of files may accept more
		case got != row[1]:
			at := 0
			for at < min(len(got), len(row[1])) && got[at] == row[1][at] {
				at++
			}
			t.Errorf("program %q\n got …%.200s\nwant …%.200s", row[0], got[max(0, at-40):], row[1][max(0, at-40):])
		default:
			same++
		}
	}
	if same < 200 {
		t.Errorf("only %d programs", same)
	}
	t.Logf("%d programs as CPython reads them; %d that it refuses are read without harm", same, refused)
}

func programs(t testing.TB) [][2]string {
	t.Helper()
	name := "testdata/programs.jsonl.gz"
	if other := os.Getenv("SYNTAX_ROWS"); other != "" {
		name = other
	}
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	plain, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	var all [][2]string
	lines := bufio.NewScanner(plain)
	lines.Buffer(nil, 1<<28)
	for lines.Scan() {
		var row [2]string
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		all = append(all, row)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}
