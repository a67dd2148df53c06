package airflow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"aircon"
	"aircon/internal/filelock"
	"aircon/internal/startup"
	"aircon/mwaa"
)

// Setup is an environment to start.
type Setup struct {
	Environment string // name
	Account     string
	Region      string
	Options     map[string]string // section.option to value
	Bucket      Bucket

	Home      string        // directory of its own: keys, metastore, logs; it stays
	Metastore aircon.Secret // PostgreSQL URL as SQLAlchemy takes it; the zero value means SQLite in Home
	Triggerer bool
	Endpoint  string // of local AWS
	Assume    Assume
	Redeem    Redeem            // nil lets nobody log in
	Said      func(line string) // told what happens; may be nil
}

// Airflow is a running one.
type Airflow struct {
	URL       string // of the web server that its users see
	Mask      *Mask
	Lost      []mwaa.Overridden // the users' values that have no effect
	Variables mwaa.Variables    // of its processes

	version   string
	installed *Installed
	home      string
	behind    string // URL of Airflow's own web server
	lock      *os.File
	temp      string // for temporary files of its processes; watchdogs remove it too
	gate      *Gate
	front     *front
	running   []*runningProcess
	failed    chan error // the first process that ended by itself
	once      sync.Once
}

// Files in an environment's directory.
const (
	lockName        = "lock"           // held by the process that runs it
	passwordsFile   = "passwords.json" // of the users of Airflow 3's web server
	webserverConfig = "webserver_config.py"
)

// webserverPython is webserver_config.py. The limit would be on the logins of all users together, of whom each comes with a token.
const webserverPython = "from flask_appbuilder.const import AUTH_DB\n\nAUTH_TYPE = AUTH_DB\nWTF_CSRF_ENABLED = True\nAUTH_RATE_LIMITED = False\n"

// LogsDir is where an environment's directory holds what its processes print: a file NAME.log each.
func LogsDir(home string) string { return filepath.Join(home, "process-logs") }

// Start starts the processes of an installed Airflow. [Airflow.Healthy] waits until they are ready.
func Start(ctx context.Context, i *Installed, s Setup) (a *Airflow, err error) {
	a = &Airflow{Mask: new(Mask), version: i.Version, installed: i, home: s.Home, failed: make(chan error, 1)}
	defer func() {
		if err != nil {
			err = errors.Join(a.Mask.conceal(err), a.Stop(context.WithoutCancel(ctx)))
		}
	}()
	keys, err := a.prepare(s)
	if err != nil {
		return a, err
	}
	metastore, err := s.metastore(ctx, i, keys)
	if err != nil {
		return a, err
	}
	if a.gate, err = OpenGate(s.Endpoint, s.Assume, a.Mask, time.Now); err != nil {
		return a, err
	}
	if a.front, err = openFront(ctx, s.Home); err != nil {
		return a, err
	}
	a.URL = "http://" + a.front.host()
	port, err := freePort(ctx)
	if err != nil {
		return a, err
	}
	in := Inputs{
		Version: i.Version, Environment: s.Environment, Account: s.Account, Region: s.Region, Options: s.Options,
		Home: s.Home, DAGs: s.Bucket.DAGs, Bin: filepath.Join(i.Dir, "bin"), Port: port, Executor: executor(i.Version, onSQLite(metastore)),
		Metastore: metastore, Keys: keys, Gate: a.gate.Address, Front: a.URL,
	}
	if err := a.compose(ctx, in, s); err != nil {
		return a, err
	}
	a.behind = in.url()
	if err := a.open(s, keys); err != nil {
		return a, err
	}
	if err := a.ownTemp(); err != nil {
		return a, err
	}
	for _, p := range processes(i.Version, onSQLite(metastore), port, s.Triggerer) {
		if err := a.start(i, s.Home, p); err != nil {
			return a, err
		}
	}
	return a, nil
}

// ownTemp gives the processes a directory for temporary files, unless a startup script names one.
func (a *Airflow) ownTemp() (err error) {
	if a.temp, err = os.MkdirTemp("", "airflow-"); err != nil {
		return err
	}
	if _, set := a.Variables["TMPDIR"]; !set {
		a.Variables["TMPDIR"] = mwaa.Value{Text: a.temp, From: mwaa.Container}
	}
	return nil
}

