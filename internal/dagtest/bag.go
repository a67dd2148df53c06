package dagtest

import (
	"bytes"
	"context"
	_ "embed" // of the program
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"aircon/internal/supervise"
)

//go:embed bag.py
var bagProgram string

// Bag is what a folder of DAGs holds.
type Bag struct {
	DAGs   []string      `json:"dags"` // their ids, ordered
	Errors []ImportError `json:"errors"`
}

// ImportError is a file of DAGs that Python could not import.
type ImportError struct {
	File string `json:"file"` // below the folder
	Text string `json:"text"` // a traceback
}

// List reads a folder of DAGs with the Python of an Airflow, in the environment of its processes. Home is where Airflow may write. The error
// holds what Python printed, secrets included that DAG files print.
func List(ctx context.Context, python string, environ []string, folder, home string) (*Bag, error) {
	file := filepath.Join(home, "dags.json")
	cmd := exec.Command(python, "-c", bagProgram, folder, file)
	var printed bytes.Buffer
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = environ, home, &printed, &printed
	child, err := supervise.Start(cmd, supervise.Options{})
	if err != nil {
		return nil, err
	}
	select {
	case <-child.Done():
	case <-ctx.Done():
		return nil, errors.Join(child.Stop(context.WithoutCancel(ctx)), ctx.Err())
	}
	if err := child.Err(); err != nil {
		return nil, fmt.Errorf("reading the folder of DAGs: %w:\n%s", err, strings.Join(lastLines(strings.Split(strings.TrimSpace(printed.String()), "\n")), "\n"))
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	bag := new(Bag)
	return bag, json.Unmarshal(text, bag)
}
