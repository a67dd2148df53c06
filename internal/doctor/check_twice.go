package doctor

import "aircon/internal/textfix"

var _ = register(check{
	kinds: []Kind{{
		ID: "AC109", Severity: Warning, Arrow: ArrowText, Topic: "airflow.md#the-secrets-text",
		Title: "a key is written twice",
		Means: "Python's json keeps the last value of a key and forgets the others without a word",
		Why:   "the text was put together of two, or a value was changed by writing it anew below",
		Mend:  "keep the one that is meant, and take the others out",
	}},
	text: checkTwice,
})

// checkTwice finds keys that stand in one object more than once, in the secret's own or in one inside it, also where extra is a text that
// holds one: json.loads keeps the last (https://docs.python.org/3/library/json.html#repeated-names-within-an-object).
func checkTwice(t *SecretText) []Finding {
	if t.tree == nil || !t.isObject() {
		return nil
	}
	all := t.twiceIn(t.tree, "", func(key *textfix.Node) string { return t.position(key.Start) })
	extra := t.tree.Get("extra")
	if extra == nil || extra.Kind != textfix.Text {
		return all
	}
	if inner, err := textfix.Read(extra.Text); err == nil {
		all = append(all, t.twiceIn(inner, "extra", func(*textfix.Node) string { return t.position(extra.Start) })...)
	}
	return all
}

// twiceIn looks into a value, which is called path, and into all that it holds. place is where a key stands.
func (t *SecretText) twiceIn(n *textfix.Node, path string, place func(key *textfix.Node) string) []Finding {
	var all []Finding
	seen := map[string]bool{}
	for _, m := range n.Members {
		name := textfix.Shown(m.Key.Text)
		if path != "" {
			name = path + "." + name
		}
		if seen[m.Key.Text] {
			f := Found("AC109", name+" is written again here, and the values before do not count", t.inWords(Mend{Text: "keep one " + name}))
			all = append(all, f.At("", place(m.Key)))
		}
		seen[m.Key.Text] = true
		all = append(all, t.twiceIn(m.Value, name, place)...)
	}
	for _, item := range n.Items {
		all = append(all, t.twiceIn(item, path, place)...)
	}
	return all
}
