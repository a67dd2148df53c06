package localaws

import (
	"encoding/json"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"aircon/localaws/model"
	"aircon/localaws/op"
	"aircon/policy"
)

// AuditFile lies in the data directory and holds what was asked of local AWS: an [Event] a line, the newest last. When it is full it
// becomes audit.jsonl.1, and so on up to audit.jsonl.3; what is older is gone.
const AuditFile = "audit.jsonl"

// Event is one call as CloudTrail records it. It never holds secret text. Source: the CloudTrail User Guide, "CloudTrail record contents
// for management, data, and network activity events", version 1.11.
type Event struct {
	EventVersion        string          `json:"eventVersion"`
	UserIdentity        EventIdentity   `json:"userIdentity"`
	EventTime           string          `json:"eventTime"`   // UTC, to the second
	EventSource         string          `json:"eventSource"` // such as secretsmanager.amazonaws.com
	EventName           string          `json:"eventName"`   // the operation; "" where the request named none
	AWSRegion           string          `json:"awsRegion"`
	SourceIPAddress     string          `json:"sourceIPAddress"`
	UserAgent           string          `json:"userAgent"`
	ErrorCode           string          `json:"errorCode,omitempty"`
	ErrorMessage        string          `json:"errorMessage,omitempty"`
	RequestParameters   json.RawMessage `json:"requestParameters"`             // null where the request could not be read
	ResponseElements    json.RawMessage `json:"responseElements"`              // null for what only reads
	AdditionalEventData json.RawMessage `json:"additionalEventData,omitempty"` // of what a service did by itself
	RequestID           string          `json:"requestID"`                     // as in the answer
	EventID             string          `json:"eventID"`
	ReadOnly            bool            `json:"readOnly"`
	Resources           []EventResource `json:"resources,omitempty"`
	EventType           string          `json:"eventType"`
	ManagementEvent     bool            `json:"managementEvent"`
	RecipientAccountID  string          `json:"recipientAccountId"`      // whose log the event belongs to
	SharedEventID       string          `json:"sharedEventID,omitempty"` // the same in both events of a call from account to account
	EventCategory       string          `json:"eventCategory"`
}

// EventIdentity is who called. Source: the CloudTrail User Guide, "CloudTrail userIdentity element".
type EventIdentity struct {
	Type           string        `json:"type,omitempty"` // IAMUser, AssumedRole, FederatedUser, Root, AWSService, Unknown where nobody was proved, "" for what a service did by itself
	PrincipalID    string        `json:"principalId,omitempty"`
	ARN            string        `json:"arn,omitempty"`
	AccountID      string        `json:"accountId,omitempty"`
	AccessKeyID    string        `json:"accessKeyId,omitempty"`
	UserName       string        `json:"userName,omitempty"`
	InvokedBy      string        `json:"invokedBy,omitempty"`
	SessionContext *EventSession `json:"sessionContext,omitempty"` // of temporary credentials
}

// EventSession is what the log says of temporary credentials.
type EventSession struct {
	SessionIssuer  *EventIdentity `json:"sessionIssuer,omitempty"` // the role; nil for GetSessionToken's
	SourceIdentity string         `json:"sourceIdentity,omitempty"`
	Attributes     struct {
		CreationDate     string `json:"creationDate"`
		MFAAuthenticated string `json:"mfaAuthenticated"`
	} `json:"attributes"`
}

// EventResource is what a call touched.
type EventResource struct {
	AccountID string `json:"accountId,omitempty"`
	Type      string `json:"type,omitempty"`
	ARN       string `json:"ARN"`
}

// auditor takes events, a line each. It must not keep the slice.
type auditor interface{ record(line []byte) }

// auditTo hands each event to a writer at once, and counts those that it refuses.
type auditTo struct {
	mu      sync.Mutex
	w       io.Writer
	dropped *counter
}

func (a *auditTo) record(line []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, err := a.w.Write(line); err != nil {
		a.dropped.add(1)
	}
}

