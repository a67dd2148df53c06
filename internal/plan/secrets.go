package plan

import (
	"fmt"
	"slices"
	"strings"

	"aircon"
	"aircon/internal/spec"
)

// comparison is how a stored secret differs from what the spec wants.
type comparison struct {
	exists  bool
	deleted bool
	text    aircon.Secret // what it shall hold
	err     error         // why that cannot be known or written
	fields  []Field       // of the text
	other   []Field       // description, KMS key, tags

	description, kmsKey *string // to set, where not nil
	tags                map[string]string
}

func (c comparison) same() bool {
	return c.exists && !c.deleted && c.err == nil && len(c.fields) == 0 && len(c.other) == 0
}

// compare finds what differs. Tags count only on what aircon owns: someone else's secret with the right content needs no change.
func (o *Observed) compare(e *spec.Environment, w *want, r reader, values Values) comparison {
	seen := o.Secrets[w.name]
	c := comparison{exists: seen.Exists, deleted: !seen.Deleted.IsZero()}
	if c.deleted {
		return c // AWS does not show the text of a secret that is pending deletion
	}
	if seen.Exists && seen.Fault != nil {
		c.err = fmt.Errorf("it cannot be read (%s: %s), so that what it holds cannot be compared", seen.Fault.Code, seen.Fault.Message)
		return c
	}
	if c.text, c.err = w.text(values, r, seen.Text); c.err != nil {
		return c
	}
	c.fields = w.differing(values, r, seen, c.text)
	if !seen.Exists {
		return c
	}
	if w.description != nil && *w.description != seen.Description {
		c.description = w.description
		c.other = append(c.other, Field{Name: "description", Old: seen.Description, New: *w.description})
	}
	if !o.sameKey(w.kmsKey, seen.KMSKey) {
		key := w.kmsKey
		if isDefaultKey(key) {
			key = defaultKey
		}
		c.kmsKey = &key
		c.other = append(c.other, Field{Name: "kms_key", Old: orDefault(seen.KMSKey), New: key})
	}
	if owns(e.Name, seen.Tags) {
		c.tags = missingTags(ownTags(e), seen.Tags)
		c.other = append(c.other, tagFields(c.tags, seen.Tags)...)
	}
	return c
}

func orDefault(key string) string {
	if isDefaultKey(key) {
		return defaultKey
	}
	return key
}

// missingTags returns the wanted tags that something lacks. Tags that others set stay.
func missingTags(wanted, has map[string]string) map[string]string {
	lacks := map[string]string{}
	for key, value := range wanted {
		if old, ok := has[key]; !ok || old != value {
			lacks[key] = value
		}
	}
	return lacks
}

func tagFields(lacks, has map[string]string) []Field {
	var fields []Field
	for _, key := range sortedKeys(lacks) {
		fields = append(fields, Field{Name: "tag " + key, Old: has[key], New: lacks[key]})
	}
	return fields
}

// differing names what a text changes: for a new secret all that the spec says.
func (w *want) differing(values Values, r reader, seen Seen, text aircon.Secret) []Field {
	if w.variable != nil {
		if seen.Exists && seen.Text.Equal(text) {
			return nil
		}
		return []Field{w.variableField()}
	}
	conn, err := w.connectionOf(values, r, seen.Text)
	if err != nil {
		return nil // text has failed with it already
	}
	if !seen.Exists {
		return w.shown(differing(aircon.Connection{}, conn))
	}
	if seen.Text.IsNull() {
		return []Field{{Name: "text", Secret: true}}
	}
	fields := w.shown(r.differs(w.id, conn, seen.Text))
	if was, is := formatOf(seen.Text), formatOf(text); was != is && (w.whole == nil || w.whole.Reformat) {
		fields = append(fields, Field{Name: "format", Old: was, New: is})
	}
	return fields
}

// formatOf tells a text's format as Airflow does, by its first character.
func formatOf(text aircon.Secret) string {
	if strings.HasPrefix(strings.TrimSpace(text.Reveal()), "{") {
		return "json"
	}
	return "uri"
}

func (w *want) variableField() Field {
	if w.variable.Value != nil {
		return Field{Name: "value", New: *w.variable.Value}
	}
	return Field{Name: "value", Secret: true}
}

// shown gives the fields their new values where the spec holds them in the clear.
func (w *want) shown(names []string) []Field {
	fields := make([]Field, len(names))
	if w.whole != nil { // nothing of it stands in the clear anywhere
		for i, name := range names {
			fields[i] = Field{Name: name, Secret: true}
		}
		return fields
	}
	c := w.connection
	clear := map[string]*string{"conn_type": &c.ConnType, "host": c.Host, "login": c.Login, "schema": c.Schema}
	if c.Port != nil {
		port := fmt.Sprint(*c.Port)
		clear["port"] = &port
	}
	for i, name := range names {
		fields[i] = Field{Name: name, Secret: true}
		if value, ok := clear[name]; ok {
			fields[i].Secret = false
			if value != nil {
				fields[i].New = *value
			}
		}
	}
	return fields
}

