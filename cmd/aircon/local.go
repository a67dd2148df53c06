package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"aircon/internal/store"
	"aircon/localaws"
	"aircon/localaws/mwaa"
	"aircon/localaws/secretsmanager"
)

// localFlags say which local AWS is meant.
type localFlags struct {
	directory string
	identity  string // file; "" means a root key in a file of mode 0600
	address   string
	memory    bool
	account   string
	region    string
	database  string
	rotators  []string // ARN=URL
	anywhere  bool     // whether a rotator may be on another machine

	airflows bool   // whether a real Airflow runs for each environment
	buckets  string // directory of what environments find in S3

	organization string // file; "" means none
	out          output
}

// mwaaTime is how long MWAA takes here for what takes it half an hour on AWS: long enough to see its states.
const mwaaTime = time.Second

// environmentFile lies in the data directory and holds what "local env" prints, but for the keys.
const environmentFile = "environment.json"

func newLocal(w world) *cobra.Command {
	f := new(localFlags)
	c := &cobra.Command{
		Use:   "local",
		Short: "run a local AWS: Secrets Manager, IAM, STS, KMS and MWAA",
		Long: `local runs Secrets Manager, IAM, STS, KMS and MWAA on this machine until it is interrupted. Signatures are verified and
policies enforced as AWS does; state lies encrypted in a directory, and what was acknowledged survives a crash.

In another shell, point any AWS client at it, aircon itself included:

  eval "$(aircon local env)"`,
		Example: "  aircon local\n  aircon local --memory --address 127.0.0.1:0",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return f.run(c.Context(), w) },
	}
	c.PersistentFlags().StringVar(&f.directory, "directory", defaultLocalDirectory(w), "where the state lies")
	c.Flags().StringVar(&f.address, "address", "127.0.0.1:4566", "host and port to listen on; port 0 takes a free one")
	c.Flags().StringVar(&f.identity, "identity", "", "file of the age identity that the directory's root key is, or is to be, encrypted to")
	c.Flags().BoolVar(&f.memory, "memory", false, "keep the state in memory, and lose it at the end")
	c.Flags().StringVar(&f.account, "account", localaws.DefaultAccount, "the account to make in an empty directory")
	c.Flags().StringVar(&f.region, "region", localaws.DefaultRegion, "the region that local env names; all regions are served")
	c.Flags().StringVar(&f.database, "database", "", "serve a PostgreSQL database of this name too, owned by a role of the same name")
	c.Flags().StringArrayVar(&f.rotators, "rotator", nil, "ARN=URL of a rotation function: where Secrets Manager sends its events, as to Lambda's runtime interface emulator; repeatable. Put no credentials into the URL: the machine's process list shows it")
	c.Flags().BoolVar(&f.anywhere, "rotator-anywhere", false, "let rotators be on other machines too")
	c.Flags().StringVar(&f.organization, "organization", "", "JSON file of an AWS Organization that the accounts belong to, with its service and resource control policies")
	c.Flags().BoolVar(&f.airflows, "airflow-runtime", false, "run a real Airflow for each environment of MWAA: it is AVAILABLE when that is healthy")
	c.Flags().StringVar(&f.buckets, "buckets", "", "with --airflow-runtime: directory with a directory for each S3 bucket that environments name; default: buckets in --directory")
	f.out.flag(c)
	c.AddCommand(newLocalEnv(w, f), newLocalEnvironment(w, f), newLocalCall(w, f), newLocalLogs(w, f), newLocalFault(w, f), newLocalAccount(w, f),
		newLocalAirflow(w, f), newLocalSnapshot(w, f), newLocalReset(w, f), newLocalBackup(w, f), newLocalRestore(w, f))
	return c
}

// defaultLocalDirectory is where the XDG base directory specification keeps a user's state.
func defaultLocalDirectory(w world) string {
	state := w.getenv("XDG_STATE_HOME")
	if state == "" {
		state = filepath.Join(w.getenv("HOME"), ".local", "state")
	}
	return filepath.Join(state, "aircon", "local")
}

