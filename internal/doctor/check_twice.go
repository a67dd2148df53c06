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

// checkTwice finds keys of the secret's own object that stand in it more than once: json.loads keeps the last
// (https://docs.python.org/3/library/json.html#repeated-names-within-an-object).
func checkTwice(t *SecretText) []Finding {
	if t.tree == nil || !t.isObject() {
		return nil
	}
	var all []Finding
	seen := map[string]bool{}
	for _, m := range t.tree.Members {
		if key := m.Key.Text; seen[key] {
			f := Found("AC109", textfix.Shown(key)+" is written again here, and the values before do not count", t.inWords(Mend{Text: "keep one " + textfix.Shown(key)}))
			all = append(all, f.At("", t.position(m.Key.Start)))
		}
		seen[m.Key.Text] = true
	}
	return all
}
