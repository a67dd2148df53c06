package doctor

import "aircon/mwaa"

var _ = register(check{
	kinds: []Kind{{
		ID: "AC042", Severity: Warning, Arrow: ArrowOptions, Topic: "airflow.md#mwaa",
		Title: "the environment's last update did not end well, or has not ended",
		Means: "after a failed update MWAA goes on with the former options, image and role: what was asked for is not in effect",
		Why:   "requirements or a startup script that fail, a role or network that MWAA cannot use, or an update that is still under way (up to 12 hours for GRACEFUL)",
		Mend:  "what MWAA's own error says, and the update once more",
	}},
	environment: checkUpdate,
})

// checkUpdate is row 42: what MWAA says of its last update.
func checkUpdate(e *Environment) []Finding {
	status := mwaa.Status(e.MWAA.Status)
	seen := "status " + e.MWAA.Status
	if e.MWAA.UpdateError != "" {
		seen += "; LastUpdate: " + e.MWAA.UpdateError
	}
	again := "correct what the error says, then ask for the update again"
	var f Finding
	switch {
	case status == mwaa.UpdateFailed:
		f = Found("AC042", seen, e.apply(Mend{}).saying(again))
	case status == mwaa.CreateFailed, status == mwaa.Unavailable:
		f = Found("AC042", seen+": no task runs", Mend{Text: "correct what the error says, delete the environment and make it anew: it cannot be updated in this state"})
		f.Severity = Error
	case status.InProgress():
		f = Found("AC042", seen+": what was asked for is not in effect yet", Mend{Text: "wait until it is AVAILABLE, then look again"})
		f.Severity = Info
	case e.MWAA.UpdateError != "":
		f = Found("AC042", seen, e.apply(Mend{}).saying(again))
	default:
		return nil
	}
	return one(f.At("", e.MWAA.ARN))
}
