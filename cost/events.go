package cost

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// Measured is what an audit log says of the calls to Secrets Manager.
type Measured struct {
	From    time.Time     `json:"from"`
	To      time.Time     `json:"to"`
	Calls   int           `json:"calls"`   // all that are billed, whatever came of them
	Secrets []Count       `json:"secrets"` // the most asked for first
	Callers []Count       `json:"callers"`
	Window  time.Duration `json:"window_ns"` // what the counts are of
}

// Count is how often a secret was asked for, or by a caller.
type Count struct {
	Name     string `json:"name"` // of the secret, as it was asked for; or the caller's ARN: of a session that of its role
	Calls    int    `json:"calls"`
	Found    int    `json:"found"`
	NotFound int    `json:"not_found"`
	Denied   int    `json:"denied"`
	Failed   int    `json:"failed"` // for another reason
}

// event is what is read of an event of CloudTrail's, which local AWS writes too.
type event struct {
	EventSource       string `json:"eventSource"`
	EventName         string `json:"eventName"`
	EventTime         string `json:"eventTime"`
	EventType         string `json:"eventType"`
	ErrorCode         string `json:"errorCode"`
	RequestParameters struct {
		SecretID string `json:"secretId"`
		Name     string `json:"name"`
	} `json:"requestParameters"`
	UserIdentity struct {
		ARN            string `json:"arn"`
		InvokedBy      string `json:"invokedBy"`
		SessionContext struct {
			SessionIssuer struct {
				ARN string `json:"arn"`
			} `json:"sessionIssuer"`
		} `json:"sessionContext"`
	} `json:"userIdentity"`
}

// Measure counts the calls in an audit log: events as JSON, one after the other or in an array, or CloudTrail's files with their Records.
// Window is the time that the log covers; 0 means from its first call to its last. Events of other services do not count, nor do those that
// tell of what Secrets Manager did by itself.
func Measure(log io.Reader, window time.Duration) (Measured, error) {
	m := Measured{}
	secrets, callers := map[string]*Count{}, map[string]*Count{}
	err := eachEvent(log, func(e *event) error {
		if e.EventSource != "secretsmanager.amazonaws.com" || e.EventType != "" && e.EventType != "AwsApiCall" {
			return nil
		}
		at, err := time.Parse(time.RFC3339, e.EventTime)
		if err != nil {
			return fmt.Errorf("its time %q is not of RFC 3339", e.EventTime)
		}
		if m.Calls == 0 || at.Before(m.From) {
			m.From = at
		}
		if at.After(m.To) {
			m.To = at
		}
		m.Calls++
		tally(secrets, cmp.Or(e.RequestParameters.SecretID, e.RequestParameters.Name, "("+e.EventName+")"), e)
		tally(callers, cmp.Or(e.UserIdentity.SessionContext.SessionIssuer.ARN, e.UserIdentity.ARN, e.UserIdentity.InvokedBy, "nobody"), e)
		return nil
	})
	m.Secrets, m.Callers = ordered(secrets), ordered(callers)
	m.Window = cmp.Or(window, m.To.Sub(m.From))
	return m, err
}

func tally(counts map[string]*Count, name string, e *event) {
	c := counts[name]
	if c == nil {
		c = &Count{Name: name}
		counts[name] = c
	}
	c.Calls++
	switch {
	case e.ErrorCode == "":
		c.Found++
	case e.ErrorCode == "ResourceNotFoundException":
		c.NotFound++
	case strings.HasPrefix(e.ErrorCode, "AccessDenied"):
		c.Denied++
	default:
		c.Failed++
	}
}

func ordered(counts map[string]*Count) []Count {
	all := []Count{}
	for c := range maps.Values(counts) {
		all = append(all, *c)
	}
	slices.SortFunc(all, func(x, y Count) int { return cmp.Or(cmp.Compare(y.Calls, x.Calls), cmp.Compare(x.Name, y.Name)) })
	return all
}

// PerMonth extrapolates a number of calls to a month; false where the log covers no time from which it could be told.
func (m *Measured) PerMonth(calls int) (float64, bool) {
	if m.Window <= 0 {
		return 0, false
	}
	return float64(calls) * float64(Month) / float64(m.Window), true
}

// Sum adds up what is counted of all callers.
func (m *Measured) Sum(of func(Count) int) (n int) {
	for _, c := range m.Callers {
		n += of(c)
	}
	return n
}

// eachEvent reads JSON values until the end.
func eachEvent(log io.Reader, do func(*event) error) error {
	d := json.NewDecoder(log)
	for n := 1; ; n++ {
		var value json.RawMessage
		err := d.Decode(&value)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = eachOf(value, do)
		}
		if err != nil {
			return fmt.Errorf("event %d of the log: %w", n, err)
		}
	}
}

// eachOf takes an event, a list of them, or an object with Records.
func eachOf(value json.RawMessage, do func(*event) error) error {
	var list []json.RawMessage
	var file struct{ Records []json.RawMessage }
	switch {
	case bytes.HasPrefix(bytes.TrimSpace(value), []byte("[")):
		if err := json.Unmarshal(value, &list); err != nil {
			return err
		}
	case json.Unmarshal(value, &file) == nil && file.Records != nil:
		list = file.Records
	default:
		var e event
		if err := json.Unmarshal(value, &e); err != nil {
			return err
		}
		return do(&e)
	}
	for _, item := range list {
		var e event
		if err := json.Unmarshal(item, &e); err != nil {
			return err
		}
		if err := do(&e); err != nil {
			return err
		}
	}
	return nil
}
