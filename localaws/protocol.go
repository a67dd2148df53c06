package localaws

import (
	"net/http"
	"strings"

	"aircon/internal/awswire"
	"aircon/localaws/op"
)

// protocol is how one of AWS's three protocols says things.
type protocol interface {
	// operation finds the row that a request means.
	operation(svc *service, q *request) (*op.Operation, *op.Error)
	// decode fills an operation's input.
	decode(q *request, input any) error
	// sent is the request as maps, lists and scalars if a text in it is empty, which an input does not tell from one that
	// was not sent; else nil.
	sent(q *request) any
	// malformed is the refusal of a request that decode could not read.
	malformed(err *awswire.DecodeError) *op.Error
	// denied is the refusal of a caller who may not.
	denied(message string) *op.Error
	// appendOutput writes what an operation returned.
	appendOutput(dst []byte, svc *service, q *request, o *op.Operation, output any) ([]byte, error)
	// appendError writes a refusal, and sets the headers that belong to it.
	appendError(dst []byte, svc *service, q *request, e *op.Error, h http.Header) []byte
	contentType() []string
}

func fault(e *op.Error) *awswire.Fault {
	return &awswire.Fault{Code: e.Code, Message: e.Message, Status: statusOf(e), Fields: e.Fields}
}

func statusOf(e *op.Error) int {
	if e.Status == 0 {
		return http.StatusBadRequest
	}
	return e.Status
}

// jsonProtocol is JSON 1.1: the operation in X-Amz-Target, structures in the bodies.
type jsonProtocol struct{}

// errUnknownOperation has no message: so AWS answers it.
var errUnknownOperation = &op.Error{Code: "UnknownOperationException"}

func (jsonProtocol) operation(svc *service, q *request) (*op.Operation, *op.Error) {
	target, _ := header(q.Header, "X-Amz-Target")
	prefix, name, _ := strings.Cut(target, ".")
	o := svc.operations[name]
	if o == nil || prefix != svc.Target || q.Method != http.MethodPost || mediaType(q.Header) != "application/x-amz-json-1.1" {
		return nil, errUnknownOperation
	}
	return o, nil
}

func (jsonProtocol) decode(q *request, input any) error { return awswire.DecodeJSON(q.body, input) }

func (jsonProtocol) malformed(err *awswire.DecodeError) *op.Error {
	return &op.Error{Code: "SerializationException", Message: err.Message}
}

func (jsonProtocol) denied(message string) *op.Error {
	return &op.Error{Code: "AccessDeniedException", Message: message}
}

func (jsonProtocol) appendOutput(dst []byte, _ *service, _ *request, o *op.Operation, output any) ([]byte, error) {
	return awswire.AppendJSON(dst, output)
}

// appendError calls the message as the service's model does, but for refusals that come before the operation is known.
func (jsonProtocol) appendError(dst []byte, svc *service, q *request, e *op.Error, _ http.Header) []byte {
	member := svc.Message
	if q.operation == nil {
		member = "message"
	}
	return awswire.AppendErrorJSON(dst, fault(e), member)
}

var jsonType = []string{"application/x-amz-json-1.1"}

func (jsonProtocol) contentType() []string { return jsonType }

// queryProtocol is a form with Action and Version, answered in XML.
type queryProtocol struct{}

func (queryProtocol) operation(svc *service, q *request) (*op.Operation, *op.Error) {
	if q.form == nil {
		if err := q.parse(); err != nil {
			return nil, &op.Error{Code: "MalformedInput", Message: err.Error()}
		}
	}
	action, version := q.parameter("Action"), q.parameter("Version")
	o := svc.operations[action]
	switch {
	case action == "":
		return nil, &op.Error{Code: "MissingAction", Message: "The request is missing an action or a required parameter."}
	case o == nil || version != svc.APIVersion && version != "":
		return nil, &op.Error{Code: "InvalidAction", Message: "Could not find operation " + action + " for version " + or(version, "NO_VERSION_SPECIFIED")}
	}
	return o, nil
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func (queryProtocol) decode(q *request, input any) error { return q.form.Decode(input) }

func (queryProtocol) malformed(err *awswire.DecodeError) *op.Error {
	return &op.Error{Code: "MalformedInput", Message: err.Message}
}

func (queryProtocol) denied(message string) *op.Error {
	return &op.Error{Code: "AccessDenied", Message: message, Status: http.StatusForbidden}
}

// appendOutput writes NameResponse with NameResult, which an output without members does not have.
func (queryProtocol) appendOutput(dst []byte, svc *service, q *request, o *op.Operation, output any) ([]byte, error) {
	dst = append(append(append(dst, '<'), o.Name...), `Response xmlns="`...)
	dst = append(append(dst, svc.Namespace...), "\">\n  <"...)
	result := len(dst)
	dst = append(append(dst, o.Name...), "Result>"...)
	members := len(dst)
	dst, err := awswire.AppendXML(dst, output)
	if err != nil {
		return nil, err
	}
	if len(dst) == members && !o.Result {
		dst = dst[:result-1]
	} else {
		dst = append(append(append(dst, "</"...), o.Name...), "Result>\n  "...)
	}
	dst = append(append(append(dst, "<ResponseMetadata>\n    <RequestId>"...), q.id...), "</RequestId>\n  </ResponseMetadata>\n</"...)
	return append(append(dst, o.Name...), "Response>\n"...), nil
}

func (queryProtocol) appendError(dst []byte, svc *service, q *request, e *op.Error, _ http.Header) []byte {
	return awswire.AppendErrorXML(dst, fault(e), svc.Namespace, q.id)
}

var xmlType = []string{"text/xml"}

func (queryProtocol) contentType() []string { return xmlType }

// restProtocol is REST-JSON: the operation in method and path.
type restProtocol struct{}

func (restProtocol) operation(svc *service, q *request) (*op.Operation, *op.Error) {
	i, path, ok := svc.routes.Find(q.Method, q.URL.EscapedPath())
	if !ok {
		return nil, &op.Error{Code: "UnknownOperationException", Status: http.StatusNotFound}
	}
	q.path = path
	return &svc.Operations[i], nil
}

func (restProtocol) decode(q *request, input any) error {
	if err := awswire.DecodeJSON(q.body, input); err != nil {
		return err
	}
	return awswire.DecodeOutside(q.path, q.URL.Query(), input)
}

func (restProtocol) malformed(err *awswire.DecodeError) *op.Error {
	return &op.Error{Code: "SerializationException", Message: err.Message}
}

func (restProtocol) denied(message string) *op.Error {
	return &op.Error{Code: "AccessDeniedException", Message: message, Status: http.StatusForbidden}
}

func (restProtocol) appendOutput(dst []byte, _ *service, _ *request, _ *op.Operation, output any) ([]byte, error) {
	return awswire.AppendJSON(dst, output)
}

func (restProtocol) appendError(dst []byte, svc *service, _ *request, e *op.Error, h http.Header) []byte {
	h["X-Amzn-Errortype"] = []string{e.Code}
	return awswire.AppendErrorJSON(dst, fault(e), svc.Message)
}

var restType = []string{"application/json"}

func (restProtocol) contentType() []string { return restType }
