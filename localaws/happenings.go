package localaws

import (
	"encoding/json"
	"time"

	"aircon/localaws/op"
)

// recordHappenings writes what services did by themselves in a transaction that is on disk. Its members are those of an event that CloudTrail has delivered
// (aws-samples/aws-secrets-manager-rotation-with-appconfig prints a RotationSucceeded; its identity has no type).
func (s *Server) recordHappenings(list []op.Happening, at time.Time) {
	if s.auditor == nil {
		return
	}
	for _, h := range list {
		e := s.happened(h, at)
		line := buffers.Get().(*[]byte)
		*line = e.appendLine((*line)[:0])
		s.auditor.record(*line)
		release(line)
	}
}

func (s *Server) happened(h op.Happening, at time.Time) Event {
	source := styleOf(h.Service).from
	e := Event{
		EventVersion: "1.11", UserIdentity: EventIdentity{AccountID: h.Account, InvokedBy: source}, EventTime: s.moment(at).date, EventSource: source,
		EventName: h.Name, AWSRegion: h.Region, SourceIPAddress: source, UserAgent: source, ErrorMessage: h.Failure, RequestID: h.Request,
		EventID: newRequestID(), EventType: "AwsServiceEvent", ManagementEvent: true, RecipientAccountID: h.Account, EventCategory: "Management",
	}
	if e.RequestID == "" {
		e.RequestID = newRequestID()
	}
	if details, err := json.Marshal(h.Details); err == nil && h.Details != nil {
		e.AdditionalEventData = details
	}
	return e
}
