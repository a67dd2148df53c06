package dags

// Use is one place at which a DAG file names, or may name, a connection or a variable.
type Use struct {
	Kind   Kind   `json:"kind"`
	ID     string `json:"id"`             // "" where it is dynamic
	Text   string `json:"text,omitempty"` // of a dynamic one: the expression as the file has it
	How    How    `json:"how"`
	When   When   `json:"when"`
	Callee string `json:"callee,omitempty"` // what is called: PostgresHook, Variable.get; "" in a template
	Param  string `json:"param,omitempty"`  // the argument that holds the id: postgres_conn_id
	In     string `json:"in,omitempty"`     // the function around it; "" at the file's top
	// Optional says that a default stands by: Variable.get(…, default_var=None).
	Optional bool `json:"optional,omitempty"`
	Line     int  `json:"line"`   // from 1
	Column   int  `json:"column"` // from 1, in characters
}

// Dynamic reports whether the id shows only when the file runs.
func (u *Use) Dynamic() bool { return u.ID == "" }

// Kind is what an id names.
type Kind string

// The kinds.
const (
	Connection Kind = "connection"
	Variable   Kind = "variable"
)

// How says by what means a file names an id.
type How string

// The means.
const (
	Argument      How = "argument"       // given to an operator, a hook, or anything else that takes a *conn_id
	Default       How = "default"        // the class's own, where no argument is given
	DefaultArgs   How = "default_args"   // of the DAG, a task group or the task
	GetConnection How = "get_connection" // BaseHook.get_connection and its like
	Get           How = "get"            // Connection.get, Variable.get
	Template      How = "template"       // Jinja: {{ conn.x }}, {{ var.value.x }}, {{ var.json.x }}
)

// When says when the id is looked up.
type When string

// The times.
const (
	Parse When = "parse" // at import time: at every parse, and in every task run
	Run   When = "run"   // while a task runs
)

// File is what a scan of one file found.
type File struct {
	Name     string    `json:"name"`
	Uses     []Use     `json:"uses"`               // in the order of their places
	Schemas  []Place   `json:"schemas,omitempty"`  // PostgresHook(schema=…)
	Problems []Problem `json:"problems,omitempty"` // what could not be read or followed
}

// Place is a point in a file.
type Place struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

// Problem is what kept a scan from seeing all of a file.
type Problem struct {
	Place
	Text   string `json:"text"`
	Syntax bool   `json:"syntax"` // it is no Python; otherwise it is too much to follow
}