// run serves until the context ends.
func (f *localFlags) run(ctx context.Context, w world) error {
	if err := f.out.check(); err != nil {
		return err
	}
	if err := f.check(); err != nil {
		return err
	}
	rotators, err := readRotators(f.rotators, f.anywhere)
	if err != nil {
		return err
	}
	organization, err := readOrganization(f.organization)
	if err != nil {
		return err
	}
	debug.SetGCPercent(200) // a small heap that is collected less often, and still under 40 MiB in all
	o := localaws.Options{
		Directory: f.directory, Identity: f.identity, Account: f.account, Region: f.region, Log: slog.New(slog.NewTextHandler(w.err, nil)),
		MWAA:           mwaa.Options{Create: mwaaTime, Update: mwaaTime, Delete: mwaaTime, WebServers: &webServers{directory: f.directory}},
		SecretsManager: secretsmanager.Options{Rotators: rotators},
		Organisation:   organization,
	}
	var runtime *localRuntime
	if f.airflows {
		runtime = newLocalRuntime(f.directory, f.buckets, o.Log)
		o.MWAA.Runtime = runtime
	}
	if f.memory {
		if f.airflows {
			return usageError{errors.New("--airflow-runtime needs a directory: leave --memory out")}
		}
		if f.database != "" {
			return usageError{errors.New("--database needs a directory: leave --memory out")}
		}
		o.Directory = ""
	}
	s, err := localaws.New(o)
	if err != nil {
		return err
	}
	err = errors.Join(f.listen(ctx, w, s, runtime), s.Close())
	if runtime != nil { // what became healthy in the last moment
		err = errors.Join(err, runtime.close(context.WithoutCancel(ctx)))
	}
	return err
}

// check refuses what no machine could carry out.
func (f *localFlags) check() error {
	if _, err := net.ResolveTCPAddr("tcp", f.address); err != nil {
		return usageError{fmt.Errorf("--address %q: %w; it takes a host and a port, such as 127.0.0.1:4566", f.address, err)}
	}
	if f.directory == "" && !f.memory {
		return usageError{errors.New("--directory is empty, and would be the one that you are in: name it, such as . itself")}
	}
	if len(f.account) != 12 || strings.Trim(f.account, "0123456789") != "" {
		return usageError{fmt.Errorf("--account %q is not one of AWS's: it takes 12 digits", f.account)}
	}
	return nil
}

func (f *localFlags) listen(ctx context.Context, w world, s *localaws.Server, runtime *localRuntime) (err error) {
	l, err := net.Listen("tcp", f.address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("the address %s is in use: stop what listens there, or choose another with --address", f.address)
	}
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w", f.address, err)
	}
	if exposed(l.Addr()) {
		w.terminal().Warn("%s can be reached from other machines, and nothing encrypts the answers on the way: give the secrets of tests only", l.Addr())
	}
	env := s.Env("http://" + l.Addr().String())
	if f.database != "" {
		server, variables, err := startDatabase(ctx, f.directory, f.database)
		if err != nil {
			return errors.Join(err, l.Close())
		}
		defer func() { err = errors.Join(err, server.Stop(context.WithoutCancel(ctx))) }()
		maps.Copy(env, variables)
	}
	if !f.memory {
		if err := saveEnvironment(f.directory, env); err != nil {
			return errors.Join(err, l.Close())
		}
	}
	if err := f.announce(w, s, env); err != nil {
		return errors.Join(err, l.Close())
	}
	go debug.FreeOSMemory() // of what opening the store took
	if runtime == nil {
		return serveUntil(ctx, w, l, s, drainTime)
	}
	runtime.serve(maps.Clone(env))
	// Airflow's processes end while local AWS still answers them.
	serving, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stopped := make(chan error, 1)
	context.AfterFunc(ctx, func() {
		stopped <- runtime.close(serving)
		cancel()
	})
	err = serveUntil(serving, w, l, s, drainTime)
	if ctx.Err() == nil {
		cancel()
		return errors.Join(err, runtime.close(context.WithoutCancel(ctx)))
	}
	return errors.Join(err, <-stopped)
}

// exposed reports whether other machines can reach an address.
func exposed(at net.Addr) bool {
	tcp, is := at.(*net.TCPAddr)
	return is && !tcp.IP.IsLoopback()
}

// drainTime is how long requests that are under way may still take when local AWS is asked to end.
const drainTime = 10 * time.Second

// serveUntil answers requests until the context ends, and then those that are under way. What is not done within the bound is cut off, and said:
// a client that never sends the rest of its request must not keep a server from ending.
func serveUntil(ctx context.Context, w world, l net.Listener, s *localaws.Server, bound time.Duration) error {
	server := localaws.HTTP(s)
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	s.Drain()
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), bound)
	defer cancel()
	err := server.Shutdown(drain)
	if errors.Is(err, context.DeadlineExceeded) {
		w.terminal().Warn("requests that were not done after %v were cut off", bound)
		return server.Close()
	}
	return err
}