// newAuditor opens what the options say, or nothing.
func (s *Server) newAuditor() auditor {
	switch {
	case s.options.Audit != nil:
		return &auditTo{w: s.options.Audit, dropped: &s.metrics.auditDropped}
	case s.options.Directory != "":
		return newAuditFile(s.options.Directory, &s.metrics.auditDropped, s.options.Log)
	}
	return nil
}

// touched is a resource that a request's needs name.
type touched struct{ arn, owner string }

// audit records the call, once for the caller's account and, where it reached into another, once for that.
func (q *request) audit(refusal *op.Error) {
	a := q.server.auditor
	if a == nil {
		return
	}
	service := q.service.Name
	if service == "" { // one that is not here
		if service = q.claimed(3); service == "" {
			return // no call of AWS's at all, such as a browser's
		}
	}
	n := notebooks.Get().(*notes)
	defer n.release()
	e := q.event(n, service, refusal)
	others := q.otherAccounts(refusal)
	if len(others) > 0 {
		e.SharedEventID = newRequestID()
	}
	n.write(a, &e)
	for _, account := range others {
		e.RecipientAccountID, e.EventID = account, newRequestID()
		n.write(a, &e)
	}
}

// notes are the room that an event takes until it is written.
type notes struct {
	parameters, answers, line []byte
	resources                 []EventResource
}

var notebooks = sync.Pool{New: func() any { return new(notes) }}

// release gives the room back, unless it has grown too large to keep.
func (n *notes) release() {
	if cap(n.parameters)+cap(n.answers)+cap(n.line) > 256<<10 {
		return
	}
	clear(n.resources)
	notebooks.Put(n)
}

func (n *notes) write(a auditor, e *Event) {
	n.line = e.appendLine(n.line[:0])
	a.record(n.line)
}

// otherAccounts are those whose resources the caller, of another account, got at.
func (q *request) otherAccounts(refusal *op.Error) []string {
	var others []string
	for _, t := range q.authz.touched {
		if refusal == nil && t.owner != "" && t.owner != q.call.Account && !slices.Contains(others, t.owner) {
			others = append(others, t.owner)
		}
	}
	return others
}

// event says what is known of the call. It is valid until the notes are released.
func (q *request) event(n *notes, service string, refusal *op.Error) Event {
	style := q.service.trail
	if style.from == "" { // of a service that is not here
		style = styleOf(service)
	}
	if q.call.Wall.IsZero() { // refused before anything was known of it
		q.call.Wall = q.server.options.Wall()
	}
	n.parameters, n.answers, n.resources = n.parameters[:0], n.answers[:0], q.appendResources(n.resources[:0])
	agent, _ := header(q.Header, "User-Agent")
	e := Event{
		EventVersion: "1.11", UserIdentity: q.identity(), EventTime: q.server.moment(q.call.Wall).date, EventSource: style.from,
		AWSRegion: q.call.Region, SourceIPAddress: sourceIP(q.RemoteAddr), UserAgent: agent,
		RequestID: q.id, EventID: newRequestID(), EventType: "AwsApiCall", ManagementEvent: true, EventCategory: "Management",
		RecipientAccountID: q.call.Account, Resources: n.resources,
	}
	switch {
	case q.service.Global:
		e.AWSRegion = globalRegion
	case e.AWSRegion == "": // not proved
		e.AWSRegion = q.claimed(2)
	}
	answers := false
	if o := q.operation; o != nil {
		e.EventName = o.Name
		e.ReadOnly = style.reading(o)
		answers = !e.ReadOnly || slices.Contains(style.answers, o.Name)
	}
	if q.input != nil {
		n.parameters = appendParameters(n.parameters, service, e.EventName, q.input)
		e.RequestParameters = n.parameters
	}
	switch {
	case refusal != nil:
		e.ErrorCode, e.ErrorMessage = style.code(refusal.Code), q.unclaimed(refusal.Message)
	case answers && q.output != nil:
		n.answers = model.AppendRedactedOutput(n.answers, service, e.EventName, q.output)
		e.ResponseElements = n.answers
	}
	return e
}

