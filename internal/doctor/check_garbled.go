package doctor

import (
	"aircon"
	"aircon/internal/textfix"
)

var _ = register(check{
	kinds: []Kind{{
		ID: "AC004", Severity: Warning, Arrow: ArrowText, Topic: "airflow.md#the-secrets-text",
		Title: "a special character in the URI is not encoded",
		Means: "an unencoded / # ? @ or : in a password moves the rest of it into another field: the host is then a piece of the password, and errors show it",
		Why:   "the password has one of / # ? @ : in it and was put into the URI as it is",
		Mend:  "encode it (`/` is `%2F`, `#` `%23`, `?` `%3F`, `@` `%40`, `:` `%3A`), or write the secret as JSON, where nothing needs encoding",
	}},
	text: checkGarbled,
})

// checkGarbled is row 4: a URI whose parts are not where they were meant to be.
func checkGarbled(t *SecretText) []Finding {
	if t.uriFault() != "AC004" {
		return nil
	}
	f := Found("AC004", "the text reads as a URI with parts in odd places: "+seenOf(t, t.noted(aircon.StrayAt, aircon.FragmentCut, aircon.ProtocolInHost, aircon.ControlCut)),
		t.mend(Mend{Text: "write the secret as JSON, where nothing needs encoding, or encode the password:  / is %2F, # is %23, ? is %3F, @ is %40, : is %3A"}))
	if t.Reading.Problem != nil {
		f.Severity = Error
	}
	return one(f.At("", t.position(textfix.Stray(t.Text.Reveal()))))
}

// uriFault is the finding that says why a URI is not read as it was meant: AC004, AC036 or AC047, and "" where it is.
func (t *SecretText) uriFault() string {
	if !t.isURI() {
		return "" // AC046 says so
	}
	if t.Reading.Problem == nil && len(t.noted(aircon.StrayAt, aircon.FragmentCut, aircon.ProtocolInHost, aircon.SchemeInQuery, aircon.ControlCut)) == 0 {
		return ""
	}
	return textfix.URIFault(t.Text, t.Reading)
}

// garbledWords say what Airflow makes of a URI that is not encoded.
var garbledWords = map[aircon.NoteKind]string{
	aircon.StrayAt:        "an @ stands before the one that begins the host",
	aircon.FragmentCut:    "what follows a # is dropped",
	aircon.ProtocolInHost: "a second :// becomes part of the host",
	aircon.ControlCut:     "a tab or line break inside is dropped",
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
		text += garbledWords[n.Kind]
	}
	return text
}
