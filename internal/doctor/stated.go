package doctor

import "slices"

// stated are the findings about what the spec itself says.
func (d *Doctor) stated(e *Environment) ([]Finding, error) {
	if d.Stated == nil {
		return nil, nil
	}
	return d.Stated(e.MWAA.Airflow)
}

// restated are the findings about a connection, where the mend of what the spec itself says is to write the spec otherwise, and apply it.
func restated(found, stated []Finding) []Finding {
	for i := range found {
		f := &found[i]
		same := func(s Finding) bool { return s.ID == f.ID && s.ConnID == f.ConnID }
		if at := slices.IndexFunc(stated, same); at >= 0 && applies(f.Mend) {
			f.Mend.Text = "first, at " + stated[at].Where + ": " + stated[at].Mend.Text
		}
	}
	return found
}

// applies reports whether a mend is to apply the spec.
func applies(m Mend) bool {
	return len(m.Command) > 1 && m.Command[0] == "aircon" && m.Command[1] == "apply"
}
