package mwaa

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"aircon/internal/store"
	"aircon/localaws/op"
	"aircon/mwaa"
)

// environments holds a record for each environment, under its account, region and name.
var environments = store.Table[record]{Name: "mwaa.environment"}

// record is an environment as of its last request. What has become of it since then follows from the clock: see at.
type record struct {
	Settled version       // what it is, or will be again if what is under way fails
	Ends    time.Time     // when what is under way ends; zero when nothing is
	Begun   time.Time     // when it began
	Next    *version      `json:",omitempty"` // what an update makes of it
	Fails   *Failure      `json:",omitempty"` // how what is under way ends; nil means well
	Waits   bool          `json:",omitempty"` // for the runtime, which ends what is under way: Ends does not count
	Visits  []mwaa.Status `json:",omitempty"` // states of what is under way, each for an equal share of the time

	Maintained time.Duration `json:",omitempty"` // of MAINTENANCE from each start of the weekly window; 0 means none
}

// version is an environment's settings: the options apart, sealed.
type version struct {
	Environment environment // without AirflowConfigurationOptions
	Options     []byte      `json:",omitempty"` // sealed JSON of AirflowConfigurationOptions
}

// at returns the record as it is at a moment of the service's clock, and false where the environment is gone by then. It does
// not change the record.
func (r record) at(now time.Time) (record, bool) {
	if r.Waits {
		return r, true
	}
	if r.Ends.IsZero() {
		r.Settled.Environment = r.maintained(now)
		return r, true
	}
	if now.Before(r.Ends) {
		r.Settled.Environment.Status = r.visit(now)
		return r, true
	}
	if r.deleting() {
		return r, false
	}
	done := record{Settled: r.Settled, Maintained: r.Maintained}
	e := &done.Settled.Environment
	if r.Fails != nil {
		e.Status, e.LastUpdate = r.failed(), r.ended("FAILED")
		return done, true
	}
	last := r.ended("SUCCESS")
	if r.Next != nil {
		done.Settled = *r.Next
	}
	e.Status, e.LastUpdate = mwaa.Available, last
	*e = done.maintained(now)
	return done, true
}

func (r record) deleting() bool { return r.Settled.Environment.Status == mwaa.Deleting }

// failed is the state that a failure leaves.
func (r record) failed() mwaa.Status {
	switch {
	case r.Next == nil:
		return mwaa.CreateFailed
	case r.Fails.Lost:
		return mwaa.Unavailable
	}
	return mwaa.UpdateFailed
}

// maintained returns the environment as its weekly maintenance leaves it: one that is AVAILABLE is in MAINTENANCE after each start of its window.
func (r record) maintained(now time.Time) environment {
	e := r.Settled.Environment
	if e.Status == mwaa.Maintenance {
		e.Status = mwaa.Available // as of the record's last request
	}
	start := windowStart(e.WeeklyMaintenanceWindowStart, now)
	if r.Maintained <= 0 || e.Status != mwaa.Available || e.LastUpdate != nil && start.Before(e.LastUpdate.CreatedAt) {
		return e
	}
	last := &lastUpdate{Status: "SUCCESS", CreatedAt: start, Source: maintenanceSource}
	if now.Before(start.Add(r.Maintained)) {
		e.Status, last.Status = mwaa.Maintenance, "PENDING"
	}
	e.LastUpdate = last
	return e
}

// windowStart is when a weekly window, such as SUN:03:30 in UTC, last began.
func windowStart(window string, now time.Time) time.Time {
	now = now.UTC()
	day, clock, _ := strings.Cut(window, ":")
	at, err := time.Parse("15:04", clock)
	weekday := slices.Index([]string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}, day)
	if err != nil || weekday < 0 {
		return time.Time{}
	}
	start := time.Date(now.Year(), now.Month(), now.Day(), at.Hour(), at.Minute(), 0, 0, time.UTC)
	start = start.AddDate(0, 0, weekday-int(now.Weekday()))
	if start.After(now) {
		start = start.AddDate(0, 0, -7)
	}
	return start
}

// visit returns the state that an update shows at a moment before its end.
func (r record) visit(now time.Time) mwaa.Status {
	if len(r.Visits) == 0 {
		return r.Settled.Environment.Status
	}
	share := r.Ends.Sub(r.Begun) / time.Duration(len(r.Visits))
	if share <= 0 {
		return r.Visits[0]
	}
	i := int(now.Sub(r.Begun) / share)
	return r.Visits[max(0, min(i, len(r.Visits)-1))]
}

// ended returns the record's LastUpdate with the status in which it ended.
func (r record) ended(status string) *lastUpdate {
	last := lastUpdate{}
	if r.Settled.Environment.LastUpdate != nil {
		last = *r.Settled.Environment.LastUpdate
	}
	last.Status, last.Error = status, nil
	if r.Fails != nil {
		last.Error = &r.Fails.UpdateError
	}
	return &last
}

func key(c *op.Call, name string) string { return store.Key(c.Account, c.Region, name) }

func arn(c *op.Call, name string) string {
	return fmt.Sprintf("arn:%s:airflow:%s:%s:environment/%s", c.Partition, c.Region, c.Account, name)
}

// find returns the environment as it is now, or ResourceNotFoundException.
func find(c *op.Call, name string) (record, error) {
	r, ok, err := lookup(c, name)
	if err != nil {
		return record{}, err
	}
	if !ok {
		return record{}, notFound(name)
	}
	return r, nil
}

// lookup returns the environment as it is now, and whether there is one.
func lookup(c *op.Call, name string) (record, bool, error) {
	stored, err := environments.Get(c.Tx, key(c, name))
	if stored == nil || err != nil {
		return record{}, false, err
	}
	r, ok := stored.at(c.Now)
	return r, ok, nil
}

func (r record) put(c *op.Call) error {
	return environments.Put(c.Tx, key(c, r.Settled.Environment.Name), &r)
}

// purge removes the environments that are gone by now, of all accounts and regions, with their sealed options. To callers they are gone before
// that: see lookup.
func purge(c *op.Call) error {
	var gone []string
	for row, err := range environments.Scan(c.Tx, "", "") {
		if err != nil {
			return err
		}
		if _, there := row.Value.at(c.Now); !there {
			gone = append(gone, row.Key)
		}
	}
	for _, row := range gone {
		if err := environments.Delete(c.Tx, row); err != nil {
			return err
		}
	}
	return nil
}

// seal puts the options into v, bound to the environment's ARN.
func (v *version) seal(c *op.Call, options map[string]string) error {
	if len(options) == 0 {
		v.Options = nil
		return nil
	}
	text, err := json.Marshal(options)
	if err != nil {
		return err
	}
	v.Options = c.Sealer.Seal(text, []byte(v.Environment.Arn))
	return nil
}

// options returns the options that v holds; nil if none.
func (v *version) options(c *op.Call) (map[string]string, error) {
	if v.Options == nil {
		return nil, nil
	}
	text, err := c.Sealer.Open(v.Options, []byte(v.Environment.Arn))
	if err != nil {
		return nil, err
	}
	var options map[string]string
	if err := json.Unmarshal(text, &options); err != nil {
		return nil, err
	}
	return options, nil
}
