package sigv4

import "net/http"

// Style is whose error codes a refusal carries.
type Style uint8

// The styles, one for each protocol.
const (
	StyleJSON     Style = iota // JSON 1.1 (Secrets Manager, KMS): names end in Exception, status 400
	StyleQuery                 // IAM, STS: short names, status 403 but for IncompleteSignature
	StyleRESTJSON              // MWAA: names end in Exception, status 403
)

// Error is a refusal as AWS answers it. It never quotes a signature, a token or an Authorization header.
type Error struct {
	Code    string // such as InvalidSignatureException
	Message string
	Status  int // HTTP status
}

// Error returns the code and message.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// refusal is one way to refuse a request, with its codes in the three styles.
type refusal struct {
	json, query string
	queryStatus int
}

var (
	missingToken = &refusal{"MissingAuthenticationTokenException", "MissingAuthenticationToken", http.StatusForbidden}
	incomplete   = &refusal{"IncompleteSignatureException", "IncompleteSignature", http.StatusBadRequest}
	mismatch     = &refusal{"InvalidSignatureException", "SignatureDoesNotMatch", http.StatusForbidden}
	invalidToken = &refusal{"UnrecognizedClientException", "InvalidClientTokenId", http.StatusForbidden}
	expiredToken = &refusal{"ExpiredTokenException", "ExpiredToken", http.StatusForbidden}
	expired      = &refusal{"RequestExpired", "RequestExpired", http.StatusBadRequest}
)

func (s Style) fail(r *refusal, message string) *Error {
	switch s {
	case StyleQuery:
		return &Error{Code: r.query, Message: message, Status: r.queryStatus}
	case StyleRESTJSON:
		return &Error{Code: r.json, Message: message, Status: http.StatusForbidden}
	default:
		return &Error{Code: r.json, Message: message, Status: http.StatusBadRequest}
	}
}

// missing is the refusal of a request that is not signed at all.
func (s Style) missing() *Error {
	if s == StyleQuery {
		return s.fail(missingToken, "Request is missing Authentication Token")
	}
	return s.fail(missingToken, "Missing Authentication Token")
}
