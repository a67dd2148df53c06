package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"aircon"
	"aircon/internal/awsapi"
	"aircon/internal/doctor"
	"aircon/internal/rolecreds"
	"aircon/internal/taskenv"
	"aircon/internal/term"
	"aircon/mwaa"
)

// taskFlags say as which environment's task a program runs, and what it gets besides.
type taskFlags struct {
	at       targetFlags
	asCaller bool
	dags     string
	startup  string
	given    givenFlags
}

func (f *taskFlags) flag(c *cobra.Command) {
	f.at.place(c)
	c.Flags().BoolVar(&f.asCaller, "as-caller", false, "with your own credentials, where the execution role's trust policy does not let you assume it")
	c.Flags().StringVar(&f.dags, "dags", "", "directory of the DAG files: AIRFLOW__CORE__DAGS_FOLDER (default: dags below AIRFLOW_HOME)")
	c.Flags().StringVar(&f.startup, "startup-script", "", "the environment's startup script, run here with bash; what it exports counts as on MWAA")
	f.given.flag(c)
}

// named takes the environment's name from a command's arguments.
func (f *taskFlags) named(args []string) error {
	switch {
	case len(args) == 0:
		return nil
	case len(args) > 1:
		return usageError{fmt.Errorf("one environment at a time; named are %s", strings.Join(args, ", "))}
	case f.at.environment != "" && f.at.environment != args[0]:
		return usageError{fmt.Errorf("two environments are named: %s, and --environment %s", args[0], f.at.environment)}
	}
	f.at.environment = args[0]
	return nil
}

// task is an environment as its tasks see it, and what a program that runs as one gets.
type task struct {
	*doctor.Environment
	asCaller bool
	api      *awsapi.Client // the caller's
	account  awsapi.Options // by which an attendant opens the same
	set      taskenv.Set
}

// open reads how the environment is set up, and composes its variables for this machine. It needs airflow:GetEnvironment.
func (f *taskFlags) open(ctx context.Context, w world) (*task, error) {
	target, err := f.at.load()
	if err != nil {
		return nil, err
	}
	api, err := f.at.connect(ctx, target)
	if err != nil {
		return nil, err
	}
	d := doctor.Doctor{AWS: api}
	env, err := d.Setup(ctx, target.Target)
	if err != nil {
		return nil, err
	}
	t := &task{Environment: env, asCaller: f.asCaller, api: api, account: f.at.account(target), set: taskenv.Set{}}
	container, err := t.container()
	if err != nil {
		return nil, err
	}
	setup := mwaa.Setup{Version: env.MWAA.Airflow, Options: env.MWAA.Options, Container: container}
	t.compose(setup)
	if f.startup != "" {
		if setup.Startup, err = runStartup(ctx, w, f.startup, t.set); err != nil {
			return nil, err
		}
		t.compose(setup)
	}
	return t, t.here(f.dags)
}

// compose adds what Airflow sees of a setup.
func (t *task) compose(s mwaa.Setup) {
	composed, _ := mwaa.Compose(s)
	t.set.AddEnvironment(taskenv.Local(composed))
}

// container is what MWAA's container would start with, as far as it holds on this machine.
func (t *task) container() (map[string]string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, fmt.Errorf("a home for Airflow: %w", err)
	}
	return map[string]string{
		"AWS_REGION": t.Caller.Region, "AWS_DEFAULT_REGION": t.Caller.Region, "AIRFLOW_ENV_NAME": t.Name, "AIRFLOW_VERSION": t.MWAA.Airflow,
		"AIRFLOW_HOME": filepath.Join(cache, "aircon", "airflow", t.Caller.Region+"-"+t.Name),
	}, nil
}

// here gives what keeps a program on this machine from finding other credentials or another AWS, and the DAG files where they are.
func (t *task) here(dags string) error {
	t.set.AddPlain("aircon: no credentials of this machine's", map[string]string{
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "AWS_EC2_METADATA_DISABLED": "true",
	})
	const where = "aircon: where the environment was found"
	for _, line := range os.Environ() {
		if name, value, _ := strings.Cut(line, "="); strings.HasPrefix(name, "AWS_ENDPOINT_URL") && value != "" {
			t.set.AddPlain(where, map[string]string{name: value})
		}
	}
	if endpoint := t.api.Endpoint(); endpoint != "" {
		t.set.AddPlain(where, map[string]string{"AWS_ENDPOINT_URL": endpoint})
	}
	if dags == "" {
		return nil
	}
	folder, err := filepath.Abs(dags)
	if err != nil {
		return err
	}
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return usageError{fmt.Errorf("--dags %s: there is no such directory", dags)}
	}
	t.set.AddPlain("--dags", map[string]string{"AIRFLOW__CORE__DAGS_FOLDER": folder})
	return nil
}

// home makes the directory that AIRFLOW_HOME names, which is this user's alone.
func (t *task) home() error { return os.MkdirAll(t.set["AIRFLOW_HOME"].Value.Reveal(), 0o700) }

// execSession is the name under which the role is assumed, as CloudTrail shows it.
const execSession = "aircon-exec"

// credentials gets those that the program is to have: the execution role's, or the caller's own. The role's need sts:AssumeRole.
func (t *task) credentials(ctx context.Context) (rolecreds.Credentials, error) {
	if t.asCaller {
		return t.api.OwnCredentials(ctx)
	}
	got, err := t.api.RoleCredentials(ctx, t.ExecutionRole(), execSession, 0)
	if code(err) == "AccessDenied" {
		err = &term.Problem{
			What: "you may not assume the execution role " + t.ExecutionRole(), Why: err.Error(),
			Next: "let its trust policy and your own policies allow sts:AssumeRole, or run with your own credentials:  --as-caller", Err: err,
		}
	}
	return got, err
}

// eyes is the client that reads with those credentials.
func (t *task) eyes() *awsapi.Client {
	if t.asCaller {
		return t.api
	}
	return t.api.As(t.ExecutionRole(), execSession)
}

// code is AWS's code of an error, or "".
func code(err error) string {
	if coded, ok := errorAs[interface{ ErrorCode() string }](err); ok {
		return coded.ErrorCode()
	}
	return ""
}

// whose says, for a person, whose credentials the program has.
func (t *task) whose() string {
	if t.asCaller {
		return "your own credentials, which may do other things than the execution role"
	}
	return "the credentials of " + t.ExecutionRole()
}

// environ is the whole environment of a program, the caller's kept variables included.
func (t *task) environ(keep []string) []string {
	machine := taskenv.Machine(os.Environ(), keep)
	for _, name := range keep {
		if _, kept := machine[name]; kept {
			delete(t.set, name)
		}
	}
	return t.set.Environ(machine)
}

// reveal is variables without their wrapping, for a pipe to the process that is to have them.
func reveal(secrets map[string]aircon.Secret) map[string]string {
	plain := make(map[string]string, len(secrets))
	for name, secret := range secrets {
		plain[name] = secret.Reveal()
	}
	return plain
}
