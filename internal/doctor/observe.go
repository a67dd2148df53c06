package doctor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"aircon"
	"aircon/internal/optionfile"
	"aircon/internal/probe"
	"aircon/internal/spec"
	"aircon/lookup"
	"aircon/mwaa"
	"aircon/policy"
)

// Target is the environment to examine.
type Target struct {
	Name string
	Spec *spec.Environment // nil: there is none; everything is then read from AWS
	File string            // the spec's path, for commands that mend; "" without a spec
}

// Environment is what was seen of an Airflow environment, once for all its connections.
type Environment struct {
	Target
	Caller         Caller
	MWAA           *MWAA
	Runtime        aircon.Runtime // of a task
	Assumed        bool           // whether the providers' versions are the image's, as nothing better can be seen
	Variables      map[string]string
	Hidden         []mwaa.Overridden // settings that MWAA overrides
	Settings       lookup.Settings
	Start          *lookup.StartError // Airflow does not start; nil: it does
	Role           *Role              // nil: it could not be read
	Names          []string           // of all secrets; nil: they could not be listed
	Local          map[string]string  // the variables of this machine
	Metastore      Metastore          // nil: it cannot be asked from here
	metastoreFlags []string           // --metastore and its value
	Unchecked      []Unchecked
	Around         Surroundings   // the network
	Worker         *probe.Answers // nil: none was asked

	search  *lookup.Search
	role    *asRole
	servers servers
	file    *optionfile.File // where the options were read from; nil: the environment itself
}

// Unchecked is something that could not be looked at, and why.
type Unchecked struct {
	What  string `json:"what"`
	Why   string `json:"why"`
	Lacks string `json:"lacks,omitempty"` // the IAM action that the caller lacks
}

// observe looks at everything that the connections of an environment share. An error means that there is nothing to examine.
func (d *Doctor) observe(ctx context.Context, t Target) (*Environment, error) {
	e := &Environment{Target: t, Local: d.Local}
	group, both := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		e.Caller, err = d.AWS.Caller(both)
		return err
	})
	group.Go(func() (err error) {
		e.MWAA, err = d.AWS.Environment(both, t.Name)
		return err
	})
	if err := group.Wait(); err != nil {
		return nil, err
	}
	if err := e.runtime(); err != nil {
		return nil, err
	}
	d.shared(ctx, e)
	if err := d.metastore(ctx, e); err != nil {
		return nil, err
	}
	if err := e.openSearch(ctx, e.role); err != nil {
		return nil, err
	}
	e.seeWays()
	return e, nil
}

// metastore reads the metastore, where the user says how.
func (d *Doctor) metastore(ctx context.Context, e *Environment) (err error) {
	if d.Metastore != nil {
		e.Metastore, err = d.Metastore(ctx, e.Runtime.Airflow)
		e.metastoreFlags = d.MetastoreFlags
	}
	return err
}

// shared looks at the role, the list of secrets and the network, at the same time.
func (d *Doctor) shared(ctx context.Context, e *Environment) {
	var roleErr, listErr error
	var listed []Secret
	e.role = &asRole{aws: d.AWS, env: e, limit: d.limit()}
	var looking sync.WaitGroup
	looking.Go(func() {
		ctx, cancel := context.WithTimeout(ctx, d.limit())
		defer cancel()
		e.Role, roleErr = d.AWS.Role(ctx, e.roleARN())
	})
	looking.Go(func() {
		ctx, cancel := context.WithTimeout(ctx, d.limit())
		defer cancel()
		listed, listErr = d.AWS.Secrets(ctx)
	})
	var unseen []Unchecked
	looking.Go(func() {
		ctx, cancel := context.WithTimeout(ctx, d.limit())
		defer cancel()
		unseen = d.seeNetwork(ctx, e)
	})
	looking.Wait()
	e.Unchecked = append(e.Unchecked, unseen...)
	if roleErr != nil {
		e.Role = nil
		e.unchecked("what the execution role may do", roleErr)
	}
	if listErr != nil {
		e.unchecked("the names of the secrets that exist", listErr)
		return
	}
	e.Names = Existing(listed)
	e.role.listed = map[string]*Secret{}
	for i := range listed {
		e.role.listed[listed[i].Name] = &listed[i]
	}
}

// Existing are the names of the secrets that are not being deleted. The list is not nil.
func Existing(listed []Secret) []string {
	all := []string{}
	for _, s := range listed {
		if s.Deleted.IsZero() {
			all = append(all, s.Name)
		}
	}
	return all
}

