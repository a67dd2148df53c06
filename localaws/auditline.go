package localaws

import (
	"encoding/json"
	"strconv"

	"aircon/localaws/internal/quoted"
)

// appendLine writes the event as json.Marshal would, and a newline. It is written out, as each request passes here.
func (e *Event) appendLine(dst []byte) []byte {
	o := object{append(dst, '{')}
	o.text("eventVersion", e.EventVersion)
	o.name("userIdentity")
	o.dst = e.UserIdentity.append(o.dst)
	o.text("eventTime", e.EventTime)
	o.text("eventSource", e.EventSource)
	o.text("eventName", e.EventName)
	o.text("awsRegion", e.AWSRegion)
	o.text("sourceIPAddress", e.SourceIPAddress)
	o.text("userAgent", e.UserAgent)
	o.set("errorCode", e.ErrorCode)
	o.set("errorMessage", e.ErrorMessage)
	o.raw("requestParameters", e.RequestParameters)
	o.raw("responseElements", e.ResponseElements)
	if e.AdditionalEventData != nil {
		o.raw("additionalEventData", e.AdditionalEventData)
	}
	o.text("requestID", e.RequestID)
	o.text("eventID", e.EventID)
	o.truth("readOnly", e.ReadOnly)
	if len(e.Resources) > 0 {
		o.name("resources")
		o.dst = appendResources(o.dst, e.Resources)
	}
	o.text("eventType", e.EventType)
	o.truth("managementEvent", e.ManagementEvent)
	o.text("recipientAccountId", e.RecipientAccountID)
	o.set("sharedEventID", e.SharedEventID)
	o.text("eventCategory", e.EventCategory)
	return append(o.dst, "}\n"...)
}

func (i *EventIdentity) append(dst []byte) []byte {
	o := object{append(dst, '{')}
	o.set("type", i.Type)
	o.set("principalId", i.PrincipalID)
	o.set("arn", i.ARN)
	o.set("accountId", i.AccountID)
	o.set("accessKeyId", i.AccessKeyID)
	o.set("userName", i.UserName)
	o.set("invokedBy", i.InvokedBy)
	if i.SessionContext != nil {
		o.name("sessionContext")
		o.dst = i.SessionContext.append(o.dst)
	}
	return append(o.dst, '}')
}

func (s *EventSession) append(dst []byte) []byte {
	o := object{append(dst, '{')}
	if s.SessionIssuer != nil {
		o.name("sessionIssuer")
		o.dst = s.SessionIssuer.append(o.dst)
	}
	o.set("sourceIdentity", s.SourceIdentity)
	o.name("attributes")
	a := object{append(o.dst, '{')}
	a.text("creationDate", s.Attributes.CreationDate)
	a.text("mfaAuthenticated", s.Attributes.MFAAuthenticated)
	return append(a.dst, "}}"...)
}

func appendResources(dst []byte, list []EventResource) []byte {
	dst = append(dst, '[')
	for i, r := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = r.append(dst)
	}
	return append(dst, ']')
}

func (r *EventResource) append(dst []byte) []byte {
	o := object{append(dst, '{')}
	o.set("accountId", r.AccountID)
	o.set("type", r.Type)
	o.text("ARN", r.ARN)
	return append(o.dst, '}')
}

// object is a JSON object that grows.
type object struct{ dst []byte }

func (o *object) name(name string) {
	if o.dst[len(o.dst)-1] != '{' {
		o.dst = append(o.dst, ',')
	}
	o.dst = append(append(append(o.dst, '"'), name...), '"', ':')
}

func (o *object) text(name, value string) {
	o.name(name)
	o.dst = quoted.Append(o.dst, value)
}

// set writes a member that is left out where it is empty.
func (o *object) set(name, value string) {
	if value != "" {
		o.text(name, value)
	}
}

func (o *object) truth(name string, value bool) {
	o.name(name)
	o.dst = strconv.AppendBool(o.dst, value)
}

// raw writes a member that is JSON already; an empty one is null.
func (o *object) raw(name string, value json.RawMessage) {
	o.name(name)
	if len(value) == 0 {
		o.dst = append(o.dst, "null"...)
		return
	}
	o.dst = append(o.dst, value...)
}
