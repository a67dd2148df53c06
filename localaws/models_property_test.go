package localaws

import (
	"encoding/json"
	"fmt"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"aircon/internal/awswire"
	"aircon/localaws/iam"
	"aircon/localaws/model"
	"aircon/localaws/op"
)

// TestRandomInputs makes inputs of every row at random from the model: all are taken; and with one constraint broken, each fault is of
// that member, and the constraint is among them.
func TestRandomInputs(t *testing.T) {
	services, broken := allServices(iam.New(), Options{}), map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		for range 5 {
			s := &services[rapid.IntRange(0, len(services)-1).Draw(t, "service")]
			o := &s.Operations[rapid.IntRange(0, len(s.Operations)-1).Draw(t, "operation")]
			if is := model.Of(s.Name).Operation(o.Name); is.Input != nil {
				tryInput(t, s, o, is, broken)
			}
		}
	})
	t.Logf("constraints broken: %v", broken)
}

func tryInput(t *rapid.T, s *op.Service, o *op.Operation, is *model.Operation, broken map[string]int) {
	m := &maker{t: t}
	input := m.structure(is.Input, reflect.TypeOf(o.Input()), "", 0)
	checker := model.Of(s.Name).Checker(o.Name, o.Input(), model.Own{})
	if err := checker.Check(decoded(t, o, is, input), input); err != nil {
		t.Fatalf("%s %v: %v", o.Name, input, err)
	}
	if len(m.breaks) == 0 {
		return
	}
	b := rapid.SampledFrom(m.breaks).Draw(t, "break")
	b.do()
	err := checker.Check(decoded(t, o, is, input), input)
	if err == nil {
		t.Fatalf("%s %v was taken, though %s: %s", o.Name, input, b.at, b.must)
	}
	verify(t, err, b, s.Name == "iam")
	broken[strings.Join(strings.Fields(b.must)[2:5], " ")]++
}

// verify holds a refusal against the one thing that is wrong.
func verify(t *rapid.T, err error, b breaking, silent bool) {
	_, list, _ := strings.Cut(err.(*op.Error).Message, "detected: ")
	faults := regexp.MustCompile(`(?s)Value (?:.*?)at '([^']*)' failed to satisfy constraint: M`).FindAllStringSubmatch(list, -1)
	for _, fault := range faults {
		if fault[1] != b.at {
			t.Errorf("%v\nblames %s, and not %s alone", err, fault[1], b.at)
		}
	}
	if len(faults) == 0 || !strings.Contains(list, "at '"+b.at+"' failed to satisfy constraint: "+b.must) {
		t.Errorf("%v\ndoes not say that %s: %s", err, b.at, b.must)
	}
	if (silent || b.secret) && b.value != "" && strings.Contains(list, b.value) {
		t.Errorf("%v\nshows a value", err)
	}
}

// decoded is an input as the frame decodes it.
func decoded(t *rapid.T, o *op.Operation, is *model.Operation, input map[string]any) any {
	text, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	in := o.Input()
	if err := awswire.DecodeJSON(text, in); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	path, query := is.URI, url.Values{}
	for _, m := range is.Input.Members {
		switch value, sent := input[m.Name]; {
		case !sent:
		case m.Location == "uri":
			path = strings.ReplaceAll(path, "{"+m.Outside+"}", url.PathEscape(fmt.Sprint(value)))
		case m.Location == "querystring":
			list, ok := value.([]any)
			if !ok {
				list = []any{value}
			}
			for _, v := range list {
				query.Add(m.Outside, fmt.Sprint(v))
			}
		}
	}
	var routes awswire.Routes
	routes.Add("X", is.URI, 0)
	_, labels, _ := routes.Find("X", path)
	if err := awswire.DecodeOutside(labels, query, in); err != nil {
		t.Fatal(err)
	}
	return in
}

// breaking is a constraint that can be broken, and what the refusal then says.
type breaking struct {
	at, must string
	value    string // that must not show
	secret   bool
	do       func()
}

// maker makes random inputs and notes how each can be broken.
type maker struct {
	t      *rapid.T
	breaks []breaking
}

