package doctor

import "aircon"

var _ = register(check{
	kinds: []Kind{{
		ID: "AC004", Severity: Warning, Arrow: ArrowText, Topic: "airflow.md#the-secrets-text",
		Title: "a special character in the URI is not encoded",
		Means: "an unencoded / # ? @ or : in a password moves the rest of it into another field: the host is then a piece of the password, and errors show it",
		Why:   "a password with / # ? @ or : was put into the URI as it is",
		Mend:  "encode the characters, or write the secret as JSON: `aircon convert secret.txt --to json`",
	}},
	text: checkGarbled,
})

// checkGarbled is row 4: a URI whose parts are not where they were meant to be.
func checkGarbled(t *SecretText) []Finding {
	if t.isObject() {
		return nil
	}
	notes := t.noted(aircon.StrayAt, aircon.FragmentCut, aircon.ProtocolInHost, aircon.SchemeInQuery, aircon.ControlCut)
	broken := t.Reading.Problem != nil && len(t.noted(aircon.NoScheme)) == 0
	if len(notes) == 0 && !broken {
		return nil
	}
	f := Found("AC004", "the text reads as a URI with parts in odd places: "+seenOf(t, notes),
		t.mend(Mend{Text: "write the secret as JSON, where nothing needs encoding, or encode the password:  / is %2F, # is %23, ? is %3F, @ is %40, : is %3A"}))
	if broken {
		f.Severity = Error
	}
	return one(f)
}

func seenOf(t *SecretText, notes aircon.Notes) string {
	if t.Reading.Problem != nil {
		return t.Reading.Problem.Error()
	}
	text := ""
	for _, n := range notes {
		if text != "" {
			text += ", "
		}
		text += n.String()
	}
	return text
}
