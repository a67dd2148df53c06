package spec

import "strings"

// Airflow's own defaults of SecretsManagerBackend.
const (
	DefaultConnectionsPrefix = "airflow/connections"
	DefaultVariablesPrefix   = "airflow/variables"
	DefaultConfigPrefix      = "airflow/config"
	DefaultSep               = "/"
	auto                     = "auto"
)

// MWAA reports whether Amazon MWAA runs the environment, which is the default.
func (e *Environment) MWAA() bool { return e.Kind != "self-managed" }

// Version returns the Airflow version that the spec states, and "" where it is to be read from the environment.
func (e *Environment) Version() string {
	if e.AirflowVersion == auto {
		return ""
	}
	return e.AirflowVersion
}

// Role returns the ARN of the execution role that the spec states, and "" where it is to be read from the environment.
func (e *Environment) Role() string {
	if e.ExecutionRole == auto {
		return ""
	}
	return e.ExecutionRole
}

// PolicyKind returns exact, prefix or none; exact by default.
func (e *Environment) PolicyKind() string {
	if e.Policy == "" {
		return "exact"
	}
	return e.Policy
}

// Prefix is where the backend looks for one kind of thing.
type Prefix struct {
	Text string // without trailing separators; may be empty, which is no prefix
	Sep  string
	Off  bool // null: the backend is not asked at all
}

// ByARN reports whether the prefix is the beginning of an ARN: another account's secrets are asked for, which aircon never writes.
func (p Prefix) ByARN() bool { return strings.HasPrefix(p.Text, "arn:") }

// Name returns the name of the secret that holds id, as SecretsManagerBackend builds it.
func (p Prefix) Name(id string) string {
	if p.Text == "" {
		return id
	}
	return p.Text + p.Sep + id
}

// ID returns the id whose secret has the name, and false for a name that does not lie under the prefix.
func (p Prefix) ID(name string) (string, bool) {
	if p.Off {
		return "", false
	}
	if p.Text == "" {
		return name, true
	}
	id, ok := strings.CutPrefix(name, p.Text+p.Sep)
	return id, ok && id != ""
}

// ConnectionsPrefix returns where the backend looks for connections.
func (e *Environment) ConnectionsPrefix() Prefix {
	return e.Backend.prefix(e.Backend.get().ConnectionsPrefix, DefaultConnectionsPrefix)
}

// VariablesPrefix returns where the backend looks for variables.
func (e *Environment) VariablesPrefix() Prefix {
	return e.Backend.prefix(e.Backend.get().VariablesPrefix, DefaultVariablesPrefix)
}

func (b *Backend) get() *Backend {
	if b == nil {
		return &Backend{}
	}
	return b
}

func (b *Backend) prefix(t Text, otherwise string) Prefix {
	sep := b.get().Sep.Or(DefaultSep).String()
	if t.IsNull() {
		return Prefix{Off: true, Sep: sep}
	}
	return Prefix{Text: strings.TrimRight(t.Or(otherwise).String(), sep), Sep: sep}
}

// IsAuto reports whether a lookup pattern is to be computed: where the file says auto, or nothing.
func (t Text) IsAuto() bool { return t.IsLeftOut() || t.state == textGiven && t.text == auto }

// AsJSON reports whether the connection's secret is written as JSON, which is the default, and not as a URI.
func (c *Connection) AsJSON() bool { return c.Format != "uri" }
