package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"aircon/internal/airflow"
	"aircon/localaws/mwaa"
)

// localRuntime runs a real Airflow for each environment of a local AWS. DAGs come from directories that stand for S3's buckets.
type localRuntime struct {
	directory string // of local AWS
	buckets   string // directory, with a directory for each bucket in it
	log       *slog.Logger

	ready chan struct{}     // closed when local AWS listens
	env   map[string]string // of local AWS, as "local env" prints it; set before ready is closed

	mu      sync.Mutex
	running map[string]*airflow.Airflow // by the environment's ARN
}

func newLocalRuntime(directory, buckets string, log *slog.Logger) *localRuntime {
	if buckets == "" {
		buckets = filepath.Join(directory, "buckets")
	}
	return &localRuntime{directory: directory, buckets: buckets, log: log, ready: make(chan struct{}), running: map[string]*airflow.Airflow{}}
}

// serve says that local AWS listens, and what points at it.
func (r *localRuntime) serve(env map[string]string) {
	r.env = env
	close(r.ready)
}

// Running lists the environments whose Airflow runs.
func (r *localRuntime) Running() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Collect(maps.Keys(r.running))
}

// Run makes an environment's Airflow run with its settings.
func (r *localRuntime) Run(ctx context.Context, s mwaa.RuntimeSettings) error {
	select {
	case <-r.ready:
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := r.End(ctx, s.ARN); err != nil {
		return err
	}
	bucket, err := r.bucket(s)
	if err != nil {
		return err
	}
	dir, err := airflow.DefaultCacheDir()
	if err != nil {
		return err
	}
	said := func(line string) { r.log.Info(line, "environment", s.Name) }
	cache := airflow.Cache{Dir: dir, Environ: os.Environ(), Said: said}
	i, err := cache.Install(ctx, s.Version, bucket.Requirements)
	if err != nil {
		return err
	}
	e := &localMWAA{Name: s.Name, Arn: s.ARN, AirflowVersion: s.Version, ExecutionRoleArn: s.ExecutionRole}
	a, err := airflow.Start(ctx, i, airflow.Setup{
		Environment: s.Name, Account: s.Account, Region: s.Region, Options: s.Options, Bucket: bucket,
		Home: airflowHome(r.directory, s.ARN), Endpoint: r.env["AWS_ENDPOINT_URL"], Assume: assumer(r.env, e, 0), Redeem: redeemer(r.env, e),
	})
	if err != nil {
		return err
	}
	healthy, cancel := context.WithTimeout(ctx, healthyTime)
	defer cancel()
	if err := a.Healthy(healthy); err != nil {
		return errors.Join(err, a.Stop(context.WithoutCancel(ctx)))
	}
	if err := a.Announce(); err != nil {
		return errors.Join(err, a.Stop(context.WithoutCancel(ctx)))
	}
	r.log.Info("Airflow is healthy", "environment", s.Name, "version", s.Version, "url", a.URL)
	r.mu.Lock()
	r.running[s.ARN] = a
	r.mu.Unlock()
	go r.watch(s, a)
	return nil
}

// watch takes an Airflow off the list when one of its processes ends by itself, so that it is started again.
func (r *localRuntime) watch(s mwaa.RuntimeSettings, a *airflow.Airflow) {
	err := <-a.Failed()
	r.mu.Lock()
	ours := r.running[s.ARN] == a
	if ours {
		delete(r.running, s.ARN)
	}
	r.mu.Unlock()
	if ours { // otherwise it was asked to end
		r.log.Error("Airflow ended", "environment", s.Name, "error", errors.Join(err, a.Stop(context.Background())))
	}
}

// End ends an environment's Airflow.
func (r *localRuntime) End(ctx context.Context, arn string) error {
	r.mu.Lock()
	a := r.running[arn]
	delete(r.running, arn)
	r.mu.Unlock()
	if a == nil {
		return nil
	}
	return a.Stop(context.WithoutCancel(ctx))
}

// close ends all of them, at once.
func (r *localRuntime) close(ctx context.Context) error {
	var all sync.WaitGroup
	var mu sync.Mutex
	var failed error
	for _, arn := range r.Running() {
		all.Go(func() {
			err := r.End(ctx, arn)
			mu.Lock()
			defer mu.Unlock()
			failed = errors.Join(failed, err)
		})
	}
	all.Wait()
	return failed
}

// bucket finds what an environment takes from its bucket.
func (r *localRuntime) bucket(s mwaa.RuntimeSettings) (b airflow.Bucket, err error) {
	root, err := filepath.Abs(filepath.Join(r.buckets, s.Bucket))
	if err != nil {
		return b, err
	}
	at := func(path string) string {
		if path == "" {
			return ""
		}
		local := filepath.FromSlash(strings.Trim(path, "/"))
		if !filepath.IsLocal(local) {
			err = errors.Join(err, fmt.Errorf("%s leads out of the bucket %s", path, s.Bucket))
			return ""
		}
		full := filepath.Join(root, local)
		if _, missing := os.Stat(full); missing != nil && path != s.DAGs {
			err = errors.Join(err, fmt.Errorf("the bucket %s has no %s: it would be the file %s", s.Bucket, path, full))
		}
		return full
	}
	b = airflow.Bucket{DAGs: at(s.DAGs), Plugins: at(s.Plugins), Startup: at(s.StartupScript)}
	requirements := at(s.Requirements)
	if err != nil {
		return b, err
	}
	if requirements != "" {
		text, err := os.ReadFile(requirements)
		if err != nil {
			return b, err
		}
		b.Requirements = string(text)
	}
	return b, os.MkdirAll(b.DAGs, 0o700)
}
