package aircon

import "strconv"

// NoteKind names something that a text says and its meaning hides. The names are stable: they appear in output for machines.
type NoteKind string

// What a note may tell. Airflow reads all of these texts, most of them not as their writer meant them.
const (
	// In JSON.
	NumberAsText   NoteKind = "number-as-text"  // a number or truth value where text belongs; get_uri() fails on it
	PortCast       NoteKind = "port-cast"       // the port is not a plain whole number: int() made it one, or it became null
	DuplicateKey   NoteKind = "duplicate-key"   // the same key came before; the last one counts
	IgnoredKey     NoteKind = "ignored-key"     // AWS's backend drops the key without a word
	AliasShadowed  NoteKind = "alias-shadowed"  // another key for the same field came first, and counts even when null
	TypeFromConnID NoteKind = "type-from-id"    // the key conn_id is one of AWS's backend's names for the type
	NullIgnored    NoteKind = "null-ignored"    // an empty or zero value became null
	ExtraTwice     NoteKind = "extra-twice"     // extra is JSON of a text that is JSON itself: encoded once too often
	ExtraNotObject NoteKind = "extra-no-object" // extra is not a JSON object: no option in it reaches the hook

	// In a URI.
	HostLowered    NoteKind = "host-lowered"      // the host's capital letters are gone
	ProtocolInHost NoteKind = "protocol-in-host"  // a second :// made its protocol part of the host
	SchemeInQuery  NoteKind = "scheme-in-query"   // a :// after the question mark counts as a second one; the host is lost
	FragmentCut    NoteKind = "fragment-cut"      // what follows # is dropped: a # in a password must be %23
	StrayAt        NoteKind = "stray-at"          // an @ outside its place: a special character before it is not encoded
	BadPercent     NoteKind = "bad-percent"       // a percent sign without two hexadecimal digits stays as it is
	NotUTF8        NoteKind = "not-utf8"          // encoded bytes that are no UTF-8 became U+FFFD
	ControlCut     NoteKind = "control-cut"       // a tab or line break inside is dropped
	NoScheme       NoteKind = "no-scheme"         // the text has no type://; most of it became the schema
	PlusKept       NoteKind = "plus-kept"         // a + in user, password or schema is a plus; a space is %20
	TypedExtra     NoteKind = "typed-extra"       // a value of the query was read as JSON and is no text any more
	PairedExtra    NoteKind = "extra-beside-keys" // __extra__ replaces all other keys of the query

	// In both.
	EmptyPassword NoteKind = "empty-password" // an empty password became null
	IDChanged     NoteKind = "id-changed"     // the conn_id has characters that Airflow does not keep
)

// Note is one thing that a text says and its meaning hides. It holds no secret: of the text, at most the name of a field or of
// a JSON key.
type Note struct {
	Kind   NoteKind `json:"kind"`
	Field  string   `json:"field,omitempty"`  // a field as Airflow calls it, or a JSON key; "" where none is meant
	Line   int      `json:"line,omitempty"`   // from 1; 0 where the place is not known
	Column int      `json:"column,omitempty"` // in characters, from 1; 0 where the place is not known
}

// Notes are a text's notes, in the order in which they were found.
type Notes []Note

// Has reports whether a kind is among the notes.
func (n Notes) Has(kind NoteKind) bool {
	for _, note := range n {
		if note.Kind == kind {
			return true
		}
	}
	return false
}

// String returns the kind, the field and the place, as far as they are known.
func (n Note) String() string {
	text := string(n.Kind)
	if n.Field != "" {
		text += " " + n.Field
	}
	if n.Line > 0 {
		text += " at " + strconv.Itoa(n.Line) + ":" + strconv.Itoa(n.Column)
	}
	return text
}

func (n *Notes) add(kind NoteKind, field string) { *n = append(*n, Note{Kind: kind, Field: field}) }
