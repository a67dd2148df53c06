package lookup_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"aircon"
	"aircon/lookup"
)

// vault is a Secrets Manager with a few secrets; an error stands for AWS's answer. What is not in it is not found,
// unless a secret named * stands for all others.
type vault map[string]any

func (v vault) GetSecretValue(_ context.Context, id string) (lookup.SecretValue, error) {
	found, is := v[id]
	if !is {
		found = v["*"]
	}
	switch entry := found.(type) {
	case string:
		return lookup.SecretValue{Text: aircon.NewSecret(entry), ARN: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:" + id + "-AbCdEf"}, nil
	case []byte:
		return lookup.SecretValue{}, nil
	case error:
		return lookup.SecretValue{}, entry
	}
	return lookup.SecretValue{}, aws{"ResourceNotFoundException", "Secrets Manager can't find the specified secret.", "r-0"}
}

func (v vault) open(context.Context, lookup.Client) (lookup.SecretsManager, error) { return v, nil }

// aws is an error as the AWS SDK gives it.
type aws struct{ code, message, requestID string }

func (e aws) Error() string            { return "api error " + e.code + ": " + e.message }
func (e aws) ErrorCode() string        { return e.code }
func (e aws) ErrorMessage() string     { return e.message }
func (e aws) ServiceRequestID() string { return e.requestID }

// database is a metastore: URIs by conn_id.
type database map[string]string

func (d database) Connection(_ context.Context, id, _ string) (aircon.Connection, bool, error) {
	uri, is := d[id]
	if !is {
		return aircon.Connection{}, false, nil
	}
	rt, err := aircon.RuntimeFor("3.3.1")
	if err != nil {
		return aircon.Connection{}, false, err
	}
	conn, _, err := aircon.ParseURI(uri, id, rt)
	return conn, true, err
}

func (d database) Variable(_ context.Context, key, _ string) (aircon.Secret, bool, error) {
	text, is := d["variable "+key]
	return aircon.NewSecret(text), is, nil
}

// clock ticks a second at each look.
func clock() func() time.Time {
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	return func() time.Time {
		now = now.Add(time.Second)
		return now
	}
}

// runtimeOf reads "3.3.1 worker".
func runtimeOf(t testing.TB, words string) aircon.Runtime {
	t.Helper()
	version, side, _ := strings.Cut(words, " ")
	rt, err := aircon.RuntimeFor(version)
	if err != nil {
		t.Fatal(err)
	}
	if side == "worker" {
		rt.Side = aircon.Worker
	}
	return rt
}

// options are those of an Airflow whose backend is Secrets Manager.
func options(t testing.TB, on string, env map[string]string, v vault, d database) lookup.Options {
	t.Helper()
	all := map[string]string{"AIRFLOW__SECRETS__BACKEND": lookup.BackendClass, "HOME": "/home/airflow"}
	for name, value := range env {
		all[name] = value
	}
	return lookup.Options{Runtime: runtimeOf(t, on), Env: all, Secrets: v.open, Metastore: d, Now: clock()}
}

func open(t testing.TB, opts lookup.Options) *lookup.Search {
	t.Helper()
	s, err := lookup.Open(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// story tells a trace in lines: each source with what came of it, then how it ended.
func story(t *lookup.Trace) string {
	var b strings.Builder
	tell(&b, t, "")
	return b.String()
}

func tell(b *strings.Builder, t *lookup.Trace, indent string) {
	for _, w := range t.Warnings {
		fmt.Fprintf(b, "%s%s: %s\n", indent, w.Where, w.Text)
	}
	for _, e := range t.Entries {
		fmt.Fprintf(b, "%s%s: %s", indent, strings.TrimSuffix(e.Class, "Backend"), e.Result)
		if e.Reason != "" {
			fmt.Fprintf(b, ": %s", e.Reason)
		}
		for _, ask := range e.Asked {
			fmt.Fprintf(b, " (%s: %s)", ask.Name, ask.Result)
		}
		if e.Problem != nil {
			fmt.Fprintf(b, ": %s", e.Problem)
		}
		b.WriteByte('\n')
		if e.Server != nil {
			tell(b, e.Server, indent+"  ")
		}
	}
	fmt.Fprintf(b, "%s=> %s", indent, t.Outcome)
	if t.Error != nil {
		fmt.Fprintf(b, ": %s: %s", t.Error.Class, t.Error.Message)
	}
	b.WriteByte('\n')
}
