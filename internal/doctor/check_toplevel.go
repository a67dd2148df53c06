package doctor

import (
	"slices"

	"aircon"
	"aircon/internal/textfix"
	"aircon/pghook"
)

var _ = register(check{
	kinds: []Kind{{
		ID: "AC023", Severity: Error, Arrow: ArrowText, Topic: "airflow.md#the-secrets-text",
		Title: "one of libpq's options stands beside the fields, where Airflow drops it",
		Means: "only what is in extra reaches libpq: an sslmode beside host and login has no effect, and the connection may go unencrypted",
		Why:   "the options were written on one level with the rest, as other tools take them",
		Mend:  "move the option into `extra`",
	}, {
		ID: "AC106", Severity: Warning, Arrow: ArrowText, Topic: "airflow.md#the-secrets-text",
		Title: "Airflow drops a key of the secret",
		Means: "keys that stand for no field vanish without a word, a misspelt `pasword` like any other",
		Why:   "the key is misspelt, or belongs to another program",
		Mend:  "the nearest key that Airflow reads is in the finding: spell it so, or take the key out",
	}},
	text: checkKeys,
})

// checkKeys is row 23, and the other keys that vanish.
func checkKeys(t *SecretText) []Finding {
	var all []Finding
	options := pghook.LibPQOptions(t.backend.Runtime().Driver.LibPQ)
	for _, n := range t.noted(aircon.IgnoredKey) {
		where := t.at(n.Line, n.Column)
		switch {
		case slices.Contains(textfix.Others, n.Field):
		case slices.Contains(options, n.Field):
			all = append(all, Found("AC023", "the secret has "+n.Field+" beside its fields", t.mend(Mend{
				Text: `move it into extra: "extra": {"` + n.Field + `": …}`,
			})).At("", where))
		default:
			all = append(all, t.vanished(n).At("", where))
		}
	}
	return all
}

// vanished is a key that stands for nothing. Without its field a connection is broken, if the key was meant for one.
func (t *SecretText) vanished(n aircon.Note) Finding {
	name := textfix.Shown(n.Field)
	if textfix.Wrapped(t.tree, t.backend) {
		f := Found("AC106", "the connection stands under the key "+name+", as `airflow connections export` writes it, and Airflow drops that key with all in it",
			t.mend(Mend{Text: "write what stands under the key, without the braces and the key around it"}))
		f.Severity = Error
		return f
	}
	meant, distance := textfix.Meant(n.Field, textfix.Candidates(t.backend))
	switch {
	case meant == "" && distance == 0:
		f := Found("AC106", "the key "+name+" stands for nothing", t.inWords(Mend{Text: "take it out, or put into extra what the hook should get"}))
		f.Severity = Info
		return f
	case meant == "":
		return Found("AC106", "the key "+name+" stands for nothing, and is near several that do", t.mend(Mend{Text: "spell it as Airflow does: login, password, host, port, schema, conn_type, extra"}))
	}
	f := Found("AC106", "the key "+name+" stands for nothing; did you mean "+meant+"?", t.mend(Mend{Text: "write " + meant + " instead of " + name}))
	if textfix.FieldOf(t.backend, meant) != "" {
		f.Severity = Error
	}
	return f
}
