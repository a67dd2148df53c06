package awswire

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// sample has a member of each kind.
type sample struct {
	Text     string            `json:"Text,omitempty"`
	Optional *string           `json:"Optional"`
	Count    int32             `json:"Count,omitempty"`
	Ratio    *float64          `json:"Ratio"`
	On       *bool             `json:"On"`
	Blob     []byte            `json:"Blob,omitempty"`
	When     time.Time         `json:"When"`
	List     []inner           `json:"List,omitempty"`
	Names    []string          `json:"Names"`
	Tags     map[string]string `json:"Tags,omitempty"`
	Any      json.RawMessage   `json:"Any"`
	Self     *sample           `json:"Self"`
	shared
}

type inner struct {
	Key   string `json:"Key"`
	Value *int   `json:"Value"`
}

type shared struct {
	Embedded string `json:"Embedded,omitempty"`
}

func ptr[T any](v T) *T { return &v }

func full() sample {
	return sample{
		Text: "a\"\\\n\u2028é😀\x01", Optional: ptr(""), Count: -3, Ratio: ptr(1.5), On: ptr(false), Blob: []byte{0, 255},
		When: time.Unix(1523477145, 713e6).UTC(), List: []inner{{Key: "k", Value: ptr(1)}, {Key: "l"}}, Names: []string{"x", ""},
		Tags: map[string]string{"b": "2", "a": "1"}, Any: json.RawMessage(`{"x":[1,null]}`), Self: &sample{Names: []string{}},
		shared: shared{"e"},
	}
}

const fullJSON = `{"Text":"a\"\\\n` + "\u2028é😀" + `\u0001","Optional":"","Count":-3,"Ratio":1.5,"On":false,"Blob":"AP8=",` +
	`"When":1523477145.713,"List":[{"Key":"k","Value":1},{"Key":"l"}],"Names":["x",""],"Tags":{"a":"1","b":"2"},` +
	`"Any":{"x":[1,null]},"Self":{"Names":[]},"Embedded":"e"}`

var compare = cmp.AllowUnexported(sample{}, shared{})

