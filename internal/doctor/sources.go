package doctor

import (
	"context"
	"slices"

	"aircon"
	"aircon/lookup"
)

// Metastore is Airflow's own database, as far as it can be asked from here: which connections it has, and where they point.
type Metastore interface {
	lookup.Metastore
	// IDs lists its conn_ids.
	IDs() []string
}

// OpenMetastore reads the metastore of an Airflow of some version.
type OpenMetastore func(ctx context.Context, airflow aircon.Version) (Metastore, error)

// The class that searches the metastore, and the one that searches the environment's variables.
const (
	metastoreClass   = "MetastoreBackend"
	environmentClass = "EnvironmentVariablesBackend"
)

// Source is one place that has a connection.
type Source struct {
	Class string // Airflow's
	Name  string // of the secret or variable, or the conn_id
	Wins  bool
}

// Sources lists the places that have a connection, the one that wins first. On a worker of Airflow 3 the metastore is asked by the server, through the
// Execution API; what the server finds where the worker has found it already is one place.
func Sources(t *lookup.Trace) []Source {
	all := sourcesOf(t)
	slices.SortStableFunc(all, func(a, b Source) int {
		switch {
		case a.Wins == b.Wins:
			return 0
		case a.Wins:
			return -1
		}
		return 1
	})
	return all
}

func sourcesOf(t *lookup.Trace) []Source {
	var all []Source
	for _, e := range t.Entries {
		if e.Server != nil {
			for _, s := range sourcesOf(e.Server) {
				s.Wins = s.Wins && e.Result == lookup.Won
				if !slices.ContainsFunc(all, func(known Source) bool { return known.Class == s.Class }) {
					all = append(all, s)
				}
			}
			continue
		}
		if e.Result == lookup.Won || e.Result == lookup.Shadowed {
			all = append(all, Source{e.Class, presentName(e), e.Result == lookup.Won})
		}
	}
	return all
}

// presentName is the name under which a source has it.
func presentName(e lookup.Entry) string {
	for _, ask := range e.Asked {
		if ask.Result == lookup.Present {
			return ask.Name
		}
	}
	return ""
}

// Surveyed is one connection with all that has it.
type Surveyed struct {
	*lookup.Trace
	Sources []Source
	Secret  *Secret // that Airflow asks for; nil: there is none
}

// Survey looks up every connection that the spec declares, that lies under the backend's prefix or that the metastore has. It needs what Trace needs, and secretsmanager:ListSecrets.
func (d *Doctor) Survey(ctx context.Context, t Target) ([]Surveyed, error) {
	e, err := d.search(ctx, t)
	if err != nil {
		return nil, err
	}
	listed, err := d.AWS.Secrets(ctx)
	if err != nil {
		return nil, err
	}
	byName := map[string]*Secret{}
	for i := range listed {
		byName[listed[i].Name] = &listed[i]
		e.Names = append(e.Names, listed[i].Name)
	}
	var all []Surveyed
	for _, id := range e.everywhere() {
		trace, err := e.search.Connection(ctx, id)
		if err != nil {
			return nil, err
		}
		s := Surveyed{Trace: trace, Sources: Sources(trace)}
		if e.Settings.Backend != nil && len(trace.Entries) > 0 && len(trace.Entries[0].Asked) > 0 {
			s.Secret = byName[trace.Entries[0].Asked[0].Name]
		}
		all = append(all, s)
	}
	return all, nil
}

// everywhere are the conn_ids that the spec, Secrets Manager or the metastore has.
func (e *Environment) everywhere() []string {
	ids := e.stored()
	if e.Spec != nil {
		ids = append(ids, e.Spec.Connections.Keys()...)
	}
	if e.Metastore != nil {
		ids = append(ids, e.Metastore.IDs()...)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// inMetastore reports whether the metastore wins: its password is not read, and so nothing can be opened.
func (p *Patient) inMetastore() bool {
	all := Sources(p.Trace)
	return len(all) > 0 && all[0].Wins && all[0].Class == metastoreClass
}
