// Package policy reads, evaluates and writes IAM policy documents.
package policy

// Document is a parsed policy document.
type Document struct{}

// Principal is who makes a request.
type Principal struct {
	ARN     string
	Account string
}

// Context holds a request's condition keys and their values.
type Context map[string][]string
