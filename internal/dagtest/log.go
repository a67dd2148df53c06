package dagtest

import (
	"bufio"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// shownLines is how many lines of a log are shown at most: a traceback's end, with its cause.
const shownLines = 12

func lastLines(lines []string) []string { return lines[max(0, len(lines)-shownLines):] }

// Read takes from the tasks' logs in home, an AIRFLOW_HOME, why tasks failed, and which connections nobody has. Everything goes through
// mask.
func (r *Result) Read(home string, mask func(string) string) error {
	for i := range r.DAGs {
		for j := range r.DAGs[i].Tasks {
			t := &r.DAGs[i].Tasks[j]
			lines, err := readLog(logDir(home, r.DAGs[i].ID, t))
			if err != nil {
				return err
			}
			t.read(lines, mask)
		}
	}
	for i := range r.ImportErrors {
		r.ImportErrors[i].Text = mask(r.ImportErrors[i].Text)
	}
	return nil
}

// logDir holds a file attempt=N.log for each try.
//
// Source: config.yml of Airflow 2.10.3 and 3.3.1, [logging] log_filename_template.
func logDir(home, dag string, t *Task) string {
	dir := filepath.Join(home, "logs", "dag_id="+dag, "run_id="+RunID, "task_id="+t.ID)
	if t.MapIndex >= 0 {
		dir = filepath.Join(dir, "map_index="+strconv.Itoa(t.MapIndex))
	}
	return dir
}

// line is one of a log.
type line struct {
	text   string
	raised string // the exception that it tells of, or ""
}

// readLog reads the log of the last try. A task that never began has none.
func readLog(dir string) ([]line, error) {
	names, err := filepath.Glob(filepath.Join(quoteGlob(dir), "attempt=*.log"))
	if err != nil || len(names) == 0 {
		return nil, err
	}
	number := func(name string) int {
		digits := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(name), "attempt="), ".log")
		n, _ := strconv.Atoi(digits) // what is no number comes first
		return n
	}
	last := slices.MaxFunc(names, func(a, b string) int { return number(a) - number(b) })
	f, err := os.Open(last)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var lines []line
	scanner := bufio.NewScanner(f)
	scanner.Buffer(nil, 16<<20)
	traced := false
	for scanner.Scan() {
		text := scanner.Text()
		if l, ok := structured(text); ok {
			lines = append(lines, l...)
			continue
		}
		l := line{text: text}
		switch {
		case strings.HasPrefix(text, "Traceback (most recent call last):"):
			traced = true
		case traced && text != "" && !strings.HasPrefix(text, " "): // its last line
			l.raised, traced = text, false
		}
		lines = append(lines, l)
	}
	return lines, scanner.Err()
}

var globs = strings.NewReplacer("*", `\*`, "?", `\?`, "[", `\[`, `\`, `\\`)

func quoteGlob(path string) string { return globs.Replace(path) }

// structured reads a line of Airflow 3's logs: JSON with the event and, of an exception, what was raised, the cause last.
func structured(text string) ([]line, bool) {
	var got struct {
		Event  *string
		Detail []struct {
			Type  string `json:"exc_type"`
			Value string `json:"exc_value"`
		} `json:"error_detail"`
	}
	if !strings.HasPrefix(text, "{") || json.Unmarshal([]byte(text), &got) != nil || got.Event == nil {
		return nil, false
	}
	lines := []line{{text: *got.Event}}
	for i := len(got.Detail) - 1; i >= 0; i-- {
		raised := got.Detail[i].Type + ": " + got.Detail[i].Value
		lines = append(lines, line{text: raised, raised: raised})
	}
	return lines, true
}

// undefined is what Airflow says in all versions where no source has a connection.
var undefined = regexp.MustCompile("The conn_id `([^`]+)` isn't defined")

// read takes what a log says of a task.
func (t *Task) read(lines []line, mask func(string) string) {
	var texts []string
	end := 0 // of the last traceback
	for _, l := range lines {
		text := mask(l.text)
		texts = append(texts, text)
		if l.raised != "" && t.State == Failed {
			t.Reason, end = mask(l.raised), len(texts)
		}
		if strings.HasPrefix(text, " ") { // code in a traceback
			continue
		}
		for _, m := range undefined.FindAllStringSubmatch(text, -1) {
			t.ask(Connection{ID: m[1], Outcome: NotDefined})
		}
	}
	if t.State != Failed {
		return
	}
	if end == 0 {
		end = len(texts)
	}
	t.Log = lastLines(texts[:end])
}

// ask notes a connection, once; what AWS answered counts more than what Airflow made of it.
func (t *Task) ask(c Connection) { t.Connections = noted(t.Connections, c) }

func noted(list []Connection, c Connection) []Connection {
	for i := range list {
		if list[i].ID == c.ID {
			if list[i].Outcome == NotDefined || c.Outcome == Found {
				list[i] = c
			}
			return list
		}
	}
	return append(list, c)
}
