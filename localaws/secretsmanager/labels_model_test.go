package secretsmanager_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"aircon/localaws/internal/calltest"
)

// labelModel is what is known of staging labels, in the smallest form: which version each is on, and the values.
type labelModel struct {
	on     map[string]int // version by label
	values map[int]string // by version; the key alone for one without a value
}

// put stores a value under a token with labels, and says how the service must answer.
func (m *labelModel) put(version int, value string, labels []string) string {
	if old, known := m.values[version]; known {
		if old != value {
			return "ResourceExistsException"
		}
		return ""
	}
	m.values[version] = value
	if len(labels) == 0 {
		labels = []string{"AWSCURRENT"}
	}
	from, had := m.on["AWSCURRENT"]
	for _, l := range labels {
		m.on[l] = version
	}
	if had && m.on["AWSCURRENT"] == version {
		m.on["AWSPREVIOUS"] = from
	}
	if slices.Contains(labels, "AWSCURRENT") && m.on["AWSPENDING"] != version {
		delete(m.on, "AWSPENDING")
	}
	return ""
}

// move is UpdateSecretVersionStage; 0 stands for a version that is not named.
func (m *labelModel) move(label string, from, to int) string {
	holder, held := m.on[label]
	_, knowsFrom := m.values[from]
	_, knowsTo := m.values[to]
	switch {
	case from == 0 && to == 0, from != 0 && !knowsFrom, to != 0 && !knowsTo, to == 0 && label == "AWSCURRENT", to == 0 && (!held || holder != from),
		to != 0 && held && holder != to && holder != from:
		return "InvalidParameterException"
	case to == 0:
		delete(m.on, label)
		return ""
	}
	m.on[label] = to
	if label == "AWSCURRENT" && held && holder != to {
		m.on["AWSPREVIOUS"] = holder
		if m.on["AWSPENDING"] == holder {
			delete(m.on, "AWSPENDING")
		}
	}
	return ""
}

// labels writes the labels by version, as stages does: "1:AWSPREVIOUS 2:AWSCURRENT".
func (m *labelModel) labels() string {
	byVersion := map[int][]string{}
	for label, version := range m.on {
		byVersion[version] = append(byVersion[version], label)
	}
	var out []string
	for _, version := range slices.Sorted(maps.Keys(m.values)) {
		slices.Sort(byVersion[version])
		out = append(out, fmt.Sprint(version, ":", strings.Join(byVersion[version], ",")))
	}
	return strings.Join(out, " ")
}

// TestLabelsAgainstModel runs random sequences of what moves labels against the model.
func TestLabelsAgainstModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		a := newAWS(t)
		m := labelModel{map[string]int{"AWSCURRENT": 1}, map[int]string{1: "v"}}
		create(a, "s", "v", 1)
		version := rapid.IntRange(1, 6)
		label := rapid.SampledFrom([]string{"AWSCURRENT", "AWSPENDING", "AWSPREVIOUS", "blue"})
		next := 2 // versions are listed in the order in which they came
		for range rapid.IntRange(1, 25).Draw(rt, "steps") {
			var want string
			in := object{"SecretId": "s"}
			operation := rapid.SampledFrom([]string{"PutSecretValue", "UpdateSecret", "UpdateSecretVersionStage"}).Draw(rt, "operation")
			if operation == "UpdateSecretVersionStage" {
				l, from, to := label.Draw(rt, "label"), version.Draw(rt, "from")-1, version.Draw(rt, "to")-1
				if rapid.Bool().Draw(rt, "says where it is") {
					from = m.on[l]
				}
				in["VersionStage"] = l
				for member, n := range map[string]int{"RemoveFromVersionId": from, "MoveToVersionId": to} {
					if n > 0 {
						in[member] = id(n)
					}
				}
				want = m.move(l, from, to)
			} else {
				n, value := min(version.Draw(rt, "version"), next), rapid.SampledFrom([]string{"v", "w"}).Draw(rt, "value")
				next = max(next, min(n+1, 6))
				in["ClientRequestToken"], in["SecretString"] = id(n), value
				var labels []string
				if operation == "PutSecretValue" {
					labels = rapid.SliceOfNDistinct(label, 0, 3, rapid.ID[string]).Draw(rt, "labels")
					in["VersionStages"] = labels
				}
				if len(labels) == 0 {
					delete(in, "VersionStages")
				}
				want = m.put(n, value, labels)
			}
			check(rt, a, operation, in, want)
			if got := stages(a, "s", true); got != m.labels() {
				rt.Fatalf("after %s %v: labels %q, want %q", operation, in, got, m.labels())
			}
		}
	})
}

func check(t *rapid.T, a *calltest.AWS, operation string, in object, want string) {
	_, err := a.Call("secretsmanager."+operation, in)
	if want == "" && err != nil || want != "" && (err == nil || !strings.HasPrefix(err.Error(), want+":")) {
		t.Fatalf("%s %v: %v, want %q", operation, in, err, want)
	}
}
