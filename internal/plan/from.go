package plan

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"aircon"
	"aircon/internal/spec"
	"aircon/mwaa"
)

// FromEnvironment makes a spec of what an MWAA environment has, such that its plan is empty. The environment to be read is given by e: name and,
// where wanted, region, profile and role to assume; the rest is filled in. Passwords, variables and whatever in extra seems secret become
// {keep: true}: no secret's text gets into the spec. What a spec cannot say exactly is left out, and the file's note says why.
func FromEnvironment(ctx context.Context, aws AWS, e *spec.Environment) (*spec.File, error) {
	e.Policy = "none"
	o := newObserved()
	if err := o.observeEnvironment(ctx, aws, e); err != nil {
		return nil, err
	}
	if e.Region == "" {
		e.Region = o.Caller.Region
	}
	f := &finder{ctx: ctx, aws: aws, e: e, o: o}
	if class := o.Environment.Options[mwaa.OptionBackend]; class != mwaa.BackendClass {
		f.note("the environment does not look in Secrets Manager: the option %s is %s", mwaa.OptionBackend, orNone(class))
	} else if err := f.find(); err != nil {
		return nil, err
	}
	if err := f.choosePolicy(); err != nil {
		return nil, err
	}
	note := fmt.Sprintf("What Airflow %s finds in the environment %s. A plan of it is empty.\n{keep: true} means: whatever is stored already.", o.Environment.AirflowVersion, e.Name)
	if len(f.notes) > 0 {
		note += "\nNot in here:\n- " + strings.Join(f.notes, "\n- ")
	}
	return &spec.File{Version: 1, Note: note, Environments: spec.Named[*spec.Environment]{e}}, nil
}

func orNone(s string) string {
	if s == "" {
		return "not set"
	}
	return s
}

// finder collects what an environment has.
type finder struct {
	ctx    context.Context
	aws    AWS
	e      *spec.Environment
	o      *Observed
	kwargs mwaa.Kwargs
	reader reader
	notes  []string
}

func (f *finder) note(format string, args ...any) {
	f.notes = append(f.notes, fmt.Sprintf(format, args...))
}

func (f *finder) find() (err error) {
	if f.kwargs, err = f.o.kwargs(); err != nil {
		f.note("%s is not JSON, so that Airflow uses the backend's defaults", mwaa.OptionBackendKwargs)
	}
	f.e.Backend = backendOf(f.kwargs)
	if f.reader, err = newReader(f.o.Runtime, f.kwargs.Text()); err != nil {
		return err
	}
	if err := f.o.list(f.ctx, f.aws, f.e, Options{}); err != nil {
		return err
	}
	found := f.candidates()
	if err := f.o.read(f.ctx, f.aws, found); err != nil {
		return err
	}
	for _, w := range found {
		f.take(w)
	}
	if len(f.e.Connections) > 0 {
		f.e.Backend.ConnectionsLookupPattern = f.pattern("connections_lookup_pattern", f.e.Connections.Keys())
	}
	if len(f.e.Variables) > 0 {
		f.e.Backend.VariablesLookupPattern = f.pattern("variables_lookup_pattern", f.e.Variables.Keys())
	}
	return f.dropWhatDiffers()
}

// pattern returns a lookup pattern as the spec says it: left out where it is what aircon would compute.
func (f *finder) pattern(name string, ids []string) spec.Text {
	t := kwargText(f.kwargs, name)
	switch {
	case t.IsLeftOut():
		return spec.Null()
	case t.String() == mwaa.LookupPattern(ids):
		return spec.Text{}
	}
	return t
}

// candidates are the secrets under the prefixes, as declarations without content.
func (f *finder) candidates() []want {
	var found []want
	for _, name := range sortedKeys(f.o.Secrets) {
		if seen := f.o.Secrets[name]; !seen.Deleted.IsZero() {
			f.note("%s: it is pending deletion", name)
			continue
		}
		if id, ok := f.e.ConnectionsPrefix().ID(name); ok {
			found = append(found, want{name: name, id: id, connection: &spec.Connection{ID: id}})
		} else if key, ok := f.e.VariablesPrefix().ID(name); ok {
			found = append(found, want{name: name, id: key, variable: &spec.Variable{Key: key}})
		}
	}
	return found
}

// take declares a secret, if a spec can say what it holds.
func (f *finder) take(w want) {
	seen := f.o.Secrets[w.name]
	if seen.Fault != nil || seen.Text.IsNull() {
		f.note("%s: its text cannot be read", w.name)
		return
	}
	key := seen.KMSKey
	if isDefaultKey(key) {
		key = ""
	}
	if v := w.variable; v != nil {
		v.Secret, v.Description, v.KMSKey = &spec.Source{Keep: true}, seen.Description, key
		f.e.Variables = append(f.e.Variables, v)
		return
	}
	stored, err := f.reader.stored(w.id, seen.Text)
	if err == nil {
		err = fill(w.connection, stored, Keep)
	}
	if err != nil {
		f.note("%s: %v", w.name, err)
		return
	}
	w.connection.KMSKey = key
	if seen.Description != "" {
		w.connection.Description = &seen.Description
	}
	if !strings.HasPrefix(strings.TrimSpace(seen.Text.Reveal()), "{") {
		w.connection.Format = "uri"
	}
	f.e.Connections = append(f.e.Connections, w.connection)
}

// Keep is for Declare: a secret is what is stored already.
func Keep(string, aircon.Secret) (spec.Source, error) { return spec.Source{Keep: true}, nil }

