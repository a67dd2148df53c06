package iam

import (
	"fmt"
	"net/http"

	"aircon/localaws/op"
)

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

func malformedPolicy(message string) *op.Error {
	return &op.Error{Code: "MalformedPolicyDocument", Message: message}
}
