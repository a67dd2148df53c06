package plan

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"aircon"
	"aircon/internal/spec"
	"aircon/lookup"
	"aircon/mwaa"
)

// diffOptions adds the change of MWAA's configuration options, which comes last: it is slow, and by then all that Airflow will look up is there.
func (p *Plan) diffOptions(e *spec.Environment, o *Observed, opts Options) error {
	if len(e.Connections)+len(e.Variables) == 0 && e.Backend == nil {
		return nil
	}
	k := kwargsFor(e, o)
	if o.Environment == nil {
		p.warn("", e.Name, "aircon does not set the options of a self-managed Airflow", fmt.Sprintf("give its processes  %s=%s  and  %s='%s'",
			mwaa.Variable(mwaa.OptionBackend), mwaa.BackendClass, mwaa.Variable(mwaa.OptionBackendKwargs), k.text))
		return nil
	}
	p.Warnings = append(p.Warnings, k.warnings...)
	for _, name := range k.tooLong {
		p.warn("", name, fmt.Sprintf("a pattern that names each id is longer than MWAA's %d characters; a wider one is used", mwaa.MaxValueLength), "write a pattern of your own")
	}
	p.warnOptions(o.Environment.Options)
	class := o.Environment.Options[mwaa.OptionBackend]
	if class != "" && class != mwaa.BackendClass && !opts.Adopt {
		p.refuse(KindOptions, e.Name, mwaa.OptionBackend+" is "+class+", which would be replaced: what it serves would be lost", "move its connections first, then take the option over with --adopt")
	}
	if err := p.guardLookups(e, o, k.text, opts); err != nil {
		return err
	}
	want := k.options()
	merged, changes := mwaa.Merge(o.Environment.Options, want, nil)
	for _, fault := range mwaa.CheckOptions(o.Environment.AirflowVersion, merged) {
		if _, ours := want[fault.Key]; ours && fault.Refused() {
			return fmt.Errorf("MWAA would refuse the option: %w", fault)
		}
	}
	p.settling = o.Environment.Status.InProgress()
	if len(changes) == 0 {
		return nil
	}
	fields := k.fields
	for _, c := range changes {
		if c.Key == mwaa.OptionBackend {
			fields = append([]Field{{Name: c.Key, Old: c.Old, New: c.New}}, fields...)
		}
	}
	p.add(Change{Action: Update, Kind: KindOptions, Name: e.Name, Fields: fields, Why: "MWAA replaces the environment's workers for it", do: setOptions(e, o)})
	return nil
}

// options are what aircon sets.
func (k kwargs) options() map[string]string {
	want := map[string]string{mwaa.OptionBackend: mwaa.BackendClass}
	if k.text != "" {
		want[mwaa.OptionBackendKwargs] = k.text
	}
	return want
}

// warnOptions warns of options that make Airflow look elsewhere.
func (p *Plan) warnOptions(options map[string]string) {
	if class := options[mwaa.OptionWorkersBackend]; class != "" {
		p.warn("", mwaa.OptionWorkersBackend, "workers use "+class+" with arguments of its own, not what this plan sets", "remove the option")
	}
}

// guardLookups refuses to end the lookup of what Airflow finds in Secrets Manager today and the spec does not declare, and warns where
// lookups of aws_default come back.
func (p *Plan) guardLookups(e *spec.Environment, o *Observed, text string, opts Options) error {
	after, err := lookup.NewBackend(aircon.NewSecret(text), o.Runtime)
	if err != nil {
		return fmt.Errorf("the backend's arguments would keep Airflow from starting: %w", err)
	}
	if asks(after, lookup.Connection, "aws_default") {
		p.warn("AC007", "connections_lookup_pattern", "it matches aws_default, which the backend itself needs: each lookup would look that up in Secrets Manager first", "connections_lookup_pattern: auto")
	}
	if o.Environment.Options[mwaa.OptionBackend] != mwaa.BackendClass || opts.Adopt {
		return nil
	}
	before, err := lookup.NewBackend(aircon.NewSecret(o.backendText), o.Runtime)
	if err != nil {
		return nil //nolint:nilerr // these arguments keep Airflow from starting today: there is no lookup that could end
	}
	lost := append(lostIDs(o, lookup.Connection, e.ConnectionsPrefix(), e.Connections.Keys(), before, after),
		lostIDs(o, lookup.Variable, e.VariablesPrefix(), e.Variables.Keys(), before, after)...)
	if len(lost) > 0 {
		p.refuse(KindOptions, e.Name, fmt.Sprintf("Airflow finds %s in Secrets Manager today; with the new lookup pattern it would not", list(lost, 10)),
			"declare them, write a lookup pattern of your own, or accept it with --adopt")
	}
	return nil
}

