package policy

// Evaluate decides a request. It allocates nothing.
func Evaluate(r *Request) Decision { return Decision{Statement: -1} }

// Denial returns AWS's text for a refusal. Sent is the resource as the caller wrote it, which the text quotes; "" means r.Resource,
// which then is left out when it is *.
func (d Decision) Denial(r *Request, sent string) string { return "" }
