package doctor

import (
	"errors"

	"aircon/internal/near"
	"aircon/pghook"
)

// argumentsCheck is row 22: what PostgresHook or libpq refuses before anything is opened.
var argumentsCheck = check{id: "AC102", connection: func(p *Patient) []Finding {
	if p.Probe == nil || p.Probe.Refused == nil && p.failed(pghook.PhaseConfig) == nil {
		return nil
	}
	err := p.Probe.Refused
	if err == nil {
		err = p.Probe.Report.Err
	}
	mend := Mend{Text: "take it out of extra, or spell it as libpq does"}
	var fault *pghook.Fault
	if errors.As(err, &fault) {
		if nearest, is := near.Nearest(fault.Option, pghook.LibPQOptions(p.Env.Runtime.Driver.LibPQ)); is {
			mend.Text = "write " + nearest + " in extra instead of " + fault.Option
		}
	}
	return one(Found("AC102", err.Error(), mend).At("", p.place()))
}}
