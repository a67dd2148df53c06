package policy

// Context holds the condition keys of a request, in no order; a key stands in it at most once. A request has few of them, so
// that looking through a slice costs less than making a map, and appending to a kept slice makes no garbage.
type Context []Key

// Key is a condition key with its value or values. Make one with One or Many.
type Key struct {
	Name     string   // such as aws:SourceIp; upper and lower case are alike
	Value    string   // of a single-valued key
	List     []string // of a multi-valued key
	Multiple bool     // whether List counts, rather than Value
}

// One returns a single-valued key. Times are ISO 8601 or epoch seconds, truths are true and false.
func One(name, value string) Key { return Key{Name: name, Value: value} }

// Many returns a multi-valued key, such as aws:TagKeys. Without values it counts as present but empty.
func Many(name string, values ...string) Key { return Key{Name: name, List: values, Multiple: true} }