// ahead reads what the examination of some connections needs in few calls: texts, and IAM's opinion.
func (d *Doctor) ahead(ctx context.Context, e *Environment, ids []string) {
	if e.Settings.Backend == nil {
		return
	}
	var asked, arns []string
	for _, id := range ids {
		for _, name := range e.Settings.Backend.Names(lookup.Connection, id, "").Asked {
			if !e.foreign(name) { // BatchGetSecretValue reads the own account's alone
				asked = append(asked, name)
			}
			if s := e.role.listed[name]; s != nil && s.Deleted.IsZero() {
				arns = append(arns, s.ARN)
			}
		}
	}
	var opinionErr error
	var looking sync.WaitGroup
	looking.Go(func() { e.role.readAhead(ctx, unique(asked)) })
	looking.Go(func() {
		ctx, cancel := context.WithTimeout(ctx, d.limit())
		defer cancel()
		if e.Role != nil && len(arns) > 0 {
			opinionErr = e.role.askIAM(ctx, unique(arns))
		}
	})
	looking.Wait()
	if opinionErr != nil {
		e.unchecked("IAM's second opinion on what the execution role may do", opinionErr)
	}
}

func unique(all []string) []string { return slices.Compact(slices.Sorted(slices.Values(all))) }

func (e *Environment) unchecked(what string, err error) {
	e.Unchecked = append(e.Unchecked, Unchecked{What: what, Why: why(err), Lacks: lacking(err)})
}

// runtime settles the versions: the spec's providers over the image's pins. A task of Airflow 3 is a worker.
func (e *Environment) runtime() error {
	rt, err := aircon.RuntimeFor(e.MWAA.Airflow)
	e.Assumed = true
	if e.Spec != nil {
		rt, err = e.Spec.Runtime(e.MWAA.Airflow)
		e.Assumed = e.Spec.Providers == nil
	}
	if err != nil {
		return fmt.Errorf("environment %s runs Airflow %s: %w", e.Name, e.MWAA.Airflow, err)
	}
	e.Runtime = rt
	if rt.Airflow.Major >= 3 {
		e.Runtime = rt.On(aircon.Worker)
	}
	return nil
}

func (e *Environment) roleARN() string {
	if e.Spec != nil && e.Spec.Role() != "" {
		return e.Spec.Role()
	}
	return e.MWAA.ExecutionRole
}

// variables composes what the environment's Airflow sees.
func (e *Environment) variables() {
	composed, hidden := mwaa.Compose(mwaa.Setup{Version: e.MWAA.Airflow, Options: e.MWAA.Options, Container: map[string]string{
		"AWS_REGION": e.Caller.Region, "AWS_DEFAULT_REGION": e.Caller.Region,
	}})
	e.Variables, e.Hidden = composed.Map(), hidden
}

// openSearch readies the search of the environment's tasks, with secrets as the Secrets Manager that they ask.
func (e *Environment) openSearch(ctx context.Context, secrets lookup.SecretsManager) error {
	e.variables()
	opts := lookup.Options{
		Runtime: e.Runtime,
		Env:     e.Variables,
		Secrets: func(context.Context, lookup.Client) (lookup.SecretsManager, error) { return secrets, nil },
		Survey:  true,
	}
	if e.Metastore != nil {
		opts.Metastore = e.Metastore
	}
	search, err := lookup.Open(ctx, opts)
	if err != nil {
		return err
	}
	e.search, e.Settings = search, search.Settings()
	_, err = lookup.ReadSettings(ctx, e.Variables, e.Runtime, nil)
	if !errors.As(err, &e.Start) && err != nil {
		return err
	}
	return nil
}

// Trace looks a connection up as a task of the environment would, with the caller's credentials or those of Assume. It needs
// airflow:GetEnvironment, and secretsmanager:GetSecretValue on the secret or sts:AssumeRole on the execution role.
func (d *Doctor) Trace(ctx context.Context, t Target, id string) (*lookup.Trace, error) {
	e, err := d.search(ctx, t)
	if err != nil {
		return nil, err
	}
	return e.search.Connection(ctx, id)
}

// Backend returns the SecretsManagerBackend of an environment, as its tasks have it: with its kwargs and versions. It needs
// airflow:GetEnvironment. It is nil where the environment has none.
func (d *Doctor) Backend(ctx context.Context, t Target) (*lookup.Backend, error) {
	e, err := d.search(ctx, t)
	if err != nil {
		return nil, err
	}
	return e.Settings.Backend, nil
}

// search readies an environment's search with the caller's own credentials, or the role's.
func (d *Doctor) search(ctx context.Context, t Target) (*Environment, error) {
	e := &Environment{Target: t}
	var err error
	if e.MWAA, err = d.AWS.Environment(ctx, t.Name); err != nil {
		return nil, err
	}
	environment, _ := policy.ParseARN(e.MWAA.ARN)
	e.Caller.Region = environment.Region
	if err := e.runtime(); err != nil {
		return nil, err
	}
	var secrets lookup.SecretsManager = d.AWS
	if d.Assume != nil {
		secrets = d.Assume(e.roleARN())
	}
	if err := d.metastore(ctx, e); err != nil {
		return nil, err
	}
	return e, e.openSearch(ctx, secrets)
}
