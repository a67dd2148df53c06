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

func same(t *rapid.T, put, read store.Settler) {
	raw, err := json.Marshal(put)
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
