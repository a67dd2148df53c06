package lookup

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"aircon"
	"aircon/internal/py"
)

// BackendClass is the class that this package replays.
const BackendClass = "airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend"

// Settings are how an environment sets up the search, for the processes of one side.
type Settings struct {
	// Class is the custom backend's class as Airflow imports it; empty where there is none, and then the search begins with the environment.
	Class string
	// Option is the option that named it: secrets.backend or workers.secrets_backend.
	Option string
	// Backend is nil unless Class is [BackendClass].
	Backend   *Backend
	MultiTeam bool
	Warnings  []Warning
	// known says whether Airflow can load the class as far as can be told from here.
	known bool
	// teamProblem is raised wherever multi_team is read.
	teamProblem *Problem
}

// KwargsOption is the option that holds the backend's kwargs: the one beside Option.
func (s Settings) KwargsOption() string {
	if s.Option == workerOptions.section+"."+workerOptions.class {
		return workerOptions.section + "." + workerOptions.kwargs
	}
	return serverOptions.section + "." + serverOptions.kwargs
}

// Environ makes the map that [ReadSettings] and [Options] take from os.Environ's list.
func Environ(list []string) map[string]string {
	env := make(map[string]string, len(list))
	for _, entry := range list {
		if name, value, is := strings.Cut(entry, "="); is && name != "" {
			env[name] = value
		}
	}
	return env
}

// ReadSettings reads the variables AIRFLOW__SECTION__OPTION of an Airflow process as that process reads them; rt.Side says whose.
// On MWAA these are composed from the environment's option map and MWAA's own defaults (package mwaa). run runs a _CMD variable's
// command and may be nil: the command's option then counts as not set, with a warning.
//
// The error is a [*StartError] where Airflow does not start, and otherwise the context's or run's.
func ReadSettings(ctx context.Context, env map[string]string, rt aircon.Runtime, run Runner) (Settings, error) {
	r := &optionReader{env: env, run: run}
	s, err := r.settings(ctx, rt)
	s.Warnings = append(r.warnings, s.Warnings...)
	return s, err
}

// source is where a backend's class and kwargs stand.
type optionPair struct{ section, class, kwargs string }

var (
	serverOptions = optionPair{"secrets", "backend", "backend_kwargs"}
	workerOptions = optionPair{"workers", "secrets_backend", "secrets_backend_kwargs"}
)

func (r *optionReader) settings(ctx context.Context, rt aircon.Runtime) (Settings, error) {
	r.misspelt(rt)
	var s Settings
	var err error
	if s.MultiTeam, s.teamProblem, err = r.multiTeam(ctx, rt); err != nil {
		return s, err
	}
	worker := rt.Side == aircon.Worker && rt.Airflow.Major >= 3
	if worker {
		class, err := r.get(ctx, workerOptions.section, workerOptions.class)
		if err != nil {
			return s, err
		}
		if class != "" {
			return r.backend(ctx, workerOptions, class, s, rt)
		}
		r.unusedKwargs()
	}
	class, err := r.get(ctx, serverOptions.section, serverOptions.class)
	if err != nil || class == "" {
		return s, err
	}
	return r.backend(ctx, serverOptions, class, s, rt)
}

// unusedKwargs warns of [workers] kwargs that nobody reads: they count only together with [workers] secrets_backend.
func (r *optionReader) unusedKwargs() {
	if value := r.env[variableName(workerOptions.section, workerOptions.kwargs)]; value != "" {
		r.warn(Warning{Code: KwargsUnused, Where: "workers.secrets_backend_kwargs", Text: "workers.secrets_backend_kwargs has no effect " +
			"without workers.secrets_backend: workers use the backend of [secrets] with the kwargs of [secrets]"})
	}
}

// multiTeam reads [core] multi_team. What is no truth value is raised where the option is read: at each lookup.
func (r *optionReader) multiTeam(ctx context.Context, rt aircon.Runtime) (on bool, problem *Problem, err error) {
	if _, set := r.env[variableName("core", "multi_team")]; !set || !rt.Airflow.AtLeast(3, 2) {
		return false, nil, nil
	}
	text, err := r.get(ctx, "core", "multi_team")
	if err != nil {
		return false, nil, err
	}
	before, _, _ := strings.Cut(text, "#")
	switch strings.ToLower(py.Strip(before)) {
	case "t", "true", "1":
		return true, nil, nil
	case "f", "false", "0":
		return false, nil, nil
	}
	return false, &Problem{Step: StepTeam, Code: "AirflowConfigException", Message: "core.multi_team is neither true nor false"}, nil
}

