package doctor

import (
	"fmt"
	"slices"
	"strings"

	"aircon/internal/textfix"
)

var _ = register(check{
	kinds: []Kind{{
		ID: "AC115", Severity: Warning, Arrow: ArrowText, Topic: "airflow.md#the-secrets-text",
		Title: "two keys stand for one field, with different values",
		Means: "Airflow's backend takes the key that comes first in the text, even where it is null, and drops the others without a word",
		Why: "the backend has several names for a field, such as `password`, `pass` and `key`, and the secret uses two: it serves two programs, " +
			"or one of them was meant for something else",
		Mend: "keep the key with the value that is meant, or put it first",
	}},
	text: checkAliases,
})

// aliased are the fields that the backend has several names for, or may have by extra_conn_words.
var aliased = []string{"conn_type", "login", "password", "host", "port", "schema", "extra"}

// checkAliases finds keys that have another value than the key that counts for their field: _standardize_secret_keys takes the first one
// in the secret's own order.
func checkAliases(t *SecretText) []Finding {
	words, err := t.backend.Keys()
	if t.tree == nil || !t.isObject() || err != nil {
		return nil
	}
	var all []Finding
	for _, field := range aliased {
		stands := func(m textfix.Member) bool { return slices.Contains(words[field], m.Key.Text) }
		first := slices.IndexFunc(t.tree.Members, stands)
		if first < 0 {
			continue
		}
		counts := t.tree.Members[first].Key.Text
		said := []string{counts}
		for _, m := range t.tree.Members[first+1:] {
			if key := m.Key.Text; stands(m) && !slices.Contains(said, key) {
				said = append(said, key)
				if t.contradicts(field, counts, key) {
					all = append(all, t.shadowed(field, counts, m.Key))
				}
			}
		}
	}
	return all
}

// contradicts reports whether a key that does not count has a value of its own. A conn_id behind the type is only what the connection is
// called, and one before it is AC002's matter.
func (t *SecretText) contradicts(field, counts, key string) bool {
	if field == "conn_type" && (counts == "conn_id" || key == "conn_id") {
		return false
	}
	a, b := t.tree.Get(counts), t.tree.Get(key)
	isPostgres := func(n *textfix.Node) bool {
		return strings.Contains(n.Text, "postgres") || textfix.MeansPostgres(n.Text)
	} // aurora-postgresql is RDS's engine
	if b.Empty() || field == "conn_type" && isPostgres(a) && isPostgres(b) {
		return false
	}
	return !a.Equal(b)
}

func (t *SecretText) shadowed(field, counts string, key *textfix.Node) Finding {
	name := textfix.Shown(key.Text)
	counts = textfix.Shown(counts)
	seen := fmt.Sprintf("%s comes first and counts as the %s; %s, with another value, does not", counts, field, name)
	mend := Mend{Text: fmt.Sprintf("keep the one of %s and %s that is meant; where another program needs both, put it first", counts, name)}
	return Found("AC115", seen, t.inWords(mend)).At("", t.position(key.Start))
}
