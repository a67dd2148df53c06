package doctor

import "aircon/internal/spec"

// Ignored is a finding that does not count, and why.
type Ignored struct {
	Finding
	Reason string `json:"reason"`
}

// Sift parts findings into those that count and those that somebody has a reason to ignore. Of several reasons the first one is given.
func Sift(found []Finding, reasons ...spec.Reasons) (counted []Finding, ignored []Ignored) {
	for _, f := range found {
		if reason, ok := reasonFor(f.ID, reasons); ok {
			ignored = append(ignored, Ignored{f, reason})
			continue
		}
		counted = append(counted, f)
	}
	return counted, ignored
}

func reasonFor(id string, reasons []spec.Reasons) (string, bool) {
	for _, r := range reasons {
		if reason, ok := r[id]; ok {
			return reason, true
		}
	}
	return "", false
}

// reasons are those of the spec: for the environment, and for a connection that it declares.
func (e *Environment) reasons(connID string) []spec.Reasons {
	if e.Spec == nil {
		return nil
	}
	reasons := []spec.Reasons{e.Spec.Ignore}
	if c := e.Spec.Connections.Get(connID); c != nil {
		reasons = append(reasons, c.Ignore)
	}
	return reasons
}

// declared is where the spec declares a connection, or with "" the environment: file:line:column. It is "" where no spec does.
func (e *Environment) declared(connID string) string {
	if e.Spec == nil || e.File == "" {
		return ""
	}
	pos := e.Spec.Pos()
	if connID != "" {
		c := e.Spec.Connections.Get(connID)
		if c == nil {
			return ""
		}
		pos = c.Pos()
	}
	if pos.IsZero() {
		return ""
	}
	return e.File + ":" + pos.String()
}
