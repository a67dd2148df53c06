package doctor

import (
	"fmt"

	"aircon/lookup"
)

// steps says of each arrow what was seen. Findings then decide which are broken.
func (p *Patient) steps() []Step {
	steps := []Step{p.options(), p.pattern(), p.permission(), p.key(), p.secret(), p.text()}
	return p.fromWorker(append(steps, p.inside(p.probed())...))
}

func ok(a Arrow, from Vantage, format string, args ...any) Step {
	return Step{Arrow: a, State: StateOK, Seen: fmt.Sprintf(format, args...), From: from}
}

func unchecked(a Arrow, from Vantage, why string) Step {
	return Step{Arrow: a, State: StateUnchecked, Seen: why, From: from}
}

func (p *Patient) options() Step {
	e := p.Env
	if e.Settings.Backend == nil && e.Settings.Class != "" {
		return unchecked(ArrowOptions, FromHere, "Airflow asks "+e.Settings.Class+", of which aircon knows nothing")
	}
	if e.Settings.Backend == nil {
		return ok(ArrowOptions, FromHere, "no SecretsManagerBackend: Airflow looks in the environment and the metastore only")
	}
	prefix, _ := e.Settings.Backend.Prefix(lookup.Connection)
	return ok(ArrowOptions, FromHere, "SecretsManagerBackend, names begin with %q", prefix)
}

func (p *Patient) pattern() Step {
	switch {
	case p.Entry == nil:
		return unchecked(ArrowPattern, FromHere, "no backend to ask")
	case p.Entry.Result == lookup.Skipped:
		return ok(ArrowPattern, FromHere, "Secrets Manager is not asked: %s", p.Entry.Reason)
	}
	return ok(ArrowPattern, FromHere, "Airflow asks for %s", p.name())
}

func (p *Patient) permission() Step {
	switch {
	case p.Reading == nil:
		return unchecked(ArrowPermission, FromRole, "no secret is asked for")
	case p.Env.Role == nil:
		return unchecked(ArrowPermission, FromRole, "the role's policies could not be read")
	case p.Reading.HangsOn != "":
		return unchecked(ArrowPermission, FromRole, "a policy refuses it but for "+p.Reading.HangsOn+": that is not known here")
	case p.Reading.Request == nil:
		return unchecked(ArrowPermission, FromRole, "the secret's own policy could not be read: "+why(p.Reading.PolicyErr))
	}
	return ok(ArrowPermission, FromRole, "secretsmanager:GetSecretValue allowed by %s", statement(p.Reading.Decision))
}

func (p *Patient) key() Step {
	r := p.Reading
	switch {
	case r != nil && r.Err != nil && !r.Missing():
		return unchecked(ArrowKey, FromRole, "the secret's key is not known: "+why(r.Err))
	case r == nil || r.Secret == nil:
		return unchecked(ArrowKey, FromRole, "no secret to decrypt")
	case !customerKey(r.Secret.KMSKey):
		return ok(ArrowKey, FromRole, "the account's own key aws/secretsmanager, which needs no permission")
	case r.KeyAsked == nil && r.Key != nil && r.KeyErr == nil:
		return ok(ArrowKey, FromRole, "a key that AWS manages, which needs no permission")
	case r.KeyErr != nil && p.Env.foreign(r.Secret.ARN):
		return unchecked(ArrowKey, FromRole, "the role's own policies allow it; the key's are seen in account "+accountOf(r.Secret.ARN)+" alone")
	case r.KeyErr != nil:
		return unchecked(ArrowKey, FromRole, "the key could not be read: "+why(r.KeyErr))
	case r.KeyAsked == nil:
		return unchecked(ArrowKey, FromRole, "the role's policies could not be read")
	}
	return ok(ArrowKey, FromRole, "kms:Decrypt on %s allowed by %s", r.Key.ARN, statement(r.KeyJudge))
}

func (p *Patient) secret() Step {
	r := p.Reading
	switch {
	case r == nil:
		return unchecked(ArrowSecret, FromHere, "no secret is asked for")
	case r.Missing():
		return ok(ArrowSecret, FromHere, "there is no secret %s", r.Name)
	case r.TextErr != nil:
		return unchecked(ArrowSecret, FromHere, "the caller could not read it: "+why(r.TextErr))
	}
	return ok(ArrowSecret, FromHere, "%s", p.place())
}

func (p *Patient) text() Step {
	t := p.secretText()
	if t == nil {
		return unchecked(ArrowText, FromHere, "there is no text to read")
	}
	conn := t.Reading.Conn
	if t.Reading.Notes.Garbled() {
		return ok(ArrowText, FromHere, "%s, whose parts are not where they were meant to be", orNone(kindOf(t)))
	}
	return ok(ArrowText, FromHere, "%s at %s, port %s, database %s, login %s",
		orNone(conn.Type.String()), orNone(conn.Host.String()), orNone(conn.Port.String()), orNone(conn.Schema.String()), orNone(conn.Login.String()))
}

// kindOf says what Airflow takes the text for.
func kindOf(t *SecretText) string {
	if t.isObject() {
		return "JSON"
	}
	return "a URI"
}

func orNone(text string) string {
	if text == "" {
		return "(none)"
	}
	return text
}
