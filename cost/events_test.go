package cost

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	found    = `{"eventSource":"secretsmanager.amazonaws.com","eventName":"GetSecretValue","eventTime":"2026-11-30T10:00:00Z","eventType":"AwsApiCall","requestParameters":{"secretId":"airflow/connections/db"},"userIdentity":{"arn":"arn:aws:sts::111122223333:assumed-role/etl/a","sessionContext":{"sessionIssuer":{"arn":"arn:aws:iam::111122223333:role/etl"}}}}`
	missed   = `{"eventSource":"secretsmanager.amazonaws.com","eventName":"GetSecretValue","eventTime":"2026-11-30T10:30:00Z","errorCode":"ResourceNotFoundException","requestParameters":{"secretId":"airflow/variables/x"},"userIdentity":{"arn":"arn:aws:sts::111122223333:assumed-role/etl/b","sessionContext":{"sessionIssuer":{"arn":"arn:aws:iam::111122223333:role/etl"}}}}`
	refused  = `{"eventSource":"secretsmanager.amazonaws.com","eventName":"GetSecretValue","eventTime":"2026-11-30T09:30:00Z","errorCode":"AccessDenied","requestParameters":{"secretId":"airflow/connections/db"},"userIdentity":{"arn":"arn:aws:iam::111122223333:user/me"}}`
	listed   = `{"eventSource":"secretsmanager.amazonaws.com","eventName":"ListSecrets","eventTime":"2026-11-30T10:01:00Z","requestParameters":null,"errorCode":"ThrottlingException","userIdentity":{"invokedBy":"config.amazonaws.com"}}`
	another  = `{"eventSource":"kms.amazonaws.com","eventName":"Decrypt","eventTime":"2026-11-30T08:00:00Z"}`
	byItself = `{"eventSource":"secretsmanager.amazonaws.com","eventName":"RotationStarted","eventTime":"2026-11-30T08:00:00Z","eventType":"AwsServiceEvent"}`
)

func TestMeasure(t *testing.T) {
	events := []string{found, missed, refused, listed, another, byItself}
	for name, log := range map[string]string{
		"lines": strings.Join(events, "\n"), "an array": "[" + strings.Join(events, ",") + "]",
		"CloudTrail's files": `{"Records":[` + strings.Join(events[:3], ",") + `]} {"Records":[` + strings.Join(events[3:], ",") + `]}`,
	} {
		t.Run(name, func(t *testing.T) {
			m, err := Measure(strings.NewReader(log), 0)
			if err != nil {
				t.Fatal(err)
			}
			if m.Calls != 4 || m.Window != time.Hour {
				t.Errorf("%d calls in %s", m.Calls, m.Window)
			}
			if want := []Count{{"airflow/connections/db", 2, 1, 0, 1, 0}, {"(ListSecrets)", 1, 0, 0, 0, 1}, {"airflow/variables/x", 1, 0, 1, 0, 0}}; !slices.Equal(m.Secrets, want) {
				t.Errorf("secrets: %+v", m.Secrets)
			}
			if want := []Count{{"arn:aws:iam::111122223333:role/etl", 2, 1, 1, 0, 0}, {"arn:aws:iam::111122223333:user/me", 1, 0, 0, 1, 0}, {"config.amazonaws.com", 1, 0, 0, 0, 1}}; !slices.Equal(m.Callers, want) {
				t.Errorf("callers: %+v", m.Callers)
			}
			if n, ok := m.PerMonth(m.Calls); !ok || math.Abs(n-4*730) > 1e-9 {
				t.Errorf("%v calls a month", n)
			}
		})
	}
	if m, err := Measure(strings.NewReader(found), 24*time.Hour); err != nil || m.Window != 24*time.Hour {
		t.Errorf("a given window: %+v %v", m, err)
	}
	if m, err := Measure(strings.NewReader(found), 0); err != nil {
		t.Error(err)
	} else if _, ok := m.PerMonth(1); ok {
		t.Error("one call tells nothing of a month")
	}
	for log, want := range map[string]string{"{": "event 1 of the log: unexpected EOF", found + "\n7": "event 2 of the log", strings.Replace(found, "2026-11-30T10:00:00Z", "today", 1): `its time "today"`} {
		if _, err := Measure(strings.NewReader(log), 0); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: %v", log, err)
		}
	}
}

func FuzzMeasure(f *testing.F) {
	for _, seed := range []string{found, "[" + missed + "]", `{"Records":[` + refused + `]}`, `{"Records":null}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, log string) {
		m, err := Measure(strings.NewReader(log), 0)
		if sum := m.Sum(func(c Count) int { return c.Found + c.NotFound + c.Denied + c.Failed }); err == nil && sum != m.Calls {
			t.Errorf("%d outcomes of %d calls", sum, m.Calls)
		}
	})
}
