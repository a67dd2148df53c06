// Package op is what a service of local AWS is made of: a table of operations, each one function from an input to an
// output or an error. A service knows nothing of HTTP, signatures or storage's dialects; the frame in package localaws
// decodes the request, finds out who asks, lets package policy decide on the operation's needs, and runs it, all in one
// transaction.
package op

import (
	"time"

	"aircon/internal/store"
	"aircon/policy"
)

// Service is one AWS service: its names and its operations.
type Service struct {
	Name       string   // as in the credential scope and in actions: secretsmanager, iam, sts, kms, airflow
	Protocol   Protocol // how requests and answers are written
	Target     string   // X-Amz-Target's prefix (JSON 1.1), such as secretsmanager
	APIVersion string   // the query protocol's Version, such as 2010-05-08
	Namespace  string   // XML name space of query answers
	Global     bool     // one endpoint for all regions (IAM)
	Window     time.Duration
	Operations []Operation
}

// Protocol is one of AWS's three protocols that the five services speak.
type Protocol uint8

// The protocols.
const (
	JSON11   Protocol = iota // Secrets Manager, KMS
	Query                    // IAM, STS
	RESTJSON                 // MWAA
)

// Call is what an operation is told besides its input.
type Call struct {
	Tx        store.Tx
	Partition string // aws
	Account   string // of the caller
	Region    string
	Principal policy.Principal // who signed
	Now       time.Time        // the service's clock, which tests can drive
	RequestID string
}

// Need is one thing that the caller must be allowed to do before the operation runs.
type Need struct {
	Action   string           // such as secretsmanager:GetSecretValue
	Resource string           // the full ARN, or * where the action has no resource
	Policy   *policy.Document // the resource's own policy, or nil
	Owner    string           // account that owns the resource; "" means the caller's
	Sent     string           // the resource as the caller wrote it, which denials quote; "" means Resource
	Context  policy.Context   // condition keys of this service, such as secretsmanager:VersionStage
}

// Operation is a row of a service's table. Make one with New.
type Operation struct {
	Name   string
	Write  bool   // whether it changes anything
	Method string // REST-JSON only: HTTP method
	Path   string // REST-JSON only: such as /environments/{Name}
	Input  func() any
	Needs  func(*Call, any) ([]Need, error)
	Do     func(*Call, any) (any, error)
}

// Read makes an operation that changes nothing.
func Read[In, Out any](name string, needs func(*Call, *In) ([]Need, error), do func(*Call, *In) (*Out, error)) Operation {
	return Operation{
		Name:  name,
		Input: func() any { return new(In) },
		Needs: func(c *Call, in any) ([]Need, error) { return needs(c, in.(*In)) },
		Do:    func(c *Call, in any) (any, error) { return do(c, in.(*In)) },
	}
}

// Write makes an operation that may change something.
func Write[In, Out any](name string, needs func(*Call, *In) ([]Need, error), do func(*Call, *In) (*Out, error)) Operation {
	o := Read(name, needs, do)
	o.Write = true
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
