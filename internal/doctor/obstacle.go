package doctor

import (
	"slices"

	"github.com/jackc/pgx/v5"

	"aircon"
	"aircon/pghook"
)

// obstacle is what keeps a session from opening for one of some causes, with the finding that it makes.
type obstacle struct {
	causes []pghook.Cause
	kind   Kind
	mend   func(*Patient, *pghook.Report) Mend
}

// obstacles is the check for a list of them.
func obstacles(list []obstacle) check {
	c := check{connection: func(p *Patient) []Finding {
		for _, o := range list {
			if r := p.stopped(o.causes...); r != nil {
				return one(Found(o.kind.ID, answerOf(r)+p.tried(), o.mend(p, r)).At("", p.place()))
			}
		}
		return nil
	}}
	for _, o := range list {
		c.kinds = append(c.kinds, o.kind)
	}
	return c
}

// stopped is the probe's report where it failed for one of the causes, and AC043 does not say better what to do.
func (p *Patient) stopped(causes ...pghook.Cause) *pghook.Report {
	if p.Probe == nil || p.Probe.Refused != nil || p.Probe.Report.OK() || !slices.Contains(causes, p.Probe.Report.Cause) || p.modeMends() {
		return nil
	}
	return &p.Probe.Report
}

// answerOf says what the server answered, and what that means.
func answerOf(r *pghook.Report) string {
	if r.Words == "" {
		return r.Err.Error()
	}
	return r.Err.Error() + ": " + r.Words
}

// login is the connection's, as an SQL identifier.
func (p *Patient) login() string {
	conn, _ := p.connection()
	return quoted(conn.Login.String())
}

// database is libpq's: one named like the login where the connection names none.
func (p *Patient) database() string {
	conn, _ := p.connection()
	if name := conn.Schema.String(); name != "" {
		return quoted(name)
	}
	return quoted(conn.Login.String())
}

// quoted writes a name as an SQL identifier.
func quoted(name string) string { return pgx.Identifier{name}.Sanitize() }

// extraHas reports whether extra has an option.
func extraHas(conn aircon.Connection, option string) bool {
	members, err := conn.Extra.Members()
	return err == nil && slices.ContainsFunc(members, func(m aircon.Member) bool { return m.Key == option })
}

// says is a mend of words alone.
func says(text string) func(*Patient, *pghook.Report) Mend {
	return func(*Patient, *pghook.Report) Mend { return Mend{Text: text} }
}

// inSecret is a mend for a field of the connection: in the spec where that declares it, and in the secret elsewhere.
func (p *Patient) inSecret(what string) Mend {
	if p.Env.declares(p.ID) {
		return p.mendSecret(Mend{}).saying(what + " in " + p.Env.File + ", then apply")
	}
	return Mend{Text: what + " in the secret " + p.name()}
}

// saying returns the mend with words.
func (m Mend) saying(text string) Mend {
	m.Text = text
	return m
}
