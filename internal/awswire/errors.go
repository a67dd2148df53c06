package awswire

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
)

// Fault is an error to answer.
type Fault struct {
	Code, Message string
	Status        int            // HTTP status
	Fields        map[string]any // further members: strings, numbers, truth values and documents
}

// AppendErrorJSON writes a JSON error's body: __type, the message under messageMember, and further members.
// An empty message is left out, as AWS does.
func AppendErrorJSON(dst []byte, f *Fault, messageMember string) []byte {
	dst = append(dst, `{"__type":`...)
	dst = appendString(dst, f.Code)
	if f.Message != "" {
		dst = append(dst, ',')
		dst = append(appendString(dst, messageMember), ':')
		dst = appendString(dst, f.Message)
	}
	for _, name := range slices.Sorted(maps.Keys(f.Fields)) {
		dst = append(dst, ',')
		dst = append(appendString(dst, name), ':')
		dst = appendFieldJSON(dst, f.Fields[name])
	}
	return append(dst, '}')
}

func appendFieldJSON(dst []byte, v any) []byte {
	switch v := v.(type) {
	case string:
		return appendString(dst, v)
	case bool:
		return strconv.AppendBool(dst, v)
	case int:
		return strconv.AppendInt(dst, int64(v), 10)
	case json.RawMessage:
		return append(dst, v...)
	case []string:
		dst = append(dst, '[')
		for i, s := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendString(dst, s)
		}
		return append(dst, ']')
	default:
		return append(dst, "null"...)
	}
}

// AppendErrorXML writes a query error's body in the name space of the service.
func AppendErrorXML(dst []byte, f *Fault, namespace, requestID string) []byte {
	party := "Sender"
	if f.Status >= 500 {
		party = "Receiver"
	}
	dst = append(dst, `<ErrorResponse xmlns="`...)
	dst = append(AppendText(dst, namespace), "\">\n  <Error>\n    <Type>"...)
	dst = append(append(dst, party...), "</Type>\n    <Code>"...)
	dst = append(AppendText(dst, f.Code), "</Code>\n    <Message>"...)
	dst = append(AppendText(dst, f.Message), "</Message>\n  </Error>\n  <RequestId>"...)
	dst = append(append(dst, requestID...), "</RequestId>\n</ErrorResponse>\n"...)
	return dst
}
