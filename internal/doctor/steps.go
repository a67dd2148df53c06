package doctor

import (
	"fmt"

	"aircon/lookup"
)

// steps says of each arrow what was seen. Findings then decide which are broken.
func (p *Patient) steps() []Step {
	steps := []Step{p.options(), p.pattern(), p.permission(), p.key(), p.secret(), p.text()}
	return append(steps, p.probed()...)
}

func ok(a Arrow, from, format string, args ...any) Step {
	return Step{Arrow: a, State: StateOK, Seen: fmt.Sprintf(format, args...), From: from}
}

func unchecked(a Arrow, from, why string) Step {
	return Step{Arrow: a, State: StateUnchecked, Seen: why, From: from}
}

func (p *Patient) options() Step {
	e := p.Env
	if e.Settings.Backend == nil {
		return ok(ArrowOptions, fromHere, "no SecretsManagerBackend: Airflow looks in the environment and the metastore only")
	}
	prefix, _ := e.Settings.Backend.Prefix(lookup.Connection)
	return ok(ArrowOptions, fromHere, "SecretsManagerBackend, names begin with %q", prefix)
}

func (p *Patient) pattern() Step {
	switch {
	case p.Entry == nil:
		return unchecked(ArrowPattern, fromHere, "no backend to ask")
	case p.Entry.Result == lookup.Skipped:
		return ok(ArrowPattern, fromHere, "Secrets Manager is not asked: %s", p.Entry.Reason)
	}
	return ok(ArrowPattern, fromHere, "Airflow asks for %s", p.name())
}

func (p *Patient) permission() Step {
	switch {
	case p.Reading == nil:
		return unchecked(ArrowPermission, fromRole, "no secret is asked for")
	case p.Reading.Request == nil:
		return unchecked(ArrowPermission, fromRole, "the role's policies could not be read")
	}
	return ok(ArrowPermission, fromRole, "secretsmanager:GetSecretValue allowed by %s", statement(p.Reading.Decision))
}

func (p *Patient) key() Step {
	r := p.Reading
	switch {
	case r == nil || r.Secret == nil:
		return unchecked(ArrowKey, fromRole, "no secret to decrypt")
	case !customerKey(r.Secret.KMSKey):
		return ok(ArrowKey, fromRole, "the account's own key aws/secretsmanager, which needs no permission")
	case r.KeyAsked == nil && r.Key != nil:
		return ok(ArrowKey, fromRole, "a key that AWS manages, which needs no permission")
	case r.KeyErr != nil:
		return unchecked(ArrowKey, fromRole, "the key could not be read: "+r.KeyErr.Error())
	case r.KeyAsked == nil:
		return unchecked(ArrowKey, fromRole, "the role's policies could not be read")
	}
	return ok(ArrowKey, fromRole, "kms:Decrypt on %s allowed by %s", r.Key.ARN, statement(r.KeyJudge))
}

func (p *Patient) secret() Step {
	r := p.Reading
	switch {
	case r == nil:
		return unchecked(ArrowSecret, fromHere, "no secret is asked for")
	case r.Missing():
		return ok(ArrowSecret, fromHere, "there is no secret %s", r.Name)
	case r.TextErr != nil:
		return unchecked(ArrowSecret, fromHere, "the caller could not read it: "+r.TextErr.Error())
	}
	return ok(ArrowSecret, fromHere, "%s", p.place())
}

func (p *Patient) text() Step {
	t := p.secretText()
	if t == nil {
		return unchecked(ArrowText, fromHere, "there is no text to read")
	}
	conn := t.Reading.Conn
	if t.Reading.Notes.Garbled() {
		return ok(ArrowText, fromHere, "%s, whose parts are not where they were meant to be", orNone(kindOf(t)))
	}
	return ok(ArrowText, fromHere, "%s at %s, port %s, database %s, login %s",
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
