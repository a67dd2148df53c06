package doctor

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"aircon"
	"aircon/internal/optionfile"
	"aircon/lookup"
	"aircon/mwaa"
)

// OptionFile examines the options of a file by themselves, as the processes of both sides of an Airflow of that version read them; the
// version that the file states goes before. It asks nobody. Each finding has its place in the file and, where a program can mend it, the edits.
//
// Option maps, GetEnvironment's answers and Terraform are an MWAA environment's, with what MWAA sets around them, and so is a startup script
// (.sh); airflow.cfg and other files of variables are a self-managed Airflow's.
func OptionFile(ctx context.Context, f *optionfile.File, airflow string) ([]Finding, error) {
	if f.Airflow != "" {
		airflow = f.Airflow
	}
	rt, err := aircon.RuntimeFor(airflow)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name, err)
	}
	sides := []aircon.Runtime{rt}
	if rt.Airflow.Major >= 3 {
		sides = append(sides, rt.On(aircon.Worker))
	}
	var all []Finding
	for _, rt := range sides {
		e, err := fileEnvironment(ctx, f, airflow, rt)
		if err != nil {
			return nil, err
		}
		for _, found := range environmentFindings(e) {
			if !slices.ContainsFunc(all, func(f Finding) bool { return reflect.DeepEqual(f, found) }) {
				all = append(all, found)
			}
		}
	}
	return all, nil
}

// fileEnvironment is what an Airflow with these options is, as far as a file tells.
func fileEnvironment(ctx context.Context, f *optionfile.File, airflow string, rt aircon.Runtime) (*Environment, error) {
	e := &Environment{
		Target: Target{Name: f.Name}, Runtime: rt, file: f,
		MWAA: &MWAA{Name: f.Name, Airflow: airflow, Options: f.Options()},
	}
	e.Variables, e.Hidden = fileVariables(f, airflow)
	var err error
	e.Settings, err = lookup.ReadSettings(ctx, e.Variables, rt, nil)
	if err != nil && !errors.As(err, &e.Start) {
		return nil, err
	}
	return e, nil
}

// fileVariables are the variables that Airflow's processes get.
func fileVariables(f *optionfile.File, airflow string) (map[string]string, []mwaa.Overridden) {
	own := map[string]string{}
	for _, s := range f.Settings {
		if s.Known {
			own[s.Variable] = s.Value
		}
	}
	setup := mwaa.Setup{Version: airflow, Options: f.Options()}
	switch {
	case selfManagedFile(f):
		return own, nil
	case f.Format == optionfile.Variables:
		setup.Startup, setup.Options = own, nil
	}
	composed, hidden := mwaa.Compose(setup)
	return composed.Map(), hidden
}

// selfManagedFile reports whether a file holds the options of an Airflow that is not MWAA's.
func selfManagedFile(f *optionfile.File) bool {
	return f.Format == optionfile.Config || f.Format == optionfile.Variables && strings.ToLower(filepath.Ext(f.Name)) != ".sh"
}

func sortedKeys(options map[string]string) []string { return slices.Sorted(maps.Keys(options)) }

// MaskedOptions returns a file of options as it may be shown, with as many lines: without the values that may be secret, and without those
// that are no options.
func MaskedOptions(f *optionfile.File) string {
	versions := aircon.Versions()
	rt, err := aircon.RuntimeFor(versions[len(versions)-1].String())
	if err != nil {
		panic(err) // it is one of the list
	}
	e := &Environment{Runtime: rt}
	return f.Masked(func(s *optionfile.Setting) (string, bool) {
		if strings.HasSuffix(s.Option, "_kwargs") && s.Known {
			return shownKwargs(s.Value)
		}
		return "[redacted]", s.Option != "" && !secretOption(e, s.Option, s.Value)
	})
}