// open lets the front answer.
func (a *Airflow) open(s Setup, keys Keys) error {
	behind, err := url.Parse(a.behind)
	if err != nil {
		return err
	}
	d := &door{Airflow: a, environment: s.Environment, redeem: s.Redeem, login: &logins{url: a.behind, version: a.version, keys: keys}}
	a.front.serve(d.handler(behind))
	return nil
}

// prepare makes the environment's directory, which one process at a time may use.
func (a *Airflow) prepare(s Setup) (keys Keys, err error) {
	if err := os.MkdirAll(LogsDir(s.Home), 0o700); err != nil {
		return keys, err
	}
	a.lock, err = filelock.Take(filepath.Join(s.Home, lockName))
	if errors.Is(err, filelock.ErrHeld) {
		return keys, fmt.Errorf("the Airflow of environment %s runs already, with the directory %s", s.Environment, s.Home)
	}
	if err != nil {
		return keys, err
	}
	if keys, err = makeKeys(s.Home); err != nil {
		return keys, err
	}
	passwords := map[string]string{}
	for _, role := range Roles {
		passwords[strings.ToLower(role)] = keys.PasswordOf(role).Reveal()
		a.Mask.Add(keys.PasswordOf(role))
	}
	for _, secret := range []aircon.Secret{keys.Fernet, keys.Web, keys.JWT, keys.Password} {
		a.Mask.Add(secret)
	}
	for key, value := range s.Options {
		if sensitive(key) {
			a.Mask.add(value)
		}
	}
	if _, password, ok := strings.Cut(s.Metastore.Reveal(), "://"); ok {
		a.Mask.add(secretsIn("x://" + password)[1:]...)
	}
	text, err := json.Marshal(passwords)
	if err != nil {
		return keys, err
	}
	return keys, errors.Join(
		writeFile(filepath.Join(s.Home, passwordsFile), text),
		writeFile(filepath.Join(s.Home, webserverConfig), []byte(webserverPython)),
		s.Bucket.placePlugins(s.Home),
	)
}

// metastore returns the URL of a metastore that is ready for the version.
func (s Setup) metastore(ctx context.Context, i *Installed, keys Keys) (string, error) {
	if url := s.Metastore.Reveal(); url != "" {
		return url, i.openPostgres(ctx, s.Home, url, keys)
	}
	return i.openMetastore(ctx, s.Home, keys)
}

// compose finds the variables, with those of the startup script where there is one.
func (a *Airflow) compose(ctx context.Context, in Inputs, s Setup) error {
	a.Variables, a.Lost = Compose(in)
	if s.Bucket.Startup == "" {
		return nil
	}
	log, err := os.Create(filepath.Join(LogsDir(s.Home), "startup.log"))
	if err != nil {
		return err
	}
	defer log.Close()
	out, last := a.Mask.Writer(log), new(tail)
	in.Startup, err = startup.Run(ctx, s.Bucket.Startup, environ(a.Variables), io.MultiWriter(out, last))
	if err := errors.Join(err, out.Flush()); err != nil {
		return &ProgramError{Program: "the startup script " + s.Bucket.Startup, Printed: last.String(), Err: err}
	}
	for name, value := range in.Startup {
		if sensitive(name) || strings.HasPrefix(name, "AIRFLOW_CONN_") {
			a.Mask.add(secretsIn(value)...)
		}
	}
	a.Variables, a.Lost = Compose(in)
	return nil
}

// Failed gives the error of the first process that ended by itself. On MWAA, too, one that ends takes the container with it.
func (a *Airflow) Failed() <-chan error { return a.failed }

// stopTime is how long a process may take to end. Some of 3.2 and 3.3 leave workers that ignore SIGTERM.
const stopTime = 10 * time.Second

// Stop ends all processes and whatever they started, and returns when they have. A second call does nothing.
func (a *Airflow) Stop(ctx context.Context) (err error) {
	a.once.Do(func() {
		errs := make([]error, len(a.running))
		var all sync.WaitGroup
		for i, r := range a.running {
			all.Go(func() {
				err := r.child.Stop(ctx)
				<-r.copied
				errs[i] = errors.Join(err, r.failed)
			})
		}
		all.Wait()
		err = errors.Join(errs...)
		if a.temp != "" {
			err = errors.Join(err, os.RemoveAll(a.temp))
		}
		if a.front != nil {
			err = errors.Join(err, a.front.close())
		}
		if a.gate != nil {
			err = errors.Join(err, a.gate.Close())
		}
		if a.lock != nil {
			err = errors.Join(err, a.withdraw())
			unlockFile(a.lock)
		}
	})
	return err
}
