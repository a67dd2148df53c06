package exchange

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"aircon"
)

// Form is a kind of file that holds connections. Its methods take any text; the zero value is no form.
type Form struct {
	Name string // as the user types it
	What string // in a few words

	read   func(text string, rt aircon.Runtime) ([]entry, error)
	write  func(rt aircon.Runtime, connections []aircon.Connection) (string, error)
	key    func(id string) string                    // under which a connection stands in the file
	why    func(d Difference) string                 // why the form cannot hold something; "" where nothing special is known
	warn   func(id string, rt aircon.Runtime) string // what an id brings with it
	refuse func(id string) string                    // why an id cannot stand in the file; nil for none
}

// forms lists the forms. Airflow's own are what airflow/cli/commands/connection_command.py writes and airflow/secrets/local_filesystem.py
// reads, in Airflow 2.10.3 and 3.3.1.
var forms = []*Form{
	{Name: "json", What: "airflow connections export --file-format json", read: readJSON, write: writeJSON, key: itself, why: whyObject, warn: warnImport},
	{Name: "yaml", What: "airflow connections export --file-format yaml", read: readYAML, write: writeYAML, key: itself, why: whyObject, warn: warnImport},
	{Name: "env", What: "airflow connections export --file-format env: a line id=URI for each", read: readEnv, write: exported(aircon.ExportEnvURI), key: itself, why: whyURI, warn: warnImport},
	{Name: "env-json", What: "the same with --serialization-format json: a line id={…} for each, which Airflow writes and cannot read", read: readEnvJSON, write: exported(aircon.ExportEnvJSON), key: itself, why: whyObject, warn: warnImport},
	{Name: "dotenv", What: "a line AIRFLOW_CONN_ID='{…}' for each, for a shell, Docker Compose and the like", read: readDotenv, write: writeDotenv, key: aircon.EnvName, why: whyVariable, warn: warnNothing, refuse: refuseVariable},
}

func itself(id string) string { return id }

// exported writes a file as `airflow connections export` does.
func exported(e aircon.Export) func(aircon.Runtime, []aircon.Connection) (string, error) {
	return func(rt aircon.Runtime, connections []aircon.Connection) (string, error) {
		text, err := e.Write(rt, connections...)
		return text.Reveal(), err
	}
}

// Forms returns all forms.
func Forms() []*Form { return slices.Clone(forms) }

// Names returns the names of all forms.
func Names() []string {
	names := make([]string, len(forms))
	for i, f := range forms {
		names[i] = f.Name
	}
	return names
}

// Named returns the form of a name. The error lists the names there are.
func Named(name string) (*Form, error) {
	for _, f := range forms {
		if f.Name == name {
			return f, nil
		}
	}
	return nil, fmt.Errorf("no form is called %q; there are %s", name, strings.Join(Names(), ", "))
}

// Detect finds the form of a file by the ending of its name, as Airflow does, and where that is .env by its text: dotenv where a name begins
// with AIRFLOW_CONN_, env-json where all values are objects, and else env.
func Detect(name string, text aircon.Secret) (*Form, error) {
	switch ending := strings.ToLower(filepath.Ext(name)); ending {
	case ".json":
		return Named("json")
	case ".yaml", ".yml":
		return Named("yaml")
	case ".env":
		return Named(envKind(text.Reveal()))
	default:
		return nil, fmt.Errorf("%s: a name that ends with .json, .yaml, .yml or .env tells the form, and this one does not", name)
	}
}

// File is what was read.
type File struct {
	Connections []aircon.Connection // in the order of the file
	Problems    []Problem           // what could not be read
	Notes       []Note              // what the file says beside its meaning
}

// Problem is a connection that cannot be read or written.
type Problem struct {
	ID     string `json:"conn_id"`
	Line   int    `json:"line,omitempty"`   // of the file, from 1; 0 where the place is not known
	Column int    `json:"column,omitempty"` // in characters, from 1; 0 where the place is not known
	Reason string `json:"reason"`
}

