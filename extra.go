package aircon

// Extra is a connection's extra: Airflow keeps the text of a JSON object, and reads the object where it needs it.
//
// The zero value is null.
type Extra struct {
	text Secret
}

// Text returns the JSON text as Airflow stores it.
func (e Extra) Text() Secret { return e.text }