// fill declares what a stored connection says, or tells why a spec cannot. Place says where secrets are.
func fill(c *spec.Connection, stored aircon.Connection, place func(string, aircon.Secret) (spec.Source, error)) error {
	if empty(stored.Type) || !stored.Type.IsText() {
		return fmt.Errorf("the connection has no conn_type, which Airflow 3 needs")
	}
	c.ConnType = stored.Type.String()
	for _, f := range []struct {
		name string
		from aircon.Field
		to   **string
	}{{"host", stored.Host, &c.Host}, {"login", stored.Login, &c.Login}, {"schema", stored.Schema, &c.Schema}} {
		if !empty(f.from) && !f.from.IsText() {
			return fmt.Errorf("its %s is not text, so that Airflow cannot write its URI and passes it over", f.name)
		}
		if !empty(f.from) {
			*f.to = new(f.from.String())
		}
	}
	if !stored.Port.IsNull() {
		port := 0
		if _, err := fmt.Sscan(stored.Port.String(), &port); err != nil || port < 1 || port > 65535 {
			return fmt.Errorf("its port is not a number from 1 to 65535")
		}
		c.Port = &port
	}
	if stored.Password.Reveal() != "" {
		source, err := place("password", stored.Password)
		if err != nil {
			return err
		}
		c.Password = &source
	}
	return fillExtra(c, stored.Extra, place)
}

// Words that a secret's name holds. {keep: true} costs nothing, so that a false alarm is better than a secret in a file.
var secretWords = []string{"password", "passwd", "passphrase", "secret", "token", "key", "credential", "service_account"}

func seemsSecret(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc(secretWords, func(word string) bool { return strings.Contains(name, word) })
}

// secretOf is a text, and a null secret of whatever else a member of extra is.
func secretOf(v aircon.Value) aircon.Secret {
	if v.Kind() != aircon.TextValue {
		return aircon.Secret{}
	}
	return aircon.NewSecret(v.Reveal())
}

func fillExtra(c *spec.Connection, extra aircon.Extra, place func(string, aircon.Secret) (spec.Source, error)) error {
	members, err := extra.Members()
	if err != nil {
		return fmt.Errorf("its extra is not a JSON object")
	}
	var plain []string
	for _, m := range members {
		if (seemsSecret(m.Key) || holdsSecret(m.Value)) && !plainKind(m.Value) {
			source, err := place(m.Key, secretOf(m.Value))
			if err != nil {
				return err
			}
			c.SecretExtra = append(c.SecretExtra, &spec.SecretField{Key: m.Key, Source: source})
			continue
		}
		value := m.Value.JSON().Reveal()
		if !json.Valid([]byte(value)) {
			return fmt.Errorf("its extra holds %s, which YAML cannot", m.Key)
		}
		plain = append(plain, spec.QuoteJSON(m.Key)+": "+value)
	}
	if len(plain) > 0 {
		c.Extra = &spec.Object{JSON: spec.NewJSON(aircon.NewSecret("{" + strings.Join(plain, ", ") + "}"))}
	}
	return nil
}

// dropWhatDiffers leaves out what would not be the same after a spec's way there and back, or is no valid declaration.
func (f *finder) dropWhatDiffers() error {
	if err := f.o.observeKeys(f.ctx, f.aws, wants(f.e)); err != nil {
		return err
	}
	bad := map[string]string{}
	for _, problem := range f.e.Check(f.o.Environment.AirflowVersion) {
		for _, w := range wants(f.e) {
			if strings.HasPrefix(problem.What, fmt.Sprintf("connection %q:", w.id)) || strings.HasPrefix(problem.What, fmt.Sprintf("variable %q:", w.id)) {
				bad[w.name] = problem.What
			}
		}
	}
	for _, w := range wants(f.e) {
		c := f.o.compare(f.e, &w, f.reader, Values{})
		if !c.same() && bad[w.name] == "" {
			bad[w.name] = fmt.Sprintf("a spec cannot say exactly what it holds (%s)", fieldNames(c))
		}
	}
	for _, name := range sortedKeys(bad) {
		f.note("%s: %s", name, bad[name])
	}
	f.e.Connections = slices.DeleteFunc(f.e.Connections, func(c *spec.Connection) bool { return bad[f.e.ConnectionsPrefix().Name(c.ID)] != "" })
	f.e.Variables = slices.DeleteFunc(f.e.Variables, func(v *spec.Variable) bool { return bad[f.e.VariablesPrefix().Name(v.Key)] != "" })
	return nil
}

func fieldNames(c comparison) string {
	if c.err != nil {
		return c.err.Error()
	}
	var names []string
	for _, f := range append(c.fields, c.other...) {
		names = append(names, f.Name)
	}
	return strings.Join(names, ", ")
}

// choosePolicy says who gives the execution role its permissions: aircon, if its policies are what it would write.
func (f *finder) choosePolicy() error {
	if err := f.o.observeRole(f.ctx, f.aws, f.e); err != nil {
		return err
	}
	for _, kind := range []string{"exact", "prefix"} {
		f.e.Policy = kind
		p := newPlan(f.e.Name, f.o.Caller)
		if err := p.diffPolicies(f.e, f.o, Options{}); err == nil && len(f.o.Policies) > 0 && len(p.Changes)+len(p.Refusals) == 0 {
			return nil
		}
	}
	f.e.Policy = "none"
	return nil
}
