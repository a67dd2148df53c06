//go:build airflow

package main

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"aircon/localaws"
)

// asked counts the calls of GetSecretValue since the last time, by the secret's name. All must be Airflow's, and with the execution role's credentials.
func (v *inVersion) asked(run string) map[string]int {
	v.test.Helper()
	count := map[string]int{}
	agent := "exec-env/Amazon_MWAA_" + strings.ReplaceAll(v.version, ".", "")
	role := "assumed-role/" + demoEnvironment + "-execution/"
	for _, event := range v.eventsSinceMarker() {
		if event.EventName != "GetSecretValue" || !strings.Contains(event.UserAgent, "exec-env/") {
			continue
		}
		var in struct{ SecretID string }
		v.check(json.Unmarshal(event.RequestParameters, &in))
		if !strings.Contains(event.UserAgent, agent) || !strings.Contains(event.UserIdentity.ARN, role) {
			v.test.Errorf("%s: %s was asked for by %s, %s", run, in.SecretID, event.UserIdentity.ARN, event.UserAgent)
		}
		count[strings.TrimPrefix(in.SecretID, "airflow/connections/")]++
	}
	return count
}

// eventsSinceMarker are those of the audit log between the last two markers, of which it sets one.
func (v *inVersion) eventsSinceMarker() []localaws.Event {
	v.test.Helper()
	v.markers++
	v.call("iam", "ListRoles", map[string]any{})
	for {
		events, markers := v.events()
		if markers == v.markers {
			return events
		}
		v.check(nap(v.ctx))
	}
}

// events reads the audit log: what lies between the last marker and the one before, and how many markers there are.
func (v *inVersion) events() (events []localaws.Event, markers int) {
	v.test.Helper()
	file, err := os.Open(filepath.Join(v.dir, demoState, localaws.AuditFile))
	v.check(err)
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	var all []localaws.Event
	for lines.Scan() {
		var event localaws.Event
		if json.Unmarshal(lines.Bytes(), &event) != nil {
			break // half a line: the rest comes
		}
		all = append(all, event)
		if event.EventName == "ListRoles" {
			markers++
			events, all = all, nil
		}
	}
	return events, markers
}
