package scram

import (
	"encoding/base64"
	"regexp"
	"testing"
)

// The salt, iterations and resulting proof are RFC 7677's example (user "user", password "pencil"). The RFC prints the
// exchange; stored and server key follow from it and were checked against its proof and server signature.
func TestVerifierOfRFC7677(t *testing.T) {
	salt, err := base64.StdEncoding.DecodeString("W22ZaJ0SNY7soEsUEjb6gQ==")
	if err != nil {
		t.Fatal(err)
	}
	got, err := verifier("pencil", salt, 4096)
	if err != nil {
		t.Fatal(err)
	}
	want := "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestVerifierIsSaltedAndHoldsNoQuote(t *testing.T) {
	form := regexp.MustCompile(`^SCRAM-SHA-256\$4096:[A-Za-z0-9+/=]{24}\$[A-Za-z0-9+/=]{44}:[A-Za-z0-9+/=]{44}$`)
	seen := map[string]bool{}
	for range 3 {
		got, err := Verifier("it's")
		if err != nil || !form.MatchString(got) || seen[got] {
			t.Errorf("got %q, %v", got, err)
		}
		seen[got] = true
	}
}
