package lookup

// Prefix returns what the names of all secrets of a kind begin with, the separator included, and false where the backend
// asks for none of that kind. An empty prefix means that an id is the secret's name.
func (b *Backend) Prefix(kind Kind) (string, bool) {
	s := b.scopes[kind]
	switch {
	case s.null:
		return "", false
	case s.prefix == "":
		return "", true
	}
	return s.prefix + b.sep, true
}