// backend imports the class and makes the backend from its kwargs.
func (r *optionReader) backend(ctx context.Context, from optionPair, class string, s Settings, rt aircon.Runtime) (Settings, error) {
	s.Class, s.Option = class, from.section+"."+from.class
	loads, known := loadable(class)
	if !loads {
		return s, &StartError{Option: s.Option, Class: "AirflowConfigException", Message: fmt.Sprintf(
			`The object could not be loaded. Please check "%s" key in "%s" section. Current value: "%s".`, from.class, from.section, class)}
	}
	s.known = known
	kwargs, err := r.kwargs(ctx, from, rt)
	if err != nil {
		return s, err
	}
	switch {
	case class == BackendClass:
		s.Backend, err = newBackend(kwargs, rt)
		if start := (*StartError)(nil); errors.As(err, &start) {
			start.Option = from.section + "." + from.kwargs
		}
		if err == nil {
			s.Backend.MultiTeam, s.Backend.teamProblem = s.MultiTeam, s.teamProblem
			s.Warnings = placed(s.Backend.Warnings(), from.section+"."+from.kwargs, r.kwargPlaces)
		}
	case known && kwargs.Len() > 0:
		err = &StartError{Option: from.section + "." + from.kwargs, Class: "TypeError", Message: className(class) + "() takes no arguments"}
	}
	return s, err
}

// placed gives the warnings about kwargs the option that holds them, and where in its text each stands.
func placed(warnings []Warning, where string, places map[string]int) []Warning {
	out := slices.Clone(warnings)
	for i := range out {
		out[i].Where, out[i].At = where, places[out[i].Name]
	}
	return out
}

// kwargs reads the kwargs option as Airflow does: what is not a JSON object counts as none, with a line of log.
func (r *optionReader) kwargs(ctx context.Context, from optionPair, rt aircon.Runtime) (*py.Dict, error) {
	text, err := r.get(ctx, from.section, from.kwargs)
	if err != nil {
		return nil, err
	}
	dict := r.parsedKwargs(text, from)
	if text != r.env[variableName(from.section, from.kwargs)] {
		r.kwargPlaces = nil // it was expanded: what is read stands elsewhere in what is written
	}
	if !rt.Airflow.AtLeast(3, 2) {
		return dict, nil
	}
	prefix := strings.Replace(variableName(from.section, from.kwargs), "_KWARGS", "_KWARG", 1) + "__"
	for _, name := range slices.Sorted(maps.Keys(r.env)) {
		key, is := strings.CutPrefix(name, prefix)
		if !is || key == "" {
			continue
		}
		key = py.Lower(key)
		r.warn(Warning{Code: OneKeyKwarg, Where: name, Name: key, Text: "it sets the kwarg " + key + ", always as text, and beats " +
			from.section + "." + from.kwargs})
		dict.Set(key, r.env[name])
	}
	return dict, nil
}

// errorAt is the byte, counted from 1, at which a text stops being JSON; 0 where the error is not about one.
func errorAt(text string, err error) int {
	var syntax *py.JSONError
	if !errors.As(err, &syntax) {
		return 0
	}
	characters := []rune(text)
	return len(string(characters[:min(syntax.Offset, len(characters))])) + 1
}

func (r *optionReader) parsedKwargs(text string, from optionPair) *py.Dict {
	if text == "" {
		return new(py.Dict)
	}
	where := from.section + "." + from.kwargs
	r.kwargPlaces = map[string]int{}
	value, err := py.LoadsKeys(text, func(key string, at int) { r.kwargPlaces[key] = at + 1 })
	if err != nil {
		r.warn(Warning{
			Code: NotJSON, Where: where, At: errorAt(text, err), Text: "the kwargs are not JSON, so that Airflow uses the defaults: " + err.Error(),
			Log: &Line{Level: "warning", Text: fmt.Sprintf("Failed to parse [%s] %s as JSON, defaulting to no kwargs.", from.section, from.kwargs)},
		})
		return new(py.Dict)
	}
	if dict, is := value.(*py.Dict); is {
		return dict
	}
	if py.Truth(value) {
		r.warn(Warning{
			Code: NotAnObject, Where: where, Text: "the kwargs are a " + py.TypeName(value) + " in JSON instead of an object, " +
				"so that Airflow uses the defaults",
			Log: &Line{Level: "warning", Text: fmt.Sprintf("Failed to parse [%s] %s into a dict, defaulting to no kwargs.", from.section, from.kwargs)},
		})
	}
	return new(py.Dict)
}
