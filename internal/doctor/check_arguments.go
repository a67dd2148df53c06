package doctor

import (
	"errors"
	"slices"

	"aircon/pghook"
)

var _ = register(check{
	kinds: []Kind{{
		ID: "AC102", Severity: Error, Arrow: ArrowHook, Topic: "airflow.md#postgreshook",
		Title: "the driver does not take these arguments",
		Means: "PostgresHook or libpq refuses the connection before anything is opened",
		Why:   "a value in extra has a form that PostgresHook or libpq does not take, such as an object where a text belongs",
		Mend:  "correct the value that the finding names, or take it out of `extra`",
	}},
	text:       checkValues,
	connection: checkArguments,
})

// checkValues finds the options whose value libpq refuses, as far as the text tells.
func checkValues(t *SecretText) []Finding {
	if !t.isPostgres() {
		return nil
	}
	var all []Finding
	for _, refused := range pghook.RefusedValues(t.Reading.Conn, t.backend.Runtime()) {
		all = append(all, Found("AC102", refused.Error(), t.inWords(Mend{Text: "write one of them as " + refused.Option + " in extra, or take it out"})).
			At("", t.extraAt(refused.Option)))
	}
	return all
}

// checkArguments is what PostgresHook or libpq refuses before anything is opened, but for what the text's own checks say better.
func checkArguments(p *Patient) []Finding {
	if p.Probe == nil || p.Probe.Refused == nil && p.failed(pghook.PhaseConfig) == nil || p.Probe.Report.Cause == pghook.CauseNoCA {
		return nil
	}
	err := p.Probe.Refused
	if err == nil {
		err = p.Probe.Report.Err
	}
	if t := p.secretText(); t != nil && slices.ContainsFunc(textFindings(t), func(f Finding) bool { return f.Arrow == ArrowHook }) {
		return nil
	}
	var fault *pghook.Fault
	if libpq := p.Env.Runtime.Driver.LibPQ; errors.As(err, &fault) && fault.Option != "" && !slices.Contains(pghook.LibPQOptions(libpq), fault.Option) {
		return one(Found("AC022", err.Error(), optionMend(fault.Option, libpq)).At("", p.place()))
	}
	if errors.As(err, &fault) && fault.Option == "user" {
		return one(Found("AC102", err.Error(), p.inSecret("write login")).At("", p.place()))
	}
	return one(Found("AC102", err.Error(), Mend{Text: "correct the value in extra, or take it out"}).At("", p.place()))
}
