package pghook

import (
	"context"
	"maps"

	"aircon"
)

// Mode is one of libpq's sslmodes, tried.
type Mode struct {
	SSLMode  string
	Protects string
	Report   Report
}

// sslModes are those that say what they want, strongest first. allow and prefer take whatever they get.
var sslModes = []struct{ name, protects string }{
	{"verify-full", "against reading along, and against any other server"},
	{"verify-ca", "against reading along, and against servers that the CA did not sign; not against another server that it did"},
	{"require", "against reading along only: the server may be anyone, unless sslrootcert is set, which makes it verify-ca"},
	{"disable", "nothing: queries and data can be read and changed on the way"},
}

// Modes probes a connection with each sslmode that states a wish, strongest first, and says what it protects: to find the one to write into the
// extra. Options.Replace may give a sslrootcert to try with them, such as Amazon RDS's bundle.
func Modes(ctx context.Context, conn aircon.Connection, rt aircon.Runtime, opts Options) []Mode {
	var modes []Mode
	for _, mode := range sslModes {
		tried := opts
		tried.Replace = maps.Clone(opts.Replace)
		if tried.Replace == nil {
			tried.Replace = map[string]string{}
		}
		tried.Replace["sslmode"] = mode.name
		modes = append(modes, Mode{mode.name, mode.protects, Probe(ctx, conn, rt, tried)})
	}
	return modes
}
