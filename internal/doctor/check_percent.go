package doctor

import (
	"slices"

	"aircon/internal/textfix"
)

var _ = register(check{
	kinds: []Kind{{
		ID: "AC020", Severity: Warning, Arrow: ArrowText, Topic: "airflow.md#the-secrets-text",
		Title: "a value in JSON is percent-encoded",
		Means: "the amazon provider takes JSON values as they are written: a literal %40 is then part of the password. `are_secret_values_urlencoded` is heeded up to provider 8 (Airflow 2.10.1), and by none from 9.0 on (Airflow 2.10.3)",
		Why:   "the text was written for an older provider, which decoded the values, or was made of a URI",
		Mend:  "write the value decoded: JSON needs no percent signs",
	}},
	text: checkPercent,
})

// checkPercent is row 20: URL-encoded values in JSON that nobody decodes.
func checkPercent(t *SecretText) []Finding {
	said, given := t.backend.Encoded()
	if t.tree == nil || given && !said || said && !t.backend.Runtime().Amazon.AtLeast(9, 0) {
		return nil
	}
	keys, err := t.backend.Keys()
	if err != nil {
		return nil // bad extra_conn_words are the kwargs' fault, not the text's
	}
	var all []Finding
	for _, m := range t.tree.Members {
		key := m.Key.Text
		stands := slices.ContainsFunc([]string{"login", "password", "host", "schema"}, func(field string) bool { return slices.Contains(keys[field], key) })
		if !stands || m.Value.Kind != textfix.Text || !textfix.LooksEncoded(m.Value.Text) {
			continue
		}
		f := Found("AC020", "the value of "+key+" looks percent-encoded, and Airflow "+t.backend.Runtime().Airflow.String()+" takes it as it is written",
			t.mendEncoded(Mend{Text: "write the value of " + key + " decoded, unless its percent sign belongs to it"}))
		if said {
			f.Severity = Error
			f.Seen += ", whatever are_secret_values_urlencoded says"
		}
		all = append(all, f.At("", t.position(m.Key.Start)))
	}
	return all
}

// mendEncoded is the mend where only the values' encoding keeps the text from being fixed: the command that says that they are.
func (t *SecretText) mendEncoded(m Mend) Mend {
	encoded, o := true, t.options
	o.Encoded = &encoded
	if t.refusal == nil || t.refusal.ID != "AC020" || len(t.Fix) == 0 || t.try(o) != nil {
		return t.mend(m)
	}
	m.Command = append(slices.Clone(t.Fix), "--encoded", "yes")
	return t.inWords(m)
}