// diffSecrets adds what the declared secrets need.
func (p *Plan) diffSecrets(e *spec.Environment, o *Observed, r reader, values Values, opts Options) {
	for _, elsewhere := range []struct {
		prefix spec.Prefix
		ids    []string
	}{{e.ConnectionsPrefix(), e.Connections.Keys()}, {e.VariablesPrefix(), e.Variables.Keys()}} {
		if elsewhere.prefix.ByARN() && len(elsewhere.ids) > 0 {
			p.warn("", elsewhere.prefix.Text, "asked for by ARN, so that nothing of it is made, changed or compared here: "+strings.Join(elsewhere.ids, ", "),
				"let that account store them, let the secrets' and the key's policies allow the execution role to read them; aircon doctor looks")
		}
	}
	for _, w := range wants(kept(e)) {
		p.diffSecret(e, o, w, o.compare(e, &w, r, values), r, values, opts)
	}
}

func (p *Plan) diffSecret(e *spec.Environment, o *Observed, w want, c comparison, r reader, values Values, opts Options) {
	seen := o.Secrets[w.name]
	switch {
	case c.same():
		return
	case seen.Exists && !owns(e.Name, seen.Tags) && !opts.Adopt:
		p.refuse(KindSecret, w.name, "this secret "+owner(seen.Tags)+", and would be overwritten", "make the spec say what the secret holds, use another id, or take it over with --adopt")
	case c.err != nil:
		p.refuse(KindSecret, w.name, c.err.Error(), "")
	case c.deleted:
		p.add(Change{
			Action: Restore, Kind: KindSecret, Name: w.name, ID: w.id, Fields: tagFields(missingTags(ownTags(e), seen.Tags), seen.Tags),
			Why: "it is pending deletion; what it holds is compared once it is restored", do: restore(e, o, w, r, values),
		})
	case !seen.Exists:
		p.addCreate(e, o, w, c)
	default:
		p.addUpdate(e, o, w, c)
	}
}

func (p *Plan) addCreate(e *spec.Environment, o *Observed, w want, c comparison) {
	secret := Secret{Name: w.name, KMSKey: w.kmsKey, Tags: ownTags(e)}
	if w.whole != nil {
		secret.Tags[TagAdopted] = "true"
	}
	if w.description != nil {
		secret.Description = *w.description
	}
	fields := c.fields
	if secret.Description != "" {
		fields = append(fields, Field{Name: "description", New: secret.Description})
	}
	if w.kmsKey != "" {
		fields = append(fields, Field{Name: "kms_key", New: w.kmsKey})
	}
	id := token("create", o.Caller.Account, o.Caller.Region, w.name)
	p.add(Change{Action: Create, Kind: KindSecret, Name: w.name, ID: w.id, Fields: fields, do: createSecret(secret, c.text, id)})
}

func (p *Plan) addUpdate(e *spec.Environment, o *Observed, w want, c comparison) {
	seen := o.Secrets[w.name]
	tags := missingTags(ownTags(e), seen.Tags)
	fields := slices.Concat(c.fields, c.other)
	why := ""
	if !owns(e.Name, seen.Tags) {
		why = "taken over: it " + owner(seen.Tags)
		tags[TagAdopted] = "true"
		fields = append(fields, tagFields(tags, seen.Tags)...)
	}
	if seen.Rotates && len(c.fields) > 0 {
		p.warn("", w.name, "this secret has a rotation, which a new version from here overtakes", "use  password: {keep: true}")
	}
	p.add(Change{Action: Update, Kind: KindSecret, Name: w.name, ID: w.id, Fields: fields, Why: why, do: updateSecret(seen, c, tags, o.Caller)})
}

// diffLeft deals with what aircon made and the spec no longer has.
func (p *Plan) diffLeft(e *spec.Environment, o *Observed, opts Options) {
	declared := map[string]bool{}
	for _, w := range wants(e) {
		declared[w.name] = true
	}
	for _, name := range sortedKeys(o.Secrets) {
		seen := o.Secrets[name]
		if declared[name] || !seen.Exists || !seen.Deleted.IsZero() || !owns(e.Name, seen.Tags) {
			continue
		}
		if !opts.Prune {
			p.warn("", name, "aircon made this secret, and the spec no longer has it", "--prune deletes it, with a recovery window")
			continue
		}
		p.addDelete(name, seen.Tags, opts, "it left the spec")
	}
}

// addDelete deletes a secret that aircon made. One that it took over stays: whoever made it may still need it.
func (p *Plan) addDelete(name string, tags map[string]string, opts Options, why string) {
	if tags[TagAdopted] != "" {
		p.warn("", name, "this secret was there before aircon took it over, and stays as it is", "delete it yourself where nobody needs it any more")
		return
	}
	days := opts.recoveryDays()
	p.add(Change{Action: Delete, Kind: KindSecret, Name: name, Fields: []Field{{Name: "recovery window", New: fmt.Sprintf("%d days", days)}}, Why: why, do: deleteSecret(name, days)})
}