// claimed returns what may be a region's or a service's name in the credential scope, or "". A credential of too many parts has none: they may be a
// secret key's.
func (q *request) claimed(part int) string {
	claimed := scopePart(q.Request, part)
	if strings.Count(claimedCredential(q.Request), "/") != 4 || len(claimed) > 32 || strings.Trim(claimed, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return ""
	}
	return claimed
}

// unclaimed is a refusal's message without the credential that it may quote. A secret key in the place of the access key has a slash as often as
// not, and is refused as a credential of too many parts.
func (q *request) unclaimed(message string) string {
	if credential := claimedCredential(q.Request); credential != "" && q.call.Identity.AccessKeyID == "" {
		return strings.ReplaceAll(message, "'"+credential+"'", "'***'")
	}
	return message
}

// identity says who called, as far as that was proved. What an unproved request claims is left out: users have sent the secret key in the
// place of the access key.
func (q *request) identity() EventIdentity {
	p, session := &q.call.Principal, q.call.Identity.Session
	id := EventIdentity{PrincipalID: p.UserID, ARN: p.ARN, AccountID: p.Account, AccessKeyID: q.call.Identity.AccessKeyID}
	switch p.Kind {
	case policy.User:
		id.Type, id.UserName = "IAMUser", p.Name
	case policy.RoleSession:
		id.Type = "AssumedRole"
	case policy.FederatedUser:
		id.Type = "FederatedUser"
	case policy.AccountRoot:
		id.Type = "Root"
	case policy.Service:
		return EventIdentity{Type: "AWSService", InvokedBy: p.ARN}
	default:
		return EventIdentity{Type: "Unknown"}
	}
	if session != nil {
		id.SessionContext = sessionContext(p, session)
	}
	return id
}

func sessionContext(p *policy.Principal, s *op.Session) *EventSession {
	c := &EventSession{SourceIdentity: s.SourceIdentity}
	c.Attributes.CreationDate = s.Issued.UTC().Format(time.RFC3339)
	c.Attributes.MFAAuthenticated = "false"
	if s.MFA {
		c.Attributes.MFAAuthenticated = "true"
	}
	if p.Kind == policy.RoleSession {
		id, _, _ := strings.Cut(p.UserID, ":")
		c.SessionIssuer = &EventIdentity{
			Type: "Role", PrincipalID: id, ARN: p.Issuer, AccountID: p.Account, UserName: p.Issuer[strings.LastIndexByte(p.Issuer, '/')+1:],
		}
	}
	return c
}

// resourceTypes are CloudFormation's names of what an ARN names, by service and the resource's first part.
var resourceTypes = map[string]string{
	"secretsmanager:secret": "AWS::SecretsManager::Secret", "kms:key": "AWS::KMS::Key", "kms:alias": "AWS::KMS::Alias",
	"iam:role": "AWS::IAM::Role", "iam:user": "AWS::IAM::User", "iam:group": "AWS::IAM::Group", "iam:policy": "AWS::IAM::ManagedPolicy",
	"airflow:environment": "AWS::MWAA::Environment",
}

// appendResources lists what the call's needs named, each once.
func (q *request) appendResources(list []EventResource) []EventResource {
	for _, t := range q.authz.touched {
		parsed, ok := policy.ParseARN(t.arn)
		if !ok || slices.ContainsFunc(list, func(r EventResource) bool { return r.ARN == t.arn }) {
			continue
		}
		kind := parsed.Resource
		if end := strings.IndexAny(kind, ":/"); end >= 0 {
			kind = kind[:end]
		}
		list = append(list, EventResource{parsed.Account, resourceTypes[parsed.Service+":"+kind], t.arn})
	}
	return list
}
