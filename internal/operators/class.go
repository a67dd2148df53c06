package operators

import (
	"slices"
	"strings"
)

// Kind is what a class is to Airflow.
type Kind byte

// The kinds, as the table writes them.
const (
	Operator Kind = 'o' // operators and sensors: keyword arguments, default_args, templates
	Hook     Kind = 'h'
	Other    Kind = 'x' // triggers, notifiers, log handlers
)

// Class is what is known of a class: its own constructor and those above it, taken together.
type Class struct {
	Name      string // with its module: airflow.providers.amazon.aws.hooks.s3.S3Hook
	Kind      Kind
	Params    []Param  // those that hold a conn_id
	Templated []string // template_fields: the arguments that Jinja renders
}

// Param is a parameter that holds a conn_id.
type Param struct {
	Name     string
	Position int    // among positional arguments, from 0; -1 where it is given by name only
	Default  string // the conn_id that it has where it is not given; "" for none
	Fixed    bool   // the class sets it itself: it cannot be given
	Attr     bool   // name and default are DbApiHook's: a class below changes them with conn_name_attr and default_conn_name
}

// Base returns the class's name without its module.
func (c *Class) Base() string { return c.Name[strings.LastIndexByte(c.Name, '.')+1:] }

// Param returns the parameter of a name.
func (c *Class) Param(name string) (Param, bool) {
	i := slices.IndexFunc(c.Params, func(p Param) bool { return p.Name == name && !p.Fixed })
	if i < 0 {
		return Param{}, false
	}
	return c.Params[i], true
}

// IsConn reports whether a parameter of this name holds a conn_id.
func IsConn(name string) bool { return strings.HasSuffix(name, "conn_id") }