// Note is what a text says and its meaning hides, for one connection.
type Note struct {
	ID string `json:"conn_id"`
	aircon.Note
}

// FileError says that a file as a whole cannot be read.
type FileError struct {
	Line, Column int // from 1; 0 where the place is not known
	Reason       string
}

// Error returns the place, as far as it is known, and the reason.
func (e *FileError) Error() string {
	switch {
	case e.Line == 0:
		return e.Reason
	case e.Column == 0:
		return fmt.Sprintf("line %d: %s", e.Line, e.Reason)
	}
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Reason)
}

// Read reads a file as Airflow's servers of that runtime do. The error is a [*FileError].
func (f *Form) Read(text aircon.Secret, rt aircon.Runtime) (*File, error) {
	entries, err := f.read(text.Reveal(), rt)
	if err != nil {
		return nil, err
	}
	file := new(File)
	for _, e := range entries {
		file.take(e, rt.On(aircon.Server))
	}
	return file, nil
}

// Written is what was written, and what was not.
type Written struct {
	Text     aircon.Secret
	IDs      []string  // of the connections in Text, in order
	Losses   []Loss    // what Airflow reads otherwise than it was, of those in Text
	Problems []Problem // what is not in Text
}

// Loss is what the form cannot hold of one connection.
type Loss struct {
	ID     string `json:"conn_id"`
	Field  string `json:"field"` // as Airflow calls it; extra.NAME for a member of extra
	Change Change `json:"change"`
	Reason string `json:"reason"`
}

// Write writes connections in their order. One that cannot be written, or cannot be read back, is left out and a problem.
func (f *Form) Write(rt aircon.Runtime, connections []aircon.Connection) *Written {
	w := new(Written)
	taken := map[string]string{}
	var kept []aircon.Connection
	for _, c := range connections {
		id := c.ID.String()
		if first, is := taken[f.key(id)]; is {
			w.problem(id, fmt.Sprintf("%s stands under the same name %s, and only one of them can", first, f.key(id)))
			continue
		}
		back, problem := f.there(rt, c)
		if problem != "" {
			w.problem(id, problem)
			continue
		}
		taken[f.key(id)] = id
		kept, w.IDs = append(kept, c), append(w.IDs, id)
		w.lose(f, rt, c, back)
	}
	text, err := f.write(rt, kept)
	if err != nil { // each alone could be written
		panic("exchange: " + err.Error())
	}
	w.Text = aircon.NewSecret(text)
	return w
}

// there writes one connection and reads it back, and says why that is not possible.
func (f *Form) there(rt aircon.Runtime, c aircon.Connection) (aircon.Connection, string) {
	if !c.ID.IsText() {
		return c, "it has no conn_id"
	}
	if f.refuse != nil {
		if reason := f.refuse(c.ID.String()); reason != "" {
			return c, reason
		}
	}
	text, err := f.write(rt, []aircon.Connection{c})
	if err != nil {
		return c, err.Error()
	}
	file, err := f.Read(aircon.NewSecret(text), rt)
	switch {
	case err != nil:
		return c, "Airflow could not read it back: " + err.Error()
	case len(file.Problems) > 0:
		return c, "Airflow could not read it back: " + file.Problems[0].Reason
	case len(file.Connections) != 1:
		return c, "Airflow could not read it back: its line would be no connection to Airflow"
	}
	return file.Connections[0], ""
}

func (w *Written) problem(id, reason string) {
	w.Problems = append(w.Problems, Problem{ID: id, Reason: reason})
}

func (w *Written) lose(f *Form, rt aircon.Runtime, was, is aircon.Connection) {
	id := was.ID.String()
	if reason := f.warn(id, rt); reason != "" {
		w.Losses = append(w.Losses, Loss{id, "conn_id", Hindered, reason})
	}
	for _, d := range Differences(was, is) {
		reason := f.why(d)
		if reason == "" {
			reason = fmt.Sprintf("Airflow %s reads it back otherwise", rt.Airflow)
		}
		w.Losses = append(w.Losses, Loss{id, d.Field, d.Change, reason})
	}
}
