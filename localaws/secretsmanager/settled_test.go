package secretsmanager

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"aircon/internal/store"
)

// TestSettled expects of random rows that what is kept of a put is what the row's JSON decodes to: nobody can tell whether it was read from
// disk.
func TestSettled(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching("[a-z]{0,12}")
		moment := rapid.Custom(func(t *rapid.T) time.Time {
			switch rapid.IntRange(0, 2).Draw(t, "clock") {
			case 0:
				return time.Time{}
			case 1:
				return time.Now() // local, with a monotonic part
			}
			return time.Unix(rapid.Int64Range(0, 1<<32).Draw(t, "seconds"), 17).In(time.FixedZone("", 3600))
		})
		versions := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) version {
			labels := rapid.SampledFrom([][]string{nil, {}, {current}, {current, staged}}).Draw(t, "labels")
			return version{text.Draw(t, "id"), labels, moment.Draw(t, "created"), moment.Draw(t, "accessed"), text.Draw(t, "key")}
		}), 0, 3)
		name := text.Draw(t, "name")
		s := &secret{
			ARN: text.Draw(t, "prefix") + name + text.Draw(t, "suffix"), Name: name, Account: text.Draw(t, "account"), Description: text.Draw(t, "description"),
			Created: moment.Draw(t, "created"), Changed: moment.Draw(t, "changed"), Accessed: moment.Draw(t, "accessed"), Deleted: moment.Draw(t, "deleted"),
			Tags: rapid.SampledFrom([][]tag{nil, {}, {{"k", "v"}}}).Draw(t, "tags"), Versions: versions.Draw(t, "versions"),
		}
		same(t, s, new(secret))
		bytes := rapid.SliceOf(rapid.Byte())
		same(t, &value{Key: text.Draw(t, "key"), DataKey: bytes.Draw(t, "data key"), Sealed: bytes.Draw(t, "sealed")}, new(value))
	})
}

// row is what a table of many rows holds.
type row interface {
	store.Settler
	store.Appender
}

func same(t *rapid.T, put, read row) {
	raw, err := put.AppendJSON(nil)
	if err == nil {
		err = json.Unmarshal(raw, read)
	}
	if err != nil {
		t.Fatal(err)
	}
	if a, b := put.Settled(), read.Settled(); !reflect.DeepEqual(a, b) {
		t.Errorf("%s is kept as %+v, and read as %+v", raw, a, b)
	}
}

// TestAppendJSON expects of random rows that the JSON that they write says what encoding/json makes of them.
func TestAppendJSON(t *testing.T) {
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "a\"b\\c\n", "<&>\u2028", "a\xffb"}))
	moment := rapid.Map(rapid.Int64Range(0, 1<<36), func(ns int64) time.Time { return time.Unix(ns/100, ns%100*1e7).UTC() })
	versions := rapid.SliceOf(rapid.Custom(func(t *rapid.T) version {
		return version{
			text.Draw(t, "id"), rapid.SliceOf(text).Draw(t, "labels"), moment.Draw(t, "created"),
			rapid.OneOf(rapid.Just(time.Time{}), moment).Draw(t, "accessed"), text.Draw(t, "key"),
		}
	}))
	rapid.Check(t, func(t *rapid.T) {
		says(t, &secret{Name: text.Draw(t, "name"), Versions: versions.Draw(t, "versions"), Replicas: make([]replica, rapid.IntRange(0, 2).Draw(t, "replicas"))})
		says(t, &value{
			Key: text.Draw(t, "key"), DataKey: rapid.SliceOf(rapid.Byte()).Draw(t, "data key"),
			Sealed: rapid.SliceOf(rapid.Byte()).Draw(t, "sealed"),
		})
	})
}

func says(t *rapid.T, row store.Appender) {
	want, err := json.Marshal(row)
	if err != nil {
		t.Fatal(err)
	}
	got, err := row.AppendJSON(nil)
	if err != nil {
		t.Fatal(err)
	}
	a, b := decoded(t, want, row), decoded(t, got, row)
	if !reflect.DeepEqual(a, b) {
		t.Errorf("%s says %+v, and %s says %+v", want, a, got, b)
	}
}

// decoded returns what a text says, as a value of row's type.
func decoded(t *rapid.T, text []byte, row any) any {
	v := reflect.New(reflect.TypeOf(row).Elem()).Interface()
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}
