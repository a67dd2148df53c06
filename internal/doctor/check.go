package doctor

import "slices"

// check turns what was seen into findings. It asks nobody: all that it knows is in its argument.
type check struct {
	id          string
	environment func(*Environment) []Finding // nil: it looks at connections only
	connection  func(*Patient) []Finding     // nil: it does not look at single connections
	text        func(*SecretText) []Finding  // nil: it does not look at secrets' texts
}

// registry lists the checks, in the order of the arrows that they look at. AC001 is the last of those that explain
// why a lookup failed: it speaks only where no other did.
var registry = []check{
	backendCheck, kwargsCheck, patternCheck, elsewhereCheck, awsDefaultCheck, tooWideCheck,
	suffixCheck, deniedCheck, keyCheck, deletedCheck, nameCheck,
	commentsCheck, garbledCheck, notURICheck, dbnameCheck, numberCheck, fieldCheck, extraCheck, swallowedCheck,
	argumentsCheck, networkCheck, tlsCheck, refusedCheck,
}

func environmentFindings(e *Environment) []Finding {
	var all []Finding
	for _, c := range registry {
		if c.environment != nil {
			all = append(all, c.environment(e)...)
		}
	}
	return all
}

func patientFindings(p *Patient) []Finding {
	var all []Finding
	if t := p.secretText(); t != nil {
		all = textFindings(t)
	}
	for _, c := range registry {
		if c.connection == nil || c.id == swallowedCheck.id && explained(all) {
			continue
		}
		for _, f := range c.connection(p) {
			if f.ConnID == "" {
				f.ConnID = p.ID
			}
			all = append(all, f)
		}
	}
	return all
}

// explained reports whether an error is among the findings that says why a lookup failed.
func explained(findings []Finding) bool {
	return slices.ContainsFunc(findings, func(f Finding) bool { return f.Severity == Error })
}

// one is a list of one finding.
func one(f Finding) []Finding { return []Finding{f} }
