// Package model knows what AWS's public service models say of the five services: their operations, and of each input and output the
// members, what is required, how long, how large, of which words, and what is sensitive. The tables are made from botocore's models by
// tools/awsmodel (make models).
//
// Which function to use when:
//
//   - [Of] for a service's table, by the name that it has in credential scopes; nil for one that is not here
//   - [Service.Operation] for one of its operations
//   - [NewChecker], once for an operation and a Go type, then [Checker.Check] for each input: the refusal in AWS's words, or nil.
//     A check of a valid input allocates nothing
//   - [AppendRedacted] and [AppendRedactedOutput] for what a log may hold of an input or output
//
// A table is text, a line each, that is read when its service is first asked for:
//
//	service NAME API-VERSION PROTOCOL botocore-VERSION
//	operation NAME METHOD URI INPUT OUTPUT            a shape, or - for none
//	KIND NAME [ELEMENT | KEY VALUE] [min=N] [max=N] [sensitive] [enum=A,B] [pattern=…to the end of the line]
//		MEMBER SHAPE [required] [token] [uri=NAME] [querystring=NAME]
package model

import (
	"embed"
	"sync"

	"aircon/localaws/constraint"
)

// Service is one service's table.
type Service struct {
	Name       string // as in credential scopes: airflow, iam, kms, secretsmanager, sts
	APIVersion string // such as 2017-10-17
	Protocol   string // json, query or rest-json
	Botocore   string // the version of botocore that the table is made from
	Operations []*Operation
	Shapes     map[string]*Shape
	byName     map[string]*Operation
}

// Operation is one operation of a service.
type Operation struct {
	Name   string
	Method string // HTTP's; POST for all but REST
	URI    string // the path with {labels}; / for all but REST
	Input  *Shape // nil where nothing is sent
	Output *Shape // nil where nothing is answered
}

// Kind is a shape's type.
type Kind string

// The kinds that the five models have.
const (
	Structure Kind = "structure"
	List      Kind = "list"
	Map       Kind = "map"
	String    Kind = "string"
	Blob      Kind = "blob"
	Integer   Kind = "integer"
	Long      Kind = "long"
	Double    Kind = "double"
	Boolean   Kind = "boolean"
	Timestamp Kind = "timestamp"
	Document  Kind = "document" // any JSON
)

// Shape is a type of the model with its constraints.
type Shape struct {
	Name      string
	Kind      Kind
	Members   []*Member // of a structure, in the model's order
	Key       *Shape    // of a map
	Element   *Shape    // of a list or a map
	Min, Max  *int64    // of a text in characters, of a blob in bytes, of a list or map in members, or of a number; nil means unbounded
	Enum      []string  // of a text; nil means any
	Pattern   *constraint.Pattern
	Sensitive bool
}

// Member is one member of a structure.
type Member struct {
	Name     string
	Shape    *Shape
	Required bool
	Token    bool   // an idempotency token, which clients fill in
	Location string // uri or querystring (REST); "" is the body
	Outside  string // its name there
}

// Operation returns an operation by its name, or nil.
func (s *Service) Operation(name string) *Operation { return s.byName[name] }

// Member returns a structure's member by its name, or nil.
func (s *Shape) Member(name string) *Member {
	for _, m := range s.Members {
		if m.Name == name {
			return m
		}
	}
	return nil
}

//go:embed tables/*.txt
var tables embed.FS

// services are read when they are first asked for: most processes need one or two.
var services = map[string]func() *Service{}

func init() {
	for _, name := range []string{"airflow", "iam", "kms", "secretsmanager", "sts"} {
		services[name] = sync.OnceValue(func() *Service { return read("tables/" + name + ".txt") })
	}
}

// Of returns the table of a service, or nil where there is none.
func Of(name string) *Service {
	if load := services[name]; load != nil {
		return load()
	}
	return nil
}

// read reads a table of ours; a malformed one is a fault of the build.
func read(path string) *Service {
	text, err := tables.ReadFile(path)
	if err == nil {
		var s *Service
		if s, err = parse(string(text)); err == nil {
			return s
		}
	}
	panic("reading " + path + ": " + err.Error())
}
