package doctor

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"aircon"
	"aircon/internal/network"
	"aircon/internal/probe"
	"aircon/internal/spec"
	"aircon/lookup"
)

// Doctor examines connections.
type Doctor struct {
	AWS AWS
	// Probe opens the database that a connection leads to, as PostgresHook would, from this machine. Nil: the network,
	// TLS, login, database and query are unchecked.
	Probe Prober
	// SecondLogin is the conn_id of another login, with which Narrow asks a server why it refuses a login. Narrow nil: nobody asks.
	SecondLogin string
	Narrow      Narrower
	// Metastore reads Airflow's own database. Nil: it cannot be asked from here.
	Metastore OpenMetastore
	// MetastoreFlags are how the command line says where that database is, for mends that read it: --metastore and its value.
	MetastoreFlags []string
	// Local are the variables of this machine's environment, which an Airflow here would see. Nil: they are not compared.
	Local map[string]string
	// Assume gives the client that Trace and Survey read secrets with, for the execution role's ARN. Nil: they read with the
	// caller's own credentials.
	Assume func(role string) lookup.SecretsManager
	// Network is asked about the network around the environment. Nil: it is not looked at.
	Network Network
	// Regions are further ones in which a secret that is missing is looked for.
	Regions []Region
	// Inside asks a worker of the environment. Nil: nobody is asked.
	Inside AskWorker
	// Ignore says by id which findings do not count, and why; the spec can name more. Nil: all count.
	Ignore spec.Reasons
	// Stated examines the texts that apply would write for the spec, for a version of Airflow: what it finds there apply cannot mend, and
	// has its place in the spec. Nil: nobody looks.
	Stated func(airflow string) ([]Finding, error)
	// Limit bounds each check: the role, the list of secrets, IAM's opinion, each secret. What takes longer is unchecked. 0 is 30 seconds.
	Limit time.Duration
}

// Patient is what was seen of one connection.
type Patient struct {
	Env     *Environment
	ID      string
	Trace   *lookup.Trace
	Entry   *lookup.Entry // of the Secrets Manager backend; nil: there is none in the search
	Reading *Reading      // of the secret; nil: none was asked for
	Probe   *Probed       // nil: the chain ends before, or nobody probes
	Worker  *probe.Answer // what a worker of the environment saw; nil: none was asked
	Stages  []Staged      // the secret's other versions, where the current one's login was refused

	Database  *network.Database // what RDS says of the host; nil: it is not RDS's, or nobody was asked
	Ways      []network.Way     // to the database, one from each of the environment's subnets; nil: not known
	Elsewhere []string          // regions that have the secret which is missing
	Abroad    []*Reading        // of it in other accounts, where the role is meant to read it
	Unchecked []Unchecked
}

// Examine walks the chain of each connection. Without ids it takes those that the spec declares, or else those that lie
// under the backend's prefix. The error means that nothing could be examined.
func (d *Doctor) Examine(ctx context.Context, t Target, ids []string) (*Report, error) {
	env, err := d.observe(ctx, t)
	if err != nil {
		return nil, err
	}
	if len(ids) == 0 {
		ids = env.ids()
		env.unlisted(ids)
	}
	d.ahead(ctx, env, ids)
	patients := make([]*Patient, len(ids))
	group, looking := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for i, id := range ids {
		group.Go(func() (err error) {
			patients[i], err = d.patient(looking, env, id)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	if err := d.lookInside(ctx, env, patients); err != nil {
		return nil, err
	}
	stated, err := d.stated(env)
	if err != nil {
		return nil, err
	}
	report := newReport(env)
	report.Findings, report.Ignored = d.sift(env, "", environmentFindings(env))
	for i, id := range ids {
		findings, ignored := d.sift(env, id, restated(patients[i].followWorker(patientFindings(patients[i])), stated))
		report.add(patients[i], findings, ignored)
	}
	env.joinOptions(report)
	return report, ctx.Err()
}

// parallel is how many connections are looked at at a time.
const parallel = 16

// limit is how long one check may take.
func (d *Doctor) limit() time.Duration { return cmp.Or(d.Limit, 30*time.Second) }

// patient looks at one connection.
func (d *Doctor) patient(ctx context.Context, env *Environment, id string) (*Patient, error) {
	p := &Patient{Env: env, ID: id}
	var err error
	if p.Trace, err = env.search.Connection(ctx, id); err != nil {
		return nil, err
	}
	if env.Settings.Backend != nil && len(p.Trace.Entries) > 0 {
		p.Entry = &p.Trace.Entries[0]
	}
	if p.Entry != nil && len(p.Entry.Asked) > 0 {
		p.Reading = env.role.read(ctx, p.Entry.Asked[0].Name)
	}
	if conn, ok := p.connection(); ok && d.Probe != nil && !p.garbled() && !p.inMetastore() {
		if p.Probe = env.servers.probe(ctx, d.Probe, conn, env.Runtime.On(p.holder())); p.Probe != nil {
			d.tryStages(ctx, p)
			err = d.narrow(ctx, p)
		}
	}
	d.seeDatabase(ctx, p)
	d.seeRegions(ctx, p)
	d.seeAccounts(ctx, p)
	return p, errors.Join(err, ctx.Err())
}

// connection is what the text would give if everything before it worked, so that one run finds all that is broken.
func (p *Patient) connection() (aircon.Connection, bool) {
	if p.Trace.Outcome == lookup.Found {
		return p.Trace.Conn, true
	}
	if r := p.Reading; r != nil && r.TextErr == nil && !r.Text.IsNull() {
		if read := p.Env.Settings.Backend.ReadConnection(p.ID, r.Text); read.Problem == nil {
			return read.Conn, true
		}
	}
	return aircon.Connection{}, false
}

// garbled reports whether a piece of the password may stand in another field: such a connection is neither shown nor opened, as
// even an error would show it.
func (p *Patient) garbled() bool {
	t := p.secretText()
	return p.Trace.Notes.Garbled() || t != nil && t.Reading.Notes.Garbled()
}

// holder is the side whose Connection class holds what the backend found.
func (p *Patient) holder() aircon.Side {
	if p.Trace.Outcome == lookup.Found {
		return p.Trace.Holder
	}
	if p.Env.Runtime.Side == aircon.Worker && p.Env.Runtime.Airflow.AtLeast(3, 2) {
		return aircon.Worker
	}
	return aircon.Server
}

// ids are the connections to examine where the user names none.
func (e *Environment) ids() []string {
	if e.Spec != nil {
		return e.Spec.Connections.Keys()
	}
	if e.Metastore != nil {
		return e.everywhere()
	}
	return e.stored()
}

// stored are the conn_ids whose secrets lie under the backend's prefix.
func (e *Environment) stored() []string {
	var ids []string
	if e.Settings.Backend == nil {
		return ids
	}
	prefix, asks := e.Settings.Backend.Prefix(lookup.Connection)
	prefix = strings.TrimPrefix(prefix, e.secretARN("")) // an ARN of the own account
	for _, name := range e.Names {
		if id, under := strings.CutPrefix(name, prefix); under && asks {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// sift adds to findings where the spec declares what they are about, and sets aside those to ignore. Neither list is nil.
func (d *Doctor) sift(env *Environment, connID string, found []Finding) (counted []Finding, ignored []Ignored) {
	for i := range found {
		found[i].Declared = env.declared(connID)
	}
	counted, ignored = Sift(found, append([]spec.Reasons{d.Ignore}, env.reasons(connID)...)...)
	return append([]Finding{}, counted...), append([]Ignored{}, ignored...)
}