// lostIDs are ids whose secrets exist and are not aircon's leftovers, and that are asked for before but not after.
func lostIDs(o *Observed, kind lookup.Kind, prefix spec.Prefix, declared []string, before, after *lookup.Backend) []string {
	known := map[string]bool{"aws_default": true} // MWAA's own: that it is no longer found in Secrets Manager mends what broke
	for _, id := range declared {
		known[id] = true
	}
	var lost []string
	for _, name := range sortedKeys(o.Secrets) {
		seen := o.Secrets[name]
		id, under := prefix.ID(name)
		if !under || known[id] || !seen.Exists || !seen.Deleted.IsZero() || seen.Tags[TagManagedBy] == managedBy {
			continue
		}
		if asks(before, kind, id) && !asks(after, kind, id) {
			lost = append(lost, id)
		}
	}
	return lost
}

func asks(b *lookup.Backend, kind lookup.Kind, id string) bool {
	return len(b.Names(kind, id, "").Asked) > 0
}

// list joins names, and counts those beyond the first few.
func list(names []string, most int) string {
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

// setOptions waits for an update that is under way, reads the options again, so that nothing that somebody has set meanwhile is lost, and
// writes what still differs.
func setOptions(e *spec.Environment, planned *Observed) step {
	return func(ctx context.Context, r *run) error {
		env, err := r.settled(ctx, e.Name)
		if err != nil {
			return err
		}
		now := *planned
		now.Environment, now.backendText = env, env.Options[mwaa.OptionBackendKwargs]
		merged, changes := mwaa.Merge(env.Options, kwargsFor(e, &now).options(), nil)
		if len(changes) == 0 {
			return nil
		}
		tags, err := before(env, changes)
		if err != nil {
			r.note(err.Error())
		}
		if len(tags) > 0 {
			if err := r.aws.Environments.TagEnvironment(ctx, env.ARN, tags); err != nil {
				return err
			}
		}
		return r.update(ctx, env, merged)
	}
}

// resetOptions puts back what the options were before aircon first changed them, and keeps what others have changed since.
func resetOptions(name string) step {
	return func(ctx context.Context, r *run) error {
		env, err := r.settled(ctx, name)
		if err != nil {
			return err
		}
		options, changes := restored(env)
		if len(changes) > 0 {
			if err := r.update(ctx, env, options); err != nil {
				return err
			}
		}
		return r.aws.Environments.UntagEnvironment(ctx, env.ARN, beforeKeys(env.Tags))
	}
}

// restored returns the options without what aircon set.
func restored(env *MWAAEnvironment) (map[string]string, []mwaa.OptionChange) {
	was := readBefore(env.Tags)
	options := maps.Clone(env.Options)
	for key, old := range was {
		switch {
		case key == mwaa.OptionBackendKwargs:
			text := restoredKwargs(options[key], old)
			if options[key] = text; text == "" {
				delete(options, key)
			}
		case old == nil:
			delete(options, key)
		default:
			options[key] = *old
		}
	}
	return options, mwaa.Diff(env.Options, options)
}

// restoredKwargs takes aircon's arguments out of a text, or puts their old values in.
func restoredKwargs(text string, old *string) string {
	current, err := mwaa.ParseKwargs(text)
	if err != nil || old != nil && *old == text {
		return text
	}
	former := mwaa.Kwargs{}
	if old != nil {
		if former, err = mwaa.ParseKwargs(*old); err != nil {
			return *old // it was not JSON, and goes back as it was
		}
	}
	for _, name := range managedKwargs {
		var value any
		if former.Get(name, &value) {
			current, _ = current.Set(name, value) // what JSON gave always marshals
		} else {
			current = current.Without(name)
		}
	}
	if old == nil && len(current.Names()) == 0 {
		return ""
	}
	return current.Text()
}

var managedKwargs = []string{
	"connections_prefix", "connections_lookup_pattern", "variables_prefix", "variables_lookup_pattern", "config_prefix", "config_lookup_pattern", "sep", "extra_conn_words",
}
