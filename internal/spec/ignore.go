package spec

import (
	"reflect"
	"regexp"
	"slices"

	"go.yaml.in/yaml/v4"

	"aircon/internal/near"
)

// findingID is the form of a finding's id.
var findingID = regexp.MustCompile(`^AC[0-9]{3}$`)

// decode reads a mapping from ids to reasons, and refuses ids that no finding has, and empty reasons: whoever reads a report
// needs them.
func (r *Reasons) decode(d *decoder, n *yaml.Node, what string) {
	*r = Reasons{}
	for _, m := range d.members(n, what) {
		switch {
		case !findingID.MatchString(m.key):
			d.fail(m.pos, "write an id such as AC006", "%s: %q is not the id of a finding", what, m.key)
		case d.opts.Findings != nil && !slices.Contains(d.opts.Findings, m.key):
			d.fail(m.pos, nearestFinding(m.key, d.opts.Findings), "%s: there is no finding %s", what, m.key)
		default:
			var reason string
			d.value(m.value, reflect.ValueOf(&reason).Elem(), what+": the reason for "+m.key, "minLength=1")
			(*r)[m.key] = reason
		}
	}
}

// nearestFinding is a hint for an id that does not exist.
func nearestFinding(id string, ids []string) string {
	nearest, ok := near.Nearest(id, ids)
	if !ok {
		return "aircon explain  lists all"
	}
	return "did you mean " + nearest + "?  aircon explain  lists all"
}