// structure makes the required members and some of the others that the Go type has.
func (m *maker) structure(s *model.Shape, t reflect.Type, at string, depth int) map[string]any {
	members := map[string]any{}
	for _, member := range s.Members {
		ft, ok := fieldOf(t, member.Name)
		if !ok || !member.Required && (depth > 3 || !rapid.Bool().Draw(m.t, member.Name)) {
			continue
		}
		name := strings.TrimPrefix(at+"."+lower(member.Name), ".")
		set := func(v any) { members[member.Name] = v }
		set(m.value(member.Shape, ft, name, depth+1, set, member.Location != ""))
		if member.Required && member.Location == "" && !plain(ft) {
			m.breaks = append(m.breaks, breaking{name, "Member must not be null", "", false, func() { delete(members, member.Name) }})
		}
	}
	return members
}

// plain reports whether a Go type does not tell its zero value from nothing.
func plain(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.String:
		return false
	}
	return true
}

// value makes a value and notes how to break it by setting another in its place.
func (m *maker) value(s *model.Shape, t reflect.Type, at string, depth int, set func(any), outside bool) any {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch s.Kind {
	case model.Structure:
		return m.structure(s, t, at, depth)
	case model.List:
		return m.list(s, t, at, depth, set, outside)
	case model.Map:
		m.size(s, at, s.Sensitive || s.Element.Sensitive, func(n int) { set(entries(s, n)) })
		return entries(s, max(int(or64(s.Min, 0)), rapid.IntRange(0, 1).Draw(m.t, at)))
	case model.String:
		m.breakText(s, at, set, outside)
		return rapid.SampledFrom(texts(s)).Draw(m.t, at)
	case model.Blob:
		m.size(s, at, true, func(n int) { set(make([]byte, n)) })
		return make([]byte, max(1, or64(s.Min, 0)))
	case model.Integer, model.Long:
		m.breakNumber(s, at, set)
		return or64(s.Min, 0) + int64(rapid.IntRange(0, 1).Draw(m.t, at))
	case model.Boolean:
		return rapid.Bool().Draw(m.t, at)
	case model.Double:
		return 1.5
	case model.Timestamp:
		return 1_700_000_000
	}
	return map[string]any{"any": "thing"}
}

func (m *maker) list(s *model.Shape, t reflect.Type, at string, depth int, set func(any), outside bool) []any {
	least := int(or64(s.Min, 0))
	if outside {
		least = max(least, 1) // a query has no way to say an empty list
	}
	list := make([]any, max(least, rapid.IntRange(0, 2).Draw(m.t, at)))
	if s.Element.Kind == model.String {
		for i := range list {
			list[i] = rapid.SampledFrom(texts(s.Element)).Draw(m.t, at)
			scalars := maker{t: m.t}
			scalars.breakText(s.Element, at, func(v any) { list[i] = v }, false)
			for _, b := range scalars.breaks {
				b.must = "Member must satisfy constraint: [Member must "
				m.breaks = append(m.breaks, b)
			}
		}
	} else {
		for i := range list {
			list[i] = m.value(s.Element, t.Elem(), fmt.Sprintf("%s.%d.member", at, i+1), depth, func(v any) { list[i] = v }, false)
		}
	}
	m.size(s, at, s.Element.Sensitive, func(n int) {
		longer := make([]any, n)
		for i := range longer {
			scratch := maker{t: m.t}
			longer[i] = scratch.value(s.Element, t.Elem(), at, depth, func(any) {}, false)
		}
		set(longer)
	})
	return list
}

// size notes how to break the bounds of a length.
func (m *maker) size(s *model.Shape, at string, secret bool, set func(n int)) {
	if s.Max != nil && *s.Max < 10_000 {
		m.breaks = append(m.breaks, breaking{at, fmt.Sprintf("Member must have length less than or equal to %d", *s.Max), "", secret, func() { set(int(*s.Max) + 1) }})
	}
	if s.Min != nil && *s.Min > 0 {
		m.breaks = append(m.breaks, breaking{at, fmt.Sprintf("Member must have length greater than or equal to %d", *s.Min), "", secret, func() { set(int(*s.Min) - 1) }})
	}
}

func (m *maker) breakNumber(s *model.Shape, at string, set func(any)) {
	if s.Max != nil {
		m.breaks = append(m.breaks, breaking{at, fmt.Sprintf("Member must have value less than or equal to %d", *s.Max), "", false, func() { set(*s.Max + 1) }})
	}
	if s.Min != nil {
		m.breaks = append(m.breaks, breaking{at, fmt.Sprintf("Member must have value greater than or equal to %d", *s.Min), "", false, func() { set(*s.Min - 1) }})
	}
}

// canary is in every text that is too long or does not match.
const canary = "c4n4ry"

