package iam

import (
	"fmt"
	"net/http"

	"aircon/localaws/op"
)

// The texts are AWS's, as recorded answers, its documents and its users' reports quote them. Not confirmed by any of these are:
//
//   - that a service has no linked role, a linked role's use and a deletion task that does not exist
//   - an alias that is deleted and is not the account's, and a role that is taken from an instance profile that does not hold it
//   - a policy of AWS that is changed, and a marker that no answer held
//   - a policy for service-linked roles that is attached to a user or a group, or made a boundary: of roles the words are known
//   - what a simulation answers to a policy that is none: the code is its only one

// codeInvalid is the code of an input that breaks the service's model.
const codeInvalid = "ValidationError"

func failure(code string, status int, format string, args []any) *op.Error {
	return &op.Error{Code: code, Message: fmt.Sprintf(format, args...), Status: status}
}

func noSuchEntity(format string, args ...any) *op.Error {
	return failure("NoSuchEntity", http.StatusNotFound, format, args)
}

func alreadyExists(format string, args ...any) *op.Error {
	return failure("EntityAlreadyExists", http.StatusConflict, format, args)
}

func conflict(message string) *op.Error {
	return &op.Error{Code: "DeleteConflict", Message: message, Status: http.StatusConflict}
}

func limitExceeded(format string, args ...any) *op.Error {
	return failure("LimitExceeded", http.StatusConflict, format, args)
}

func invalid(format string, args ...any) *op.Error {
	return failure(codeInvalid, http.StatusBadRequest, format, args)
}

func invalidInput(format string, args ...any) *op.Error {
	return failure("InvalidInput", http.StatusBadRequest, format, args)
}

func unmodifiable(format string, args ...any) *op.Error {
	return failure("UnmodifiableEntity", http.StatusBadRequest, format, args)
}

// notAttachable says that a policy is for service-linked roles alone (quoted in aws/aws-cdk issue 6131).
func notAttachable(k *kind) error {
	return failure("PolicyNotAttachable", http.StatusBadRequest, "Cannot attach a Service Role Policy to a Customer %s.", []any{k.title})
}

func malformedPolicy(message string) *op.Error {
	return &op.Error{Code: "MalformedPolicyDocument", Message: message}
}