func TestJSONBothWays(t *testing.T) {
	text, err := AppendJSON(nil, full())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(fullJSON, string(text)); diff != "" {
		t.Errorf("AppendJSON (-want +got):\n%s", diff)
	}
	var back sample
	if err := DecodeJSON(text, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(full(), back, compare); diff != "" {
		t.Errorf("DecodeJSON (-want +got):\n%s", diff)
	}
}

func TestDecodeJSON(t *testing.T) {
	for text, want := range map[string]sample{
		``:   {},
		`{}`: {},
		"\r\n\t {\"Text\" : \"x\" , \"Unknown\" : [ { } , 1e5 , null ] } ": {Text: "x"},
		`{"Text":null,"Names":null,"Self":null}`:                           {},
		`{"text":"other case"}`:                                            {},
		`{"Text":"a","Text":"b"}`:                                          {Text: "b"},
		`{"Text":"\ud83d\ude00\ud83d\u0041\/"}`:                            {Text: "😀\ufffdA/"},
		`{"Count":3.0,"Ratio":2}`:                                          {Count: 3, Ratio: ptr(2.0)},
		`{"When":1.5E9}`:                                                   {When: time.Unix(1_500_000_000, 0).UTC()},
		`{"When":"2018-04-11T20:05:45.713Z"}`:                              {When: time.Unix(1523477145, 713e6).UTC()},
		`{"Blob":"AP8"}`:                                                   {Blob: []byte{0, 255}},
	} {
		var got sample
		if err := DecodeJSON([]byte(text), &got); err != nil {
			t.Errorf("%s: %v", text, err)
		} else if diff := cmp.Diff(want, got, compare); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

// The messages are those of AWS's JSON services; a text that is not JSON has none.
func TestDecodeJSONErrors(t *testing.T) {
	for text, want := range map[string]string{
		`{`: "", `[`: "", `x`: "", `{"Text"}`: "", `{"Text":}`: "", `{"Text":"x",}`: "", `{}{}`: "", `{"Text":'x'}`: "", `{"Count":01}`: "",
		`{"Count":1.}`: "", `{"Text":"` + "\x01" + `"}`: "", `{"Text":"` + "\xff" + `"}`: "", `{"Text":"\x"}`: "", `{"Text":"\ud8"}`: "",
		`{"On":tru}`: "", `{"Unknown":[1,]}`: "", `{"Text":[`: "", `{"Text":"`: "", `{"Text":"\`: "", `{1:2}`: "",
		`[]`:                                     "Start of list found where not expected",
		`"x"`:                                    "Unexpected field type",
		`{"Text":1}`:                             "NUMBER_VALUE can not be converted to a String",
		`{"Text":true}`:                          "TRUE_VALUE can not be converted to a String",
		`{"Text":{}}`:                            "Start of structure or map found where not expected.",
		`{"Text":[]}`:                            "Start of list found where not expected",
		`{"Count":"1"}`:                          "STRING_VALUE can not be converted to an Integer",
		`{"Count":1.5}`:                          "NUMBER_VALUE can not be converted to an Integer",
		`{"Count":3000000000}`:                   "NUMBER_VALUE can not be converted to an Integer",
		`{"On":"true"}`:                          "STRING_VALUE can not be converted to a Boolean",
		`{"On":0}`:                               "NUMBER_VALUE can not be converted to a Boolean",
		`{"Ratio":1e999}`:                        "NUMBER_VALUE can not be converted to a Double",
		`{"When":"yesterday"}`:                   "STRING_VALUE can not be converted to a Timestamp",
		`{"When":1e300}`:                         "NUMBER_VALUE can not be converted to a Timestamp",
		`{"Blob":"!"}`:                           "A blob is not valid base64",
		`{"Names":{}}`:                           "Start of structure or map found where not expected.",
		`{"Tags":[]}`:                            "Start of list found where not expected",
		`{"List":["x"]}`:                         "Unexpected field type",
		`{"List":[{"Value":"x"}]}`:               "STRING_VALUE can not be converted to an Integer",
		strings.Repeat(`{"Self":`, 200):          "The request is nested too deeply",
		`{"Unknown":` + strings.Repeat(`[`, 200): "The request is nested too deeply",
	} {
		var got sample
		err := DecodeJSON([]byte(text), &got)
		var refused *DecodeError
		if !errors.As(err, &refused) {
			t.Errorf("%s: got %v, want a DecodeError", text, err)
		} else if refused.Message != want {
			t.Errorf("%s: got %q, want %q", text, refused.Message, want)
		}
	}
}

func TestCheck(t *testing.T) {
	type bad struct{ Channel chan int }
	if err := Check(bad{}); err == nil || !strings.Contains(err.Error(), "Channel") {
		t.Errorf("Check of a channel = %v", err)
	}
	if err := Check((*sample)(nil)); err != nil {
		t.Error(err)
	}
}

// FuzzDecodeJSON holds the scanner against encoding/json: it accepts the same texts, but for invalid UTF-8 and deep
// nesting, and reads the same from them.
func FuzzDecodeJSON(f *testing.F) {
	f.Add([]byte(fullJSON))
	f.Add([]byte(`{"Any":[0,-0.1e+5,"\ud834\udd1e",true,{"":null}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if !utf8.Valid(text) {
			_ = DecodeJSON(text, new(sample))
			return
		}
		var got struct{ Any json.RawMessage }
		wrapped := append(append([]byte(`{"Any":`), text...), '}')
		err := DecodeJSON(wrapped, &got)
		if deep := err != nil && strings.Contains(err.Error(), "deeply"); !deep && (err == nil) != json.Valid(wrapped) {
			t.Fatalf("%q: got %v, encoding/json says %v", wrapped, err, json.Valid(wrapped))
		}
		var mine struct {
			Text string
			List []struct{ Text string }
			Tags map[string]string
		}
		theirs := mine
		if DecodeJSON(text, &mine) == nil && json.Unmarshal(foldless(text), &theirs) == nil && !reflect.DeepEqual(mine, theirs) {
			t.Fatalf("%q: got %+v, encoding/json reads %+v", text, mine, theirs)
		}
	})
}

// foldless gives back a text whose members have the case that encoding/json would otherwise overlook, or nothing.
func foldless(text []byte) []byte {
	for _, name := range []string{"text", "list", "tags"} {
		folded := strings.ToLower(string(text))
		exact := strings.ToUpper(name[:1]) + name[1:]
		if strings.Count(folded, name) != strings.Count(string(text), exact) || strings.ContainsAny(string(text), "\\ſ") {
			return nil
		}
	}
	return text
}
