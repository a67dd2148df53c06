package awswire

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

type object = map[string]any

func TestSentJSON(t *testing.T) {
	for text, want := range map[string]any{
		`{"A":"x"}`:                        nil, // no text is empty
		`{"A":"a\"b"}`:                     nil,
		``:                                 nil,
		`{"A":"","B":[{"C":null,"D":""}]}`: object{"A": "", "B": []any{object{"C": nil, "D": ""}}},
		`{"A":"`:                           nil,
		`{"A":""`:                          nil,
	} {
		if diff := cmp.Diff(want, SentJSON([]byte(text))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

func TestFormSent(t *testing.T) {
	for text, want := range map[string]any{
		"A=x&B.member.1=y": nil,
		"A=&B=x":           object{"A": "", "B": "x"},
		"T.member.2.K=b&T.member.10.K=&T.member.1.K=a":  object{"T": []any{object{"K": "a"}, object{"K": "b"}, object{"K": ""}}},
		"M.entry.1.key=a&M.entry.1.value=&M.entry.2.x=": object{"M": object{"a": ""}},
		"T.member.1=&T=":              object{"T": []any{""}},
		"A=&A.B=x":                    object{"A": object{"B": "x"}},
		"S.member.1=&S.other=x":       object{"S": object{"member": object{"1": ""}, "other": "x"}},
		"&A..B=&.=":                   object{"A": object{"": object{"B": ""}}, "": object{"": ""}},
		"T.member.x=&T.member.1=last": object{"T": []any{"", "last"}}, // decoding refuses such a number before
	} {
		form, err := ParseForm(text)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, form.Sent()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}
