package doctor

import (
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"aircon/mwaa"
)

// joinOptions gives all mends of a report that change the environment's options the same command, which carries out all of them: MWAA
// replaces the whole map, so that of two commands that are each computed from today's map the second would undo the first. What is only
// good to know is carried out by its own command alone, on top of the others.
func (e *Environment) joinOptions(r *Report) {
	var wanted, known []*Finding
	for _, f := range r.all() {
		switch {
		case f.Mend.options == nil:
		case f.Severity == Info:
			known = append(known, f)
		default:
			wanted = append(wanted, f)
		}
	}
	// errors first: of two mends that want other values of the same option, the one that breaks a connection is heard
	slices.SortStableFunc(wanted, func(a, b *Finding) int { return cmp.Compare(a.Severity, b.Severity) })
	joined := e.join(wanted)
	joined.send(e, wanted)
	for _, f := range known {
		own := optionJoin{options: maps.Clone(joined.options), ids: slices.Clone(joined.ids)}
		own.add(e.MWAA.Options, f)
		own.send(e, []*Finding{f})
	}
}

// all are the findings of the environment, then those of each connection, where they stand.
func (r *Report) all() []*Finding {
	var all []*Finding
	for i := range r.Findings {
		all = append(all, &r.Findings[i])
	}
	for i := range r.Connections {
		for j := range r.Connections[i].Findings {
			all = append(all, &r.Connections[i].Findings[j])
		}
	}
	return all
}

// optionJoin is what some mends make of an environment's options together.
type optionJoin struct {
	options map[string]string
	ids     []string // of the findings that are mended so
	left    []*Finding
}

func (e *Environment) join(found []*Finding) optionJoin {
	joined := optionJoin{options: map[string]string{}}
	maps.Copy(joined.options, e.MWAA.Options)
	for _, f := range found {
		joined.add(e.MWAA.Options, f)
	}
	return joined
}

// add carries out one more mend, where none before changes the same otherwise.
func (j *optionJoin) add(before map[string]string, f *Finding) {
	next, ok := mergeOptions(before, j.options, f.Mend.options)
	switch {
	case !ok:
		j.left = append(j.left, f)
		return
	case !slices.Contains(j.ids, f.ID):
		j.ids = append(j.ids, f.ID)
	}
	j.options = next
}

// send gives findings the command for all, and says so where it does more than the one finding's mend.
func (j *optionJoin) send(e *Environment, found []*Finding) {
	slices.Sort(j.ids)
	for _, f := range found {
		f.Mend = e.sending(f.Mend, j.options)
		switch {
		case slices.Contains(j.left, f):
			f.Mend.Text += "; do first what mends " + strings.Join(j.ids, ", ") + ", as it changes the same option, then examine again"
		case len(j.ids) > 1 && len(f.Mend.Command) > 0:
			f.Mend.Text += "; one command mends " + strings.Join(j.ids, ", ") + " together"
		}
	}
}

// mergeOptions does to ours what turned before into theirs: kwarg by kwarg where an option holds kwargs. It is false where ours has
// changed the same in another way.
func mergeOptions(before, ours, theirs map[string]string) (map[string]string, bool) {
	return merge(before, ours, theirs, mergeKwargs)
}

// mergeKwargs is the merge of one option that holds kwargs.
func mergeKwargs(was, mine, other string) (string, bool) {
	before, err1 := mwaa.ParseKwargs(was)
	ours, err2 := mwaa.ParseKwargs(mine)
	theirs, err3 := mwaa.ParseKwargs(other)
	if errors.Join(err1, err2, err3) != nil {
		return "", false
	}
	neither := func(string, string, string) (string, bool) { return "", false }
	merged, ok := merge(members(before), members(ours), members(theirs), neither)
	if !ok {
		return "", false
	}
	var whole mwaa.Kwargs
	for _, name := range append(theirs.Names(), ours.Names()...) {
		value, is := merged[name]
		if !is {
			continue
		}
		var err error
		if whole, err = whole.Set(name, json.RawMessage(value)); err != nil {
			return "", false
		}
	}
	return whole.Text(), true
}

// members are kwargs by their names, each as its JSON.
func members(k mwaa.Kwargs) map[string]string {
	all := map[string]string{}
	for _, name := range k.Names() {
		var value json.RawMessage
		k.Get(name, &value)
		all[name] = string(value)
	}
	return all
}

// merge is a merge of three maps; both decides on a key that both sides have changed, each in its way.
func merge(before, ours, theirs map[string]string, both func(was, mine, other string) (string, bool)) (map[string]string, bool) {
	merged := maps.Clone(ours)
	keys := map[string]bool{}
	for _, m := range []map[string]string{before, theirs} {
		for key := range m {
			keys[key] = true
		}
	}
	for key := range keys {
		was, had := before[key]
		mine, have := ours[key]
		other, has := theirs[key]
		switch {
		case was == other && had == has, mine == other && have == has: // nothing to do
		case was == mine && had == have && has:
			merged[key] = other
		case was == mine && had == have:
			delete(merged, key)
		case have && has:
			text, ok := both(was, mine, other)
			if !ok {
				return nil, false
			}
			merged[key] = text
		default:
			return nil, false
		}
	}
	return merged, true
}
