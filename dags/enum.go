package dags

import "slices"

// enums are the classes of Python's enum whose members have values of the user's.
var enums = []string{"enum.Enum", "enum.StrEnum", "enum.IntEnum", "enum.ReprEnum"}

// isEnum reports whether a class is built on an Enum.
func (c *class) isEnum() bool {
	return slices.ContainsFunc(c.bases, func(b *value) bool {
		return b.kind == named && slices.Contains(enums, b.text) || b.kind == classType && b.class.enum
	})
}

// member is Class.NAME of an Enum, or Class["NAME"], whose value stands in the class's body; nil where it has none of that name.
func (c *class) member(name string) *value {
	v := c.scope.names[name]
	if !c.enum || v == nil || !slices.Contains(c.members, name) {
		return nil
	}
	of := *v
	of.member = name
	return &of
}

// list is what a loop over an Enum sees.
func (c *class) list() []*value {
	var all []*value
	for _, name := range c.members {
		if v := c.member(name); v != nil {
			all = append(all, v)
		}
	}
	return all
}

// ofMember is the value or the name of a member of an Enum; nil where v is none.
func (v *value) ofMember(attribute string) *value {
	switch {
	case v.member == "":
		return nil
	case attribute == "value" || attribute == "_value_":
		plain := *v
		plain.member = ""
		return &plain
	case attribute == "name" || attribute == "_name_":
		return textOf(v.member)
	}
	return nil
}
