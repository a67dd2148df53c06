package lookup

import (
	"context"
	"slices"
	"strings"

	"aircon"
)

// Option looks for a configuration option as conf.get does on a server: its variable, the command or the secret that
// one of its other variables names, then Airflow's default. airflow.cfg is not read. The error is the context's or that of Options.Run.
func (s *Search) Option(ctx context.Context, section, option string) (*Trace, error) {
	if s.server != nil {
		return s.server.Option(ctx, section, option)
	}
	t := s.trace(Option, section+"."+option)
	steps := []func(context.Context, *Trace, string, string) error{s.optionVariable, s.optionSecret, s.optionDefault}
	for _, step := range steps {
		if t.Outcome != "" {
			break
		}
		if err := step(ctx, t, strings.ToLower(section), strings.ToLower(option)); err != nil {
			return t, err
		}
	}
	return t, nil
}

// optionVariable reads AIRFLOW__SECTION__OPTION, and else runs what AIRFLOW__SECTION__OPTION_CMD names.
func (s *Search) optionVariable(ctx context.Context, t *Trace, section, option string) error {
	name := variableName(section, option)
	e := Entry{Class: className(environmentClass), Side: s.rt.Side.String(), Result: Absent}
	ask := Ask{Name: name, Result: Absent}
	if text, is := s.opts.Env[name]; is {
		text, _ = expand(text, s.opts.Env)
		ask.Result = Present
		s.optionFound(t, e, ask, text)
		return nil
	}
	e.Asked = append(e.Asked, ask)
	command, is := s.opts.Env[name+"_CMD"]
	if !is || !Sensitive(s.rt, section, option) {
		t.Entries = append(t.Entries, e)
		return nil
	}
	ask = Ask{Name: name + "_CMD", Result: Present}
	if s.opts.Run == nil {
		ask.Result, e.Result, e.Reason = Unchecked, Unchecked, NoAccess
		e.Asked = append(e.Asked, ask)
		t.Entries, t.Outcome = append(t.Entries, e), Uncertain
		return nil
	}
	text, err := s.opts.Run(ctx, command)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		e.Result, e.Problem = Raised, &Problem{Step: StepClient, Message: "its command fails: " + err.Error(), Err: err}
		t.Entries, t.Outcome = append(t.Entries, e), Failed
		t.Error = &AirflowError{Class: "AirflowConfigException", Message: "Cannot execute the command of " + name + "_CMD"}
	default:
		s.optionFound(t, e, ask, text)
	}
	return nil
}

// optionSecret asks the backend for what AIRFLOW__SECTION__OPTION_SECRET names.
func (s *Search) optionSecret(ctx context.Context, t *Trace, section, option string) error {
	id, is := s.opts.Env[variableName(section, option)+"_SECRET"]
	if !is || s.settings.Class == "" {
		return nil
	}
	e := Entry{Class: className(s.settings.Class), Side: s.rt.Side.String(), Result: Absent}
	defer func() { t.Entries = append(t.Entries, e) }()
	switch {
	case !Sensitive(s.rt, section, option):
		e.Result, e.Reason = Skipped, NotSensitive
		return nil
	case s.settings.Backend == nil:
		if !s.settings.known {
			e.Result, e.Reason, t.Outcome = Unchecked, UnknownClass, Uncertain
		}
		return nil
	}
	began := s.opts.Now()
	text, is, err := (&secretsSource{s}).text(ctx, Option, id, "", &e)
	e.Took = s.opts.Now().Sub(began)
	switch {
	case err != nil:
		return err
	case e.Result == Unchecked:
		t.Outcome = Uncertain
	case e.Result == Raised:
		t.Outcome = Failed
		t.Error = &AirflowError{Class: "AirflowConfigException", Message: "Cannot retrieve config from alternative secrets backend. " +
			"Make sure it is configured properly and that the Backend is accessible.\n" + e.Problem.python()}
	case is:
		e.Result, t.Winner, t.Outcome, t.Value = Won, len(t.Entries), Found, text
	}
	return nil
}

func (s *Search) optionDefault(_ context.Context, t *Trace, section, option string) error {
	e := Entry{Class: "default", Side: s.rt.Side.String(), Result: Unchecked, Reason: NoAccess}
	if s.opts.Default == nil {
		t.Entries, t.Outcome = append(t.Entries, e), Uncertain
		return nil
	}
	if text, is := s.opts.Default(section, option); is {
		e.Reason = ""
		s.optionFound(t, e, Ask{Name: section + "." + option, Result: Present}, text)
		return nil
	}
	text := "section/key [" + section + "/" + option + "] not found in config"
	e.Result, e.Reason, e.Log = Absent, "", []Line{{Level: "warning", Text: text, Cause: true}}
	t.Entries, t.Outcome = append(t.Entries, e), NotDefined
	t.Error = &AirflowError{Class: "AirflowConfigException", Message: text}
	return nil
}

func (s *Search) optionFound(t *Trace, e Entry, ask Ask, text string) {
	e.Result, e.Asked = Won, append(e.Asked, ask)
	t.Winner, t.Outcome, t.Value = len(t.Entries), Found, aircon.NewSecret(text)
	t.Entries = append(t.Entries, e)
}

// sensitiveOptions are the options that Airflow's own config.yml calls sensitive, with the releases that have them: from the first, and
// up to but without the second.
var sensitiveOptions = []struct {
	option      string
	from, until aircon.Version
}{
	{option: "core.fernet_key"},
	{option: "core.dataset_manager_kwargs", until: three},
	{option: "core.asset_manager_kwargs", from: three},
	{option: "core.internal_api_secret_key", from: aircon.Version{Major: 2, Minor: 10}, until: aircon.Version{Major: 3, Minor: 2}},
	{option: "database.sql_alchemy_conn"},
	{option: "database.sql_alchemy_conn_async", from: aircon.Version{Major: 3, Minor: 2}},
	{option: "database.sql_alchemy_engine_args"},
	{option: "logging.remote_task_handler_kwargs"},
	{option: "secrets.backend_kwargs"},
	{option: "webserver.secret_key", until: three},
	{option: "api.secret_key", from: three},
	{option: "workers.secrets_backend_kwargs", from: three},
	{option: "api_auth.jwt_secret", from: three},
	{option: "smtp.smtp_password", until: three},
	{option: "sentry.sentry_dsn"},
	// The Celery provider's, which all of MWAA's images have.
	{option: "celery.broker_url"},
	{option: "celery.result_backend"},
	{option: "celery.flower_basic_auth"},
	{option: "celery_broker_transport_options.sentinel_kwargs"},
}

var three = aircon.Version{Major: 3}

// Sensitive reports whether Airflow reads an option's _CMD and _SECRET variables.
func Sensitive(rt aircon.Runtime, section, option string) bool {
	return slices.ContainsFunc(sensitiveOptions, func(o struct {
		option      string
		from, until aircon.Version
	},
	) bool {
		return o.option == section+"."+option && rt.Airflow.AtLeast(o.from.Major, o.from.Minor) &&
			(o.until == aircon.Version{} || !rt.Airflow.AtLeast(o.until.Major, o.until.Minor))
	})
}
