package term

import "encoding/json"

// JSON writes v to Out as --output json promises: indented by two spaces, map keys sorted, members in the order of their struct, no HTML
// escapes, one line break at the end. The same value gives the same bytes.
func (t *Terminal) JSON(v any) error {
	e := json.NewEncoder(t.Out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
