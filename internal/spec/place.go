package spec

import (
	"fmt"

	"go.yaml.in/yaml/v4"
)

// Pos is a place in the file. Line and Column count from 1, columns in characters; the zero value is no place.
type Pos struct{ Line, Column int }

// IsZero reports whether p is no place at all.
func (p Pos) IsZero() bool { return p.Line == 0 }

// String gives line:column, and "" for no place.
func (p Pos) String() string {
	if p.IsZero() {
		return ""
	}
	return fmt.Sprintf("%d:%d", p.Line, p.Column)
}

// Place says where in the file a mapping and each of its members stand, so that whoever finds fault with a value can point at it.
//
// The zero value is of a mapping that no file holds.
type Place struct {
	pos     Pos
	members map[string]Pos
}

// Pos returns where the mapping's own key stands.
func (p *Place) Pos() Pos { return p.pos }

// At returns where the value of a member stands, a longer path leading into it: At("extra", "sslmode"). For a member that the file
// leaves out it is the nearest place around it.
func (p *Place) At(path ...string) Pos {
	for n := len(path); n > 0; n-- {
		if pos, ok := p.members[memberKey(path[:n])]; ok {
			return pos
		}
	}
	return p.pos
}

// Has reports whether the file holds the member at all.
func (p *Place) Has(path ...string) bool {
	_, ok := p.members[memberKey(path)]
	return ok
}

func memberKey(path []string) string {
	key := ""
	for _, p := range path {
		key += "\x00" + p
	}
	return key
}

func (p *Place) mark(pos Pos, path ...string) {
	if p.members == nil {
		p.members = map[string]Pos{}
	}
	p.members[memberKey(path)] = pos
}

// markMembers notes where the members of a member that is itself a mapping stand.
func (p *Place) markMembers(m member) {
	if m.value.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(m.value.Content); i += 2 {
		p.mark(posOf(m.value.Content[i+1]), m.key, m.value.Content[i].Value)
	}
}
