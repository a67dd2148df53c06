package doctor

import (
	"errors"
	"slices"

	"aircon/internal/near"
	"aircon/pghook"
)

var _ = register(check{
	kinds: []Kind{{
		ID: "AC022", Severity: Error, Arrow: ArrowHook, Topic: "airflow.md#postgreshook",
		Title: "libpq does not know an option in extra",
		Means: "every extra that PostgresHook does not know itself goes to libpq, which refuses what it does not know",
		Why:   "the option is misspelt, belongs to another hook or driver, or is younger than the image's libpq",
		Mend:  "the option's nearest valid name is in the finding: spell it so, or take the option out of `extra`",
	}, {
		ID: "AC102", Severity: Error, Arrow: ArrowHook, Topic: "airflow.md#postgreshook",
		Title: "the driver does not take these arguments",
		Means: "PostgresHook or libpq refuses the connection before anything is opened",
		Why:   "a value in extra has a form that PostgresHook or libpq does not take, such as an object where a text belongs",
		Mend:  "correct the value that the finding names, or take it out of `extra`",
	}},
	connection: checkArguments,
})

// checkArguments is row 22: what PostgresHook or libpq refuses before anything is opened.
func checkArguments(p *Patient) []Finding {
	if p.Probe == nil || p.Probe.Refused == nil && p.failed(pghook.PhaseConfig) == nil || p.Probe.Report.Cause == pghook.CauseNoCA {
		return nil
	}
	err := p.Probe.Refused
	if err == nil {
		err = p.Probe.Report.Err
	}
	var fault *pghook.Fault
	options := pghook.LibPQOptions(p.Env.Runtime.Driver.LibPQ)
	if !errors.As(err, &fault) || fault.Option == "" || slices.Contains(options, fault.Option) {
		return one(Found("AC102", err.Error(), Mend{Text: "correct the value in extra, or take it out"}).At("", p.place()))
	}
	mend := Mend{Text: "take " + fault.Option + " out of extra: no option of libpq is near it"}
	if nearest, is := near.Nearest(fault.Option, options); is {
		mend.Text = "write " + nearest + " in extra instead of " + fault.Option
	}
	return one(Found("AC022", err.Error(), mend).At("", p.place()))
}
