package mwaa

import (
	"context"
	"strings"
	"time"

	"aircon/localaws/op"
	"aircon/mwaa"
)

// Runtime runs the Airflows of environments. Its methods may be called at once for several environments, and one at a time for each.
type Runtime interface {
	// Run makes an environment's Airflow run with these settings, in place of one that runs, and returns when it is healthy. LastUpdate
	// tells the error's text.
	Run(ctx context.Context, s RuntimeSettings) error
	// End ends an environment's Airflow. One that does not run is no error.
	End(ctx context.Context, arn string) error
	// Running lists the ARNs of the environments whose Airflow runs.
	Running() []string
}

// RuntimeSettings are those of an environment that its Airflow hangs on. Paths are below the bucket's root; "" means none.
type RuntimeSettings struct {
	Name, ARN, Account, Region string
	Version                    string
	ExecutionRole              string            // ARN
	Options                    map[string]string // section.option to value: never shown
	Bucket                     string            // name
	DAGs                       string
	Plugins                    string
	Requirements               string
	StartupScript              string
}

// runtimeSettings reads them from a version of an environment.
func (v *version) runtimeSettings(c *op.Call) (RuntimeSettings, error) {
	e := &v.Environment
	options, err := v.options(c)
	parts := append(strings.SplitN(e.Arn, ":", 6), "", "", "", "", "")
	return RuntimeSettings{
		Name: e.Name, ARN: e.Arn, Account: parts[4], Region: parts[3], Version: e.AirflowVersion, ExecutionRole: e.ExecutionRoleArn, Options: options,
		Bucket: e.SourceBucketArn[strings.LastIndexByte(e.SourceBucketArn, ':')+1:],
		DAGs:   e.DagS3Path, Plugins: e.PluginsS3Path, Requirements: e.RequirementsS3Path, StartupScript: e.StartupScriptS3Path,
	}, err
}

// work is what the runtime has to do; nil where there is none.
func (s *service) work() *op.Work {
	if s.options.Runtime == nil {
		return nil
	}
	return &op.Work{Due: s.due, Do: s.run}
}

// stray begins the key of work on an Airflow whose environment is not there any more, as after a reset of the state; its ARN follows.
const stray = "stray "

// due lists the environments of which something is under way, those that should run and do not, and what runs without one.
func (s *service) due(c *op.Call) (keys []string, next time.Time, err error) {
	running := map[string]bool{}
	for _, arn := range s.options.Runtime.Running() {
		running[arn] = true
	}
	for row, err := range environments.Scan(c.Tx, "", "") {
		if err != nil {
			return nil, next, err
		}
		now, there := row.Value.at(c.Now)
		e := &now.Settled.Environment
		if there && (now.Waits || e.Status.Runs() && !running[e.Arn]) {
			keys = append(keys, row.Key)
		}
		if there {
			delete(running, e.Arn)
		}
	}
	for arn := range running {
		keys = append(keys, stray+arn)
	}
	return keys, next, nil
}

// run does what an environment waits for.
func (s *service) run(ctx context.Context, b op.Background, key string) error {
	if arn, ok := strings.CutPrefix(key, stray); ok {
		return s.options.Runtime.End(ctx, arn)
	}
	var r *record
	var settled, next RuntimeSettings
	err := b.View(func(c *op.Call) (err error) {
		if r, err = environments.Get(c.Tx, key); r == nil || err != nil {
			return err
		}
		if settled, err = r.Settled.runtimeSettings(c); err == nil && r.Next != nil {
			next, err = r.Next.runtimeSettings(c)
		}
		return err
	})
	if r == nil || err != nil {
		return err
	}
	failure := r.Fails
	switch runtime := s.options.Runtime; {
	case !r.Waits: // a process before this one ran it
		return runtime.Run(ctx, settled)
	case r.deleting():
		if err := runtime.End(ctx, settled.ARN); err != nil {
			return err
		}
	case failure != nil: // a fault was injected
	case r.Next != nil:
		failure = s.replace(ctx, b, key, settled, next)
	default:
		failure = failed(runtime.Run(ctx, settled))
	}
	if ctx.Err() != nil {
		return ctx.Err() // the next process goes on
	}
	return change(b, key, func(c *op.Call, r *record) { r.Waits, r.Ends, r.Fails = false, c.Now, failure })
}

// replace runs an environment with its new settings, or rolls back to the former ones.
func (s *service) replace(ctx context.Context, b op.Background, key string, settled, next RuntimeSettings) *Failure {
	failure := failed(s.options.Runtime.Run(ctx, next))
	if failure == nil || ctx.Err() != nil {
		return failure
	}
	err := change(b, key, func(_ *op.Call, r *record) { r.Settled.Environment.Status = mwaa.RollingBack })
	if err == nil {
		err = s.options.Runtime.Run(ctx, settled)
	}
	failure.Lost = err != nil
	return failure
}

// failed is how what the runtime could not do ends; nil for no error.
func failed(err error) *Failure {
	if err == nil {
		return nil
	}
	return &Failure{UpdateError: UpdateError{IncorrectConfiguration().ErrorCode, err.Error()}}
}

// change changes a record that is still there.
func change(b op.Background, key string, fn func(*op.Call, *record)) error {
	return b.Update(func(c *op.Call) error {
		r, err := environments.Get(c.Tx, key)
		if r == nil || err != nil {
			return err
		}
		changed := *r
		fn(c, &changed)
		return environments.Put(c.Tx, key, &changed)
	})
}
