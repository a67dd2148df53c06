package optionfile

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
)

// Detect returns the format of a text that holds options, and false where it is something else. The name counts for its ending only.
func Detect(name, text string) (Format, bool) {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".tf", ".hcl":
		return Terraform, argument.MatchString(text)
	case ".json":
		return detectJSON(text)
	case ".cfg", ".ini":
		return Config, heading.MatchString(text) && knownHeading(text)
	}
	if format, is := detectJSON(text); is {
		return format, true
	}
	switch {
	case argument.MatchString(text):
		return Terraform, true
	case variableLine.MatchString(text):
		return Variables, true
	case knownHeading(text):
		return Config, true
	}
	return "", false
}

// ByName returns the format of files with a name's ending, and false where the ending does not say.
func ByName(name string) (Format, bool) {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".tf", ".hcl":
		return Terraform, true
	case ".cfg", ".ini":
		return Config, true
	case ".sh", ".env":
		return Variables, true
	}
	return "", false
}

var (
	heading      = regexp.MustCompile(`(?m)^\[[A-Za-z_.]+\][ \t]*\r?$`)
	variableLine = regexp.MustCompile(`(?m)^[ \t]*(?:export[ \t]+)?(?:AIRFLOW__[A-Z0-9_]+__[A-Za-z0-9_]+|AIRFLOW_(?:CONN|VAR)_[A-Za-z0-9_]+)=`)
)

// headings are sections that only Airflow's configuration has among them; one is enough to know it.
var headings = []string{"secrets", "workers", "core", "webserver", "scheduler", "celery", "api_auth", "dag_processor"}

func knownHeading(text string) bool {
	for _, h := range headings {
		if regexp.MustCompile(`(?m)^\[` + h + `\][ \t]*\r?$`).MatchString(text) {
			return true
		}
	}
	return false
}

// Error says why a file cannot be read. It quotes nothing of it.
type Error struct {
	Name         string
	Line, Column int
	Why          string
}

// Error returns place and reason.
func (e *Error) Error() string {
	if e.Line == 0 {
		return e.Name + ": " + e.Why
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.Name, e.Line, e.Column, e.Why)
}

// Parse reads a text in a format. The error is an [*Error].
func Parse(name, text string, format Format) (*File, error) {
	f := &File{Name: name, Format: format, text: text}
	var err error
	switch format {
	case Map, Answer:
		err = f.parseJSON()
	case Terraform:
		err = f.parseTerraform()
	case Config:
		f.parseConfig()
	case Variables:
		f.parseVariables()
	default:
		err = f.fail(0, "no format "+string(format))
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (f *File) fail(at int, why string) error {
	e := &Error{Name: f.Name, Why: why}
	e.Line, e.Column = f.place(at)
	return e
}

// optionOf returns the option that a variable sets, and "" where it sets none.
func optionOf(variable string) string {
	rest, is := strings.CutPrefix(variable, "AIRFLOW__")
	section, option, cut := strings.Cut(rest, "__")
	if !is || !cut {
		return ""
	}
	return strings.ToLower(section + "." + option)
}
