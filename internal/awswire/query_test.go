package awswire

import (
	"encoding/xml"
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// form has what a query request can hold.
type form struct {
	Name    *string           `json:"Name"`
	Count   *int              `json:"Count"`
	On      *bool             `json:"On"`
	When    time.Time         `json:"When"`
	Blob    []byte            `json:"Blob"`
	Tags    []inner           `json:"Tags"`
	Names   []string          `json:"Names"`
	Map     map[string]string `json:"Map"`
	Nested  *form             `json:"Nested"`
	Numbers []int             `json:"Numbers"`
}

func TestForm(t *testing.T) {
	for text, want := range map[string]form{
		"":                              {},
		"Action=X&Version=1&Other=2":    {},
		"Name=":                         {Name: ptr("")},
		"Name=a%2Bb+c%C3%A9":            {Name: ptr("a+b cé")},
		"Count=7&On=true":               {Count: ptr(7), On: ptr(true)},
		"When=2026-01-02T03%3A04%3A05Z": {When: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)},
		"Blob=AP8%3D":                   {Blob: []byte{0, 255}},
		"Names=":                        {Names: []string{}},
		"Names.member.10=c&Names.member.2=b&Names.member.1=a":           {Names: []string{"a", "b", "c"}},
		"Tags.member.1.Key=k&Tags.member.1.Value=1&Tags.member.3.Key=l": {Tags: []inner{{"k", ptr(1)}, {Key: "l"}}},
		"Map.entry.1.key=a&Map.entry.1.value=1&Map.entry.2.key=b":       {Map: map[string]string{"a": "1", "b": ""}},
		"Nested.Nested.Name=deep&Nested.Numbers.member.1=5":             {Nested: &form{Numbers: []int{5}, Nested: &form{Name: ptr("deep")}}},
		"Name.member.1=ignored?&Name=x":                                 {Name: ptr("x")},
	} {
		f, err := ParseForm(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		var got form
		if err := f.Decode(&got); err != nil {
			t.Errorf("%s: %v", text, err)
		} else if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

func TestFormErrors(t *testing.T) {
	for text, want := range map[string]string{
		"Count=x":                            "Count must be an Integer",
		"On=yes":                             "On must be a Boolean",
		"When=now":                           "When must be a Timestamp",
		"Blob=%21":                           "Blob must be a Blob",
		"Name=%zz":                           "The value of a parameter is not valid percent-encoding",
		"%zz=1":                              "A parameter's name is not valid percent-encoding",
		"Names.member.x=1":                   "Key/value pair in a list must have a positive number: Names.member",
		"Names.member.0=1":                   "Key/value pair in a list must have a positive number: Names.member",
		"Names.member.1=a&Names.member.01=b": "A list's member is named twice: Names.member",
		"Name.member.1=a":                    "Unexpected complex element termination",
		"Map.entry.1.value=a":                "A map's entry has no key",
		"Tags.member.1.Value=a":              "Tags.member.1.Value must be an Integer",
	} {
		f, err := ParseForm(text)
		if err == nil {
			err = f.Decode(new(form))
		}
		var refused *DecodeError
		if !errors.As(err, &refused) || refused.Message != want {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}

func TestXML(t *testing.T) {
	got, err := AppendXML(nil, form{
		Name: ptr("<a & \"b\">\r\x00é"), Count: ptr(3), On: ptr(true), When: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC), Blob: []byte{1},
		Tags: []inner{{"k", ptr(1)}}, Names: []string{}, Map: map[string]string{"b": "2", "a": "1"}, Nested: &form{Names: []string{"x"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := "<Name>&lt;a &amp; &quot;b&quot;&gt;&#xD;\ufffdé</Name><Count>3</Count><On>true</On><When>2026-01-02T03:04:05Z</When><Blob>AQ==</Blob>" +
		"<Tags><member><Key>k</Key><Value>1</Value></member></Tags><Names></Names>" +
		"<Map><entry><key>a</key><value>1</value></entry><entry><key>b</key><value>2</value></entry></Map>" +
		"<Nested><Blob></Blob><Tags></Tags><Names><member>x</member></Names><Map></Map><Numbers></Numbers></Nested><Numbers></Numbers>"
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("AppendXML (-want +got):\n%s", diff)
	}
}

func TestErrors(t *testing.T) {
	fault := &Fault{Code: "NoSuchEntity", Message: "no <user>", Status: 404, Fields: map[string]any{"N": 1, "On": true, "S": "x", "L": []string{"a", "b"}}}
	if got, want := string(AppendErrorJSON(nil, fault, "Message")),
		`{"__type":"NoSuchEntity","Message":"no <user>","L":["a","b"],"N":1,"On":true,"S":"x"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := string(AppendErrorJSON(nil, &Fault{Code: "UnknownOperationException"}, "message")), `{"__type":"UnknownOperationException"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	var body struct {
		XMLName   xml.Name `xml:"https://iam.amazonaws.com/doc/2010-05-08/ ErrorResponse"`
		Type      string   `xml:"Error>Type"`
		Code      string   `xml:"Error>Code"`
		Message   string   `xml:"Error>Message"`
		RequestID string   `xml:"RequestId"`
	}
	if err := xml.Unmarshal(AppendErrorXML(nil, fault, "https://iam.amazonaws.com/doc/2010-05-08/", "id-1"), &body); err != nil {
		t.Fatal(err)
	}
	if body.Type != "Sender" || body.Code != "NoSuchEntity" || body.Message != "no <user>" || body.RequestID != "id-1" {
		t.Errorf("got %+v", body)
	}
}

func TestRoutes(t *testing.T) {
	var r Routes
	for i, row := range [][2]string{
		{"GET", "/environments"}, {"GET", "/environments/{Name}"}, {"GET", "/environments/special"}, {"DELETE", "/tags/{ResourceArn+}"},
	} {
		r.Add(row[0], row[1], i)
	}
	type input struct {
		Name        string   `json:"Name" location:"uri"`
		ResourceArn string   `json:"ResourceArn" location:"uri"`
		Keys        []string `json:"TagKeys" location:"querystring" locationName:"tagKeys"`
		Max         *int     `json:"MaxResults" location:"querystring"`
	}
	for _, test := range []struct {
		request   string
		operation int
		want      input
	}{
		{"GET /environments", 0, input{}},
		{"GET /environments/", 0, input{}},
		{"GET /environments?MaxResults=5", 0, input{Max: ptr(5)}},
		{"GET /environments/a%2Fb%20c", 1, input{Name: "a/b c"}},
		{"GET /environments/special", 2, input{}},
		{"DELETE /tags/arn:aws:airflow:::environment/x?tagKeys=a&tagKeys=b", 3, input{ResourceArn: "arn:aws:airflow:::environment/x", Keys: []string{"a", "b"}}},
		{"DELETE /tags/arn%3Aaws%3Aairflow%3A%3A%3Aenvironment%2Fx", 3, input{ResourceArn: "arn:aws:airflow:::environment/x"}},
		{"POST /environments", -1, input{}},
		{"GET /environments/a/b", -1, input{}},
		{"GET /", -1, input{}},
		{"DELETE /tags/", -1, input{}},
	} {
		method, target, _ := cutRequest(test.request)
		u, err := url.Parse(target)
		if err != nil {
			t.Fatal(err)
		}
		operation, path, ok := r.Find(method, u.EscapedPath())
		if !ok {
			operation = -1
		}
		var got input
		if err := DecodeOutside(path, u.Query(), &got); ok && err != nil {
			t.Errorf("%s: %v", test.request, err)
		}
		if operation != test.operation || ok && !cmp.Equal(got, test.want) {
			t.Errorf("%s: got %d %+v, want %d %+v", test.request, operation, got, test.operation, test.want)
		}
	}
}

func cutRequest(s string) (method, target string, ok bool) {
	for i := range s {
		if s[i] == ' ' {
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

// FuzzForm expects no panic, and that what was read is read again from its own encoding.
func FuzzForm(f *testing.F) {
	f.Add("Names.member.10=c&Names.member.2=b&Tags.member.1.Key=k&Map.entry.1.key=a&Nested.Nested.Name=x")
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := ParseForm(text)
		if err != nil {
			return
		}
		var first form
		if parsed.Decode(&first) != nil {
			return
		}
		values := url.Values{}
		for _, p := range parsed.parameters {
			values.Add(p.name, p.value)
		}
		again, err := ParseForm(values.Encode())
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		var second form
		if err := again.Decode(&second); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if diff := cmp.Diff(first, second); diff != "" {
			t.Fatalf("%q: %s", text, diff)
		}
	})
}
