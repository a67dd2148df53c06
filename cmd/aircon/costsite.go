package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"aircon"
	"aircon/cost"
	"aircon/internal/doctor"
	"aircon/internal/plan"
	"aircon/internal/spec"
	"aircon/lookup"
	"aircon/mwaa"
)

// site is what is known of the Airflow that is billed, before the flags.
type site struct {
	version   string            // "" where nobody says it
	variables map[string]string // of its processes; nil where nobody says them
	names     []string          // of the secrets that it has; nil where nobody says them
	ids       []string          // conn_ids that DAG files may ask for
}

// siteOf is what a spec says by itself.
func siteOf(e *spec.Environment) site {
	if e == nil {
		return site{}
	}
	s := site{version: e.Version(), ids: e.Connections.Keys(), names: []string{}, variables: backendVariables(plan.Kwargs(e))}
	for _, id := range s.ids {
		s.names = append(s.names, e.ConnectionsPrefix().Name(id))
	}
	for _, key := range e.Variables.Keys() {
		s.names = append(s.names, e.VariablesPrefix().Name(key))
	}
	return s
}

// backendVariables set up SecretsManagerBackend with kwargs.
func backendVariables(kwargs string) map[string]string {
	return map[string]string{"AIRFLOW__SECRETS__BACKEND": lookup.BackendClass, "AIRFLOW__SECRETS__BACKEND_KWARGS": kwargs}
}

// readSite reads an environment and the names of the secrets below its prefixes.
func readSite(ctx context.Context, aws doctor.AWS, target doctor.Target) (site, error) {
	d := doctor.Doctor{AWS: aws}
	e, err := d.Setup(ctx, target)
	if err != nil {
		return site{}, err
	}
	s := site{version: e.Runtime.Airflow.String(), variables: e.Variables, names: []string{}}
	listed, err := aws.Secrets(ctx)
	if err != nil {
		return site{}, err
	}
	b := e.Settings.Backend
	if b == nil {
		return s, nil
	}
	for _, kind := range backendKinds {
		prefix, asked := b.Prefix(kind)
		for _, name := range doctor.Existing(listed) {
			id, below := strings.CutPrefix(name, prefix)
			if !asked || !below || slices.Contains(s.names, name) {
				continue
			}
			s.names = append(s.names, name)
			if kind == lookup.Connection {
				s.ids = append(s.ids, id)
			}
		}
	}
	return s, nil
}

// airflowFlags say what of an Airflow matters to its bill. Those that are not given leave what the environment says.
type airflowFlags struct {
	version, kwargs          string
	interval, parseTime, ttl time.Duration
	processors, processes    int
	secrets, replicas        int
	cache, offline           bool
}

func (f *airflowFlags) flag(c *cobra.Command) {
	flags := c.Flags()
	flags.BoolVar(&f.offline, "offline", false, "ask nobody: the spec and the flags say it all")
	flags.StringVar(&f.version, "airflow", "", "Airflow's version (default: the environment's, or the newest that MWAA runs)")
	flags.StringVar(&f.kwargs, "kwargs", "", "secrets.backend_kwargs (default: the environment's, or MWAA's own)")
	flags.DurationVar(&f.interval, "parse-interval", 30*time.Second, "min_file_process_interval: how often each DAG file is parsed")
	flags.DurationVar(&f.parseTime, "parse-time", 0, "how long a DAG file takes to parse, where the processes may not keep up with the interval")
	flags.IntVar(&f.processes, "parsing-processes", 2, "parsing_processes of each DAG processor")
	flags.IntVar(&f.processors, "dag-processors", 2, "how many DAG processors parse all files: on MWAA one for each scheduler")
	flags.BoolVar(&f.cache, "use-cache", false, "secrets.use_cache")
	flags.DurationVar(&f.ttl, "cache-ttl", 15*time.Minute, "secrets.cache_ttl_seconds")
	flags.IntVar(&f.secrets, "secrets", 0, "how many secrets are stored (default: those that the environment or the spec has)")
	flags.IntVar(&f.replicas, "replicas", 0, "in how many further regions each secret is: a replica costs as much as a secret")
}