func (m *maker) breakText(s *model.Shape, at string, set func(any), outside bool) {
	note := func(must, value string) {
		m.breaks = append(m.breaks, breaking{at, must, canary, s.Sensitive, func() { set(value) }})
	}
	if s.Max != nil && *s.Max < 100_000 && s.Enum == nil {
		note(fmt.Sprintf("Member must have length less than or equal to %d", *s.Max), canary+strings.Repeat("é", max(0, int(*s.Max)-len(canary)+1)))
	}
	if s.Min != nil && *s.Min > 0 && !(outside && *s.Min == 1) { // a label of a path is never empty
		note(fmt.Sprintf("Member must have length greater than or equal to %d", *s.Min), strings.Repeat("a", int(*s.Min)-1))
	}
	if s.Enum != nil {
		note("Member must satisfy enum value set: [", canary)
	}
	if s.Pattern != nil {
		length := int(max(or64(s.Min, 0), int64(len(canary))+1))
		if bad := canary + strings.Repeat("\x01", length-len(canary)); !matches(s, bad) && int64(length) <= or64(s.Max, 1<<30) {
			note("Member must satisfy regular expression pattern: ", bad)
		}
	}
}

// candidates are texts of all kinds: those that fit a shape are its valid values.
var candidates = []string{
	"", "a", "ab", "abc", "x9", "12", "123456", "111122223333", "é", "a b", "A_b-1", "/", "/team/", "v1", "us-east-1", "3h", "rate(4 hours)", "{}", "alias/a",
	"o-0123456789", "aws/x/y", "subnet-1", "sg-1", "2.10.3", "core.x", "SUN:03:30", "dags", "d-0123456789", "https://example.com", "AIDAEXAMPLE",
	"arn:aws:iam::111122223333:role/worker", "arn:aws:s3:::bucket", "arn:aws:airflow:eu-west-1:111122223333:environment/e",
	"arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab", "1234abcd-12ab-34cd-56ef-1234567890ab", "AKIAIOSFODNN7EXAMPLE",
	strings.Repeat("a", 16), strings.Repeat("b", 32), strings.Repeat("c", 64), strings.Repeat("d", 128), strings.Repeat("1", 20),
}

var known = map[*model.Shape][]string{}

// texts are the candidates that fit a shape.
func texts(s *model.Shape) []string {
	if known[s] == nil {
		from := candidates
		if s.Enum != nil {
			from = s.Enum
		}
		for _, text := range from {
			n := int64(utf8.RuneCountInString(text))
			if n >= or64(s.Min, 0) && n <= or64(s.Max, 1<<30) && matches(s, text) {
				known[s] = append(known[s], text)
			}
		}
		if known[s] == nil {
			panic("no candidate fits " + s.Name + ": add one")
		}
	}
	return known[s]
}

// matches holds a text against a shape's pattern with the test's own reading of it.
func matches(s *model.Shape, text string) bool {
	if s.Pattern == nil {
		return true
	}
	if strings.Contains(s.Pattern.Text, "(?!") {
		return regexp.MustCompile(`^[a-z0-9-]{3,63}$`).MatchString(text) && !strings.Contains(text, "--") && strings.Trim(text, "-") == text
	}
	expression := regexp.MustCompile(`\\u(....)`).ReplaceAllString(s.Pattern.Text, `\x{$1}`)
	return regexp.MustCompile("^(?:" + expression + ")$").MatchString(text)
}

// entries makes a map of n entries.
func entries(s *model.Shape, n int) map[string]any {
	made := map[string]any{}
	for i := 0; len(made) < n; i++ {
		key := fmt.Sprint("k", i)
		if !matches(s.Key, key) {
			key = "k" + strings.Repeat("x", i)
		}
		if s.Element.Kind != model.String {
			return nil
		}
		made[key] = texts(s.Element)[0]
	}
	return made
}

func or64(n *int64, otherwise int64) int64 {
	if n == nil {
		return otherwise
	}
	return *n
}

func lower(name string) string { return string(unicode.ToLower(rune(name[0]))) + name[1:] }

// fieldOf finds the type of the Go field of a member.
func fieldOf(t reflect.Type, member string) (reflect.Type, bool) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil, false
	}
	for _, sf := range reflect.VisibleFields(t) {
		tag, _, _ := strings.Cut(sf.Tag.Get("json"), ",")
		if slices.Contains([]string{sf.Tag.Get("locationName"), tag, sf.Name}, member) && sf.IsExported() {
			return sf.Type, true
		}
	}
	return nil, false
}
