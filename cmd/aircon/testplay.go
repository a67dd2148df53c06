package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"aircon/internal/airflow"
	"aircon/internal/dagtest"
	"aircon/internal/pglocal"
	"aircon/internal/term"
	"aircon/localaws"
)

// tested is a test at work.
type tested struct {
	*dagTesting
	w         world
	target    loaded
	version   string
	installed *airflow.Installed
	given     airflow.Bucket
	bucket    airflow.Bucket // a copy of it, as Python writes beside what it imports
	home      string         // AIRFLOW_HOME
	stage     *stage
	progress  *term.Progress
}

// Names in a test's directory and PostgreSQL.
const (
	testState = "aws"
	testOwner = "aircon_test"
)

// play runs the test, step by step.
func (t *tested) play(ctx context.Context) (*dagtest.Result, error) {
	args := []string{"local", "--directory", testState, "--address", "127.0.0.1:0"}
	if len(t.databases) > 0 {
		args = append(args, "--database", testOwner)
	}
	if t.target.Spec.Region != "" {
		args = append(args, "--region", t.target.Spec.Region)
	}
	if err := t.stage.local(ctx, args...); err != nil {
		return nil, err
	}
	t.progress = t.w.terminal().Progress("making the environment " + t.target.Name)
	defer t.progress.Stop()
	if err := t.fill(ctx); err != nil {
		return nil, err
	}
	if err := makeEnvironment(ctx, t.stage.env, t.target.Name, t.version); err != nil {
		return nil, err
	}
	t.progress.Update("applying the spec")
	if err := t.apply(ctx); err != nil {
		return nil, err
	}
	result, err := t.airflow(ctx)
	if err != nil {
		return nil, err
	}
	result.Environment, result.Airflow = t.target.Name, t.version
	if err := t.attribute(ctx, result); err != nil {
		return nil, err
	}
	result.Judge()
	return result, nil
}

// fill makes the databases, and runs the SQL files in them.
func (t *tested) fill(ctx context.Context) error {
	dir := filepath.Join(t.stage.dir, testState)
	for _, d := range t.databases {
		if err := makeMetastore(ctx, t.stage.env, dir, d.value); err != nil {
			return fmt.Errorf("making the database %s: %w", d.value, err)
		}
	}
	for _, s := range t.scripts {
		text, err := os.ReadFile(s.value)
		if err != nil {
			return badInput{fmt.Errorf("--sql %s: %w", s.key, err)}
		}
		db, err := pglocal.Join(ctx, postgresDirectory(dir), t.stage.env["PGPORT"], s.key)
		if err != nil {
			return err
		}
		_, err = db.PgConn().Exec(ctx, "SET ROLE "+pglocal.Quote(testOwner)).ReadAll()
		if err == nil {
			if _, err = db.PgConn().Exec(ctx, string(text)).ReadAll(); err != nil {
				err = badInput{fmt.Errorf("running %s in the database %s: %w", s.value, s.key, err)}
			}
		}
		if err := errors.Join(err, db.Close(ctx)); err != nil {
			return err
		}
	}
	return nil
}

// airflow runs the DAGs.
func (t *tested) airflow(ctx context.Context) (result *dagtest.Result, err error) {
	t.progress.Update("starting Airflow " + t.version)
	e, err := findEnvironment(ctx, t.stage.env, t.target.Name)
	if err != nil {
		return nil, err
	}
	if err := dagtest.Prepare(t.home); err != nil {
		return nil, err
	}
	options := maps.Clone(e.AirflowConfigurationOptions)
	if options == nil {
		options = map[string]string{}
	}
	maps.Copy(options, dagtest.Options())
	a, err := airflow.Start(ctx, t.installed, airflow.Setup{
		Environment: e.Name, Account: e.account(), Region: t.stage.env["AWS_REGION"], Options: options, Bucket: t.bucket, Home: t.home,
		Triggerer: t.triggerer, Endpoint: t.stage.env["AWS_ENDPOINT_URL"], Assume: assumer(t.stage.env, e, 0),
	})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, a.Stop(context.WithoutCancel(ctx))) }()
	bag, err := t.list(ctx, a)
	if err != nil {
		return nil, err
	}
	result = &dagtest.Result{}
	ids := t.dags
	if len(ids) == 0 {
		ids, result.ImportErrors = bag.DAGs, bag.Errors
	}
	if err := known(bag, ids, a.Mask); err != nil {
		return nil, err
	}
	healthy, cancel := context.WithTimeout(ctx, healthyTime)
	defer cancel()
	if err := a.Healthy(healthy); err != nil {
		return nil, err
	}
	if result.DAGs, err = t.runs(ctx, a, ids); err != nil {
		return nil, err
	}
	return result, result.Read(t.home, func(text string) string {
		return strings.ReplaceAll(a.Mask.Text(text), t.bucket.DAGs, t.given.DAGs)
	})
}