// apply makes the Airflow that is billed: the site's, with what the flags say.
func (f *airflowFlags) apply(ctx context.Context, given *pflag.FlagSet, s site) (cost.Airflow, error) {
	versions := aircon.Versions()
	rt, err := aircon.RuntimeFor(cmp.Or(f.version, s.version, versions[len(versions)-1].String()))
	if err != nil {
		return cost.Airflow{}, usageError{fmt.Errorf("--airflow: %w", err)}
	}
	env := s.variables
	if f.kwargs != "" || env == nil {
		env = backendVariables(cmp.Or(f.kwargs, mwaa.DefaultKwargs))
	}
	worker, err := lookup.ReadSettings(ctx, env, rt.On(aircon.Worker), nil)
	if err != nil {
		return cost.Airflow{}, badInput{err}
	}
	server, err := lookup.ReadSettings(ctx, env, rt.On(aircon.Server), nil)
	if err != nil {
		return cost.Airflow{}, badInput{err}
	}
	a := cost.Airflow{
		Runtime: rt, Worker: worker.Backend, Server: server.Backend, UseCache: f.cache, CacheTTL: f.ttl, Interval: f.interval, Processors: f.processors,
		Processes: f.processes, ParseTime: f.parseTime, Secrets: len(s.names), Replicas: f.replicas,
	}
	if given.Changed("secrets") {
		a.Secrets = f.secrets
	}
	err = fromOptions(&a, env, given)
	return a, err
}

// fromOptions takes over what the environment's options say and no flag does.
func fromOptions(a *cost.Airflow, env map[string]string, given *pflag.FlagSet) error {
	section := "SCHEDULER"
	if a.Runtime.Airflow.Major >= 3 {
		section = "DAG_PROCESSOR"
	}
	number := func(flag, variable string, use func(int)) error {
		text, set := env[variable]
		if !set || given.Changed(flag) {
			return nil
		}
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil || n < 0 {
			return badInput{fmt.Errorf("%s is %q, and Airflow wants a number there; --%s says another", variable, text, flag)}
		}
		use(n)
		return nil
	}
	if err := number("parse-interval", "AIRFLOW__"+section+"__MIN_FILE_PROCESS_INTERVAL", func(n int) { a.Interval = time.Duration(n) * time.Second }); err != nil {
		return err
	}
	if err := number("parsing-processes", "AIRFLOW__"+section+"__PARSING_PROCESSES", func(n int) { a.Processes = n }); err != nil {
		return err
	}
	if err := number("cache-ttl", "AIRFLOW__SECRETS__CACHE_TTL_SECONDS", func(n int) { a.CacheTTL = time.Duration(n) * time.Second }); err != nil {
		return err
	}
	if !given.Changed("use-cache") {
		switch strings.ToLower(strings.TrimSpace(env["AIRFLOW__SECRETS__USE_CACHE"])) {
		case "t", "true", "1":
			a.UseCache = true
		}
	}
	return nil
}

// workloadFlags make a workload of like DAG files.
type workloadFlags struct {
	files, topLevel, tasks int
	schedule, operator     string
}

func (f *workloadFlags) flag(c *cobra.Command) {
	flags := c.Flags()
	flags.IntVar(&f.files, "dag-files", 0, "how many DAG files there are, each with one DAG")
	flags.IntVar(&f.topLevel, "top-level", 0, "how many connections each of them looks up at its top level")
	flags.StringVar(&f.schedule, "schedule", "@daily", "when each DAG runs: a cron expression, a preset, or timedelta(minutes=5)")
	flags.IntVar(&f.tasks, "tasks", 1, "how many tasks of each DAG look up a connection")
	flags.StringVar(&f.operator, "operator", "PostgresHook", "by what they do: PostgresHook or SQLExecuteQueryOperator")
}

// check refuses what no DAG file can be.
func (f *workloadFlags) check() error {
	if _, err := cost.RunsPerMonth(f.schedule); err != nil {
		return usageError{fmt.Errorf("--schedule: %w", err)}
	}
	if _, known := cost.Operators[f.operator]; !known {
		return usageError{fmt.Errorf("--operator %q: it takes PostgresHook or SQLExecuteQueryOperator", f.operator)}
	}
	if f.files < 0 || f.tasks < 0 || f.topLevel < 0 {
		return usageError{errors.New("there is no negative number of files, tasks or lookups")}
	}
	return nil
}

// workload makes the DAG files; they ask for the ids in turn.
func (f *workloadFlags) workload(ids []string) (cost.Workload, error) {
	if err := f.check(); err != nil {
		return cost.Workload{}, err
	}
	if len(ids) == 0 {
		ids = []string{"my_postgres_db"}
	}
	var w cost.Workload
	next := 0
	id := func() string {
		next++
		return ids[(next-1)%len(ids)]
	}
	for i := range f.files {
		file := cost.File{Path: fmt.Sprintf("dags/dag_%d.py", i+1)}
		for range f.topLevel {
			file.Lookups = append(file.Lookups, cost.Lookup{ID: id()})
		}
		d := cost.DAG{ID: fmt.Sprintf("dag_%d", i+1), Schedule: f.schedule}
		for range f.tasks {
			d.Tasks = append(d.Tasks, cost.Task{Operator: f.operator, ConnID: id()})
		}
		file.DAGs = []cost.DAG{d}
		w.Files = append(w.Files, file)
	}
	return w, nil
}
