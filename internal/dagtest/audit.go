package dagtest

import (
	"encoding/json"
	"strings"

	"aircon/localaws"
)

// Attribute adds the connections that the audit log of local AWS shows: each GetSecretValue of a principal whose ARN holds role, with the
// task that its user agent names. ConnID gives the conn_id that a secret's name stands for, if any.
func (r *Result) Attribute(events []localaws.Event, role string, connID func(secret string) (string, bool)) {
	tasks := map[string]*Task{}
	for i := range r.DAGs {
		for j := range r.DAGs[i].Tasks {
			t := &r.DAGs[i].Tasks[j]
			tasks[appID(r.DAGs[i].ID, t.ID, t.MapIndex)] = t
		}
	}
	for i := range events {
		e := &events[i]
		var asked struct{ SecretID string }
		if e.EventName != "GetSecretValue" || !strings.Contains(e.UserIdentity.ARN, role) || json.Unmarshal(e.RequestParameters, &asked) != nil {
			continue
		}
		id, ok := connID(asked.SecretID)
		if !ok {
			continue
		}
		c := Connection{ID: id, Outcome: Found, Secret: asked.SecretID}
		if e.ErrorCode != "" {
			c.Outcome = e.ErrorCode
		}
		if t := tasks[agentApp(e.UserAgent)]; t != nil {
			t.ask(c)
		} else {
			r.Elsewhere = noted(r.Elsewhere, c)
		}
	}
}

// agentApp returns the app/… part of botocore's user agent, or "".
func agentApp(agent string) string {
	for part := range strings.FieldsSeq(agent) {
		if id, ok := strings.CutPrefix(part, "app/"); ok {
			return id
		}
	}
	return ""
}

// Connections calls with for each connection that was found.
func (r *Result) Connections(with func(*Connection) error) error {
	each := func(list []Connection) error {
		for i := range list {
			if list[i].Outcome != Found {
				continue
			}
			if err := with(&list[i]); err != nil {
				return err
			}
		}
		return nil
	}
	for i := range r.DAGs {
		for j := range r.DAGs[i].Tasks {
			if err := each(r.DAGs[i].Tasks[j].Connections); err != nil {
				return err
			}
		}
	}
	return each(r.Elsewhere)
}