// list reads the folder of DAGs while Airflow starts.
func (t *tested) list(ctx context.Context, a *airflow.Airflow) (*dagtest.Bag, error) {
	var environ []string
	for name, v := range a.Variables {
		environ = append(environ, name+"="+v.Text)
	}
	bag, err := dagtest.List(ctx, t.installed.Python(), environ, t.bucket.DAGs, t.home)
	if err != nil {
		return nil, errors.New(a.Mask.Text(err.Error()))
	}
	return bag, nil
}

// known refuses what is not in the folder.
func known(bag *dagtest.Bag, ids []string, mask *airflow.Mask) error {
	for _, id := range ids {
		if slices.Contains(bag.DAGs, id) {
			continue
		}
		text := fmt.Sprintf("there is no DAG %q; there are %s", id, strings.Join(bag.DAGs, ", "))
		for _, e := range bag.Errors {
			text += fmt.Sprintf("; %s cannot be imported: %s", e.File, mask.Text(lastLine(e.Text)))
		}
		return badInput{errors.New(text)}
	}
	if len(ids) == 0 && len(bag.Errors) == 0 {
		return badInput{errors.New("there is no DAG in the directory: name the one with the DAG files, or one that holds it as dags/")}
	}
	return nil
}

// runs gives each DAG its run, and waits for the end of all, or of one of Airflow's processes.
func (t *tested) runs(ctx context.Context, a *airflow.Airflow, ids []string) ([]dagtest.DAG, error) {
	if err := a.Announce(); err != nil {
		return nil, err
	}
	running, err := airflow.FindRunning(t.home)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	go func() {
		select {
		case err := <-a.Failed():
			fail(err)
		case <-ctx.Done():
		}
	}()
	runner := dagtest.Runner{API: running, Version: t.version, Conf: json.RawMessage(t.conf), Pause: nap, Said: t.progress.Update}
	t.progress.Update("waiting for Airflow to read the DAGs")
	dags, err := runner.Run(ctx, ids)
	if errors.Is(err, context.Canceled) {
		err = context.Cause(ctx)
	}
	return dags, err
}

// attribute adds the connections that the tasks asked for, resolved as Airflow does.
func (t *tested) attribute(ctx context.Context, result *dagtest.Result) error {
	var events []localaws.Event
	err := readAudit(ctx, filepath.Join(t.stage.dir, testState), false, func(line []byte) error {
		var e localaws.Event
		if err := json.Unmarshal(line, &e); err == nil {
			events = append(events, e)
		}
		return nil
	})
	if err != nil {
		return err
	}
	result.Attribute(events, "/"+t.target.Name+"-execution/", t.target.Spec.ConnectionsPrefix().ID)
	resolved := map[string]*dagtest.Address{}
	return result.Connections(func(c *dagtest.Connection) error {
		if resolved[c.ID] == nil {
			text, err := t.stage.output(ctx, exitDone, t.args("get", c.ID, "--as-role", "--reveal"))
			if err != nil {
				return fmt.Errorf("looking up %s, which Airflow found: %w", c.ID, err)
			}
			a, err := addressOf(text)
			if err != nil {
				return fmt.Errorf("looking up %s: %w", c.ID, err)
			}
			resolved[c.ID] = a
		}
		c.Fields = resolved[c.ID]
		return nil
	})
}

// addressOf takes from a connection's JSON what is not secret.
func addressOf(text string) (*dagtest.Address, error) {
	a := new(dagtest.Address)
	if err := json.Unmarshal([]byte(text), a); err != nil {
		return nil, errors.New("the connection is not JSON as Airflow writes it") // the error could quote it
	}
	return a, nil
}

// args are those of a command about the test's environment.
func (t *tested) args(words ...string) []string {
	return append(words, "--file", testSpecFile, "--environment", t.target.Name)
}
