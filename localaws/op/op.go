// Package op is what a service of local AWS is made of: a table of operations, each one function from an input to an
// output or an error. A service knows nothing of HTTP, signatures or storage's dialects; the frame in package localaws
// decodes the request, finds out who asks, lets package policy decide on the operation's needs, and runs it, all in one
// transaction.
//
// A service package exports one function, Service, whose result lists its tables (store.Table) and its operations. Make
// the rows with [Read] and [Write]. An operation answers AWS's errors as *[Error]; any other error is a fault of the
// server and reaches the caller as InternalFailure, without its text.
//
// Inputs and outputs are plain structs whose json tags carry AWS's member names, in each of the three protocols:
//
//   - a member that may be left out is a pointer, a slice, a map or has omitempty; an empty slice that AWS answers as [] has no omitempty
//   - time.Time is epoch seconds in JSON and ISO 8601 in XML; []byte is base64; json.RawMessage is any document (JSON only)
//   - a map's entries and a list's members are written as IAM and STS do (member, entry/key/value)
//   - REST-JSON: `location:"uri"` puts a member in the path, `location:"querystring" locationName:"tagKeys"` in the query
package op

import (
	"context"
	"time"

	"aircon/internal/store"
	"aircon/policy"
)

// Service is one AWS service: its names, its tables and its operations.
type Service struct {
	Name       string        // as in the credential scope and in actions: secretsmanager, iam, sts, kms, airflow
	Protocol   Protocol      // how requests and answers are written
	Target     string        // X-Amz-Target's prefix (JSON 1.1), such as secretsmanager
	APIVersion string        // the query protocol's Version, such as 2010-05-08
	Namespace  string        // XML name space of query answers
	Global     bool          // one endpoint for all regions (IAM)
	Message    string        // the member that holds the message of an error (JSON 1.1); "" means message
	Window     time.Duration // how far a signature's date may lie from the wall clock; 0 means 5 minutes
	Tables     []store.Schema
	Operations []Operation
	Work       *Work // what it does by itself, or nil

	// What of an input the model of the service (package model) leaves to the service: it knows these from AWS's answers.
	Own       []string          // members whose constraints the operations word themselves: Name, or CreateSecret.Name for one operation's
	Sentences map[string]string // what a member is answered that breaks its pattern: "It must begin with /."

	// Forget drops what the service remembers besides its tables: another state has taken their place (a snapshot was loaded, or all
	// was reset). Nil means that it remembers nothing that could be wrong then.
	Forget func()
}

// Protocol is one of AWS's three protocols that the five services speak.
type Protocol uint8

// The protocols.
const (
	JSON11   Protocol = iota // Secrets Manager, KMS
	Query                    // IAM, STS
	RESTJSON                 // MWAA
)

// Need is one thing that the caller must be allowed to do before the operation runs.
type Need struct {
	Action   string           // such as secretsmanager:GetSecretValue
	Resource string           // the full ARN, or * where the action has no resource
	Policy   *policy.Document // the resource's own policy, or nil
	Owner    string           // account that owns the resource; "" means the caller's
	Sent     string           // the resource as the caller wrote it, which denials quote; "" means Resource
	Context  policy.Context   // condition keys of this service, such as secretsmanager:VersionStage

	// PolicyDecides says that the resource's own policy must allow the call, naming the caller or delegating to
	// its account: KMS keys and the trust policies of roles.
	PolicyDecides bool
	// Exempt says that resource control policies do not bind the resource: an AWS-managed KMS key.
	Exempt bool
	// Grants are further policies of the resource, any of which can allow what Policy does not: a KMS key's grants.
	Grants []*policy.Document
	// Denied is answered instead of AWS's usual words when the caller may not; nil means the usual words.
	Denied *Error
}

// Operation is a row of a service's table. Make one with [Read] or [Write].
type Operation struct {
	Name   string
	Write  bool   // whether it changes anything
	Open   bool   // whether anybody who signs may call it, whatever policies say (sts:GetCallerIdentity)
	Method string // REST-JSON only: HTTP method
	Path   string // REST-JSON only: such as /environments/{Name}; {ResourceArn+} takes the slashes too
	Status int    // REST-JSON only: HTTP status of success; 0 means 200
	Result bool   // query only: whether the answer has a Result even where that holds nothing, as where the service's model names an empty output
	Input  func() any
	Output any // a nil pointer to the output's type
	Needs  func(*Call, any) ([]Need, error)
	Do     func(*Call, any) (any, error)

	// Then goes on after Do, once and outside of any transaction, with Do's output, and returns the one that is answered: for what asks
	// another system, which may ask local AWS in turn. Nil means that Do's output is the answer.
	Then func(ctx context.Context, output any) (any, error)
}

// Read makes an operation that changes nothing. Both functions may run again, in a new
// transaction, when the state moves on under them: they change neither their input nor anything else. Needs may be nil where do
// calls [Call.Authorize] itself; what asked for nothing fails, unless the row is Open.
func Read[In, Out any](name string, needs func(*Call, *In) ([]Need, error), do func(*Call, *In) (*Out, error)) Operation {
	o := Operation{
		Name:   name,
		Input:  func() any { return new(In) },
		Output: (*Out)(nil),
		Do:     func(c *Call, in any) (any, error) { return do(c, in.(*In)) },
	}
	if needs != nil {
		o.Needs = func(c *Call, in any) ([]Need, error) { return needs(c, in.(*In)) }
	}
	return o
}

// Write makes an operation that may change something.
func Write[In, Out any](name string, needs func(*Call, *In) ([]Need, error), do func(*Call, *In) (*Out, error)) Operation {
	o := Read(name, needs, do)
	o.Write = true
	return o
}

// REST gives a REST-JSON operation its method and path.
func (o Operation) REST(method, path string) Operation {
	o.Method, o.Path = method, path
	return o
}

// After makes an operation go on after its transaction: do returns what then is given.
func After[In, Between, Out any](o Operation, do func(*Call, *In) (Between, error), then func(context.Context, Between) (*Out, error)) Operation {
	o.Input = func() any { return new(In) }
	o.Output = (*Out)(nil)
	o.Do = func(c *Call, in any) (any, error) { return do(c, in.(*In)) }
	o.Then = func(ctx context.Context, between any) (any, error) { return then(ctx, between.(Between)) }
	return o
}

// WithResult says that the model names an output for the operation, though one without members.
func (o Operation) WithResult() Operation {
	o.Result = true
	return o
}

// Error is an error as AWS answers it.
type Error struct {
	Code    string // such as ResourceNotFoundException
	Message string
	Status  int            // HTTP status; 0 means 400
	Fields  map[string]any // further members of the error's shape, if any
}

// Error returns the code and message.
func (e *Error) Error() string { return e.Code + ": " + e.Message }