// announce says where local AWS listens, and the administrator's keys where they were made now or cannot be found in a file.
func (f *localFlags) announce(w world, s *localaws.Server, env map[string]string) error {
	if f.out.json() {
		ready := map[string]string{"endpoint": env["AWS_ENDPOINT_URL"], "account": f.account, "region": f.region}
		if s.Fresh() {
			ready["aws_access_key_id"], ready["aws_secret_access_key"] = env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"]
		}
		return json.NewEncoder(w.out).Encode(ready)
	}
	text := "local AWS is ready at " + env["AWS_ENDPOINT_URL"] + "\n"
	if s.Fresh() {
		text += "the administrator of account " + f.account + " has new keys:\n" +
			"  AWS_ACCESS_KEY_ID=" + env["AWS_ACCESS_KEY_ID"] + "\n  AWS_SECRET_ACCESS_KEY=" + env["AWS_SECRET_ACCESS_KEY"] + "\n"
		if !f.memory {
			text += "they are kept in " + filepath.Join(f.directory, localaws.CredentialsFile) + ", which only you may read\n"
		}
	}
	if f.database != "" {
		text += "PostgreSQL is ready at " + env["PGHOST"] + ":" + env["PGPORT"] + ", with the database " + f.database + "\n"
	}
	if !f.memory {
		text += "in another shell: eval \"$(" + f.envCommand() + ")\"\n" +
			"who asks for what: aircon local logs --follow --directory " + shellQuote(f.directory) + "\n"
	}
	_, err := w.out.Write([]byte(text))
	return err
}

func (f *localFlags) envCommand() string {
	return "aircon local env --directory " + shellQuote(f.directory)
}

// saveEnvironment leaves what "local env" prints, but for the keys, which lie in a file of their own.
func saveEnvironment(dir string, env map[string]string) error {
	kept := maps.Clone(env)
	delete(kept, "AWS_ACCESS_KEY_ID")
	delete(kept, "AWS_SECRET_ACCESS_KEY")
	text, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	return store.WriteFile(filepath.Join(dir, environmentFile), text)
}

func newLocalEnv(w world, f *localFlags) *cobra.Command {
	var out output
	var wait time.Duration
	c := &cobra.Command{
		Use:   "env",
		Short: "print the variables that point any AWS client at the running local AWS",
		Long: `env prints shell commands that set what any AWS client reads: the endpoint, the region, and the administrator's keys.

boto3 and the AWS CLI also take AWS_DISABLE_HOST_PREFIX_INJECTION from there, without which they put "api." before the
endpoint's host for MWAA.`,
		Example: `  eval "$(aircon local env)"`,
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			env, err := f.await(c.Context(), wait)
			if err != nil {
				return err
			}
			return out.print(w, env, func() {
				for _, name := range slices.Sorted(maps.Keys(env)) {
					fmt.Fprintf(w.out, "export %s=%s\n", name, shellQuote(env[name]))
				}
				fmt.Fprintln(w.out, "unset AWS_SESSION_TOKEN AWS_PROFILE")
			})
		},
	}
	c.Flags().DurationVar(&wait, "wait", 0, "how long to wait until local AWS answers, such as 10s")
	out.flag(c)
	return c
}

// await asks for the environment until it is there or the time is over.
func (f *localFlags) await(ctx context.Context, wait time.Duration) (map[string]string, error) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for until := time.Now().Add(wait); ; {
		env, err := f.environment(ctx)
		if err == nil || time.Now().After(until) {
			return env, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// environment reads the variables of the local AWS in the directory, which must answer.
func (f *localFlags) environment(ctx context.Context) (map[string]string, error) {
	env := map[string]string{}
	text, err := os.ReadFile(filepath.Join(f.directory, environmentFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no local AWS was ever started in %s: start one with: aircon local --directory %s", f.directory, shellQuote(f.directory))
	}
	if err == nil {
		err = json.Unmarshal(text, &env)
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", environmentFile, err)
	}
	keys, err := localaws.ReadCredentials(f.directory)
	if err != nil {
		return nil, err
	}
	env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"] = keys.AccessKeyID, keys.SecretAccessKey
	if env["PGHOST"] != "" {
		db, err := readDatabase(f.directory)
		if err != nil {
			return nil, err
		}
		env["PGPASSWORD"] = db.Password
	}
	return env, f.answers(ctx, env["AWS_ENDPOINT_URL"])
}

// stoppedError says that a local AWS does not run, though it did once.
type stoppedError struct{ error }

// answers returns nil if a local AWS answers at the endpoint.
func (f *localFlags) answers(ctx context.Context, endpoint string) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint+"/healthz", nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return stoppedError{fmt.Errorf("no local AWS answers at %s: start it with: aircon local --directory %s", endpoint, shellQuote(f.directory))}
	}
	return answer.Body.Close()
}

// shellQuote writes a text such that a POSIX shell reads it as one word.
func shellQuote(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=:,./@%") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
