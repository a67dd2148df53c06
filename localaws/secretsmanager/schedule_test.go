package secretsmanager

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestSchedules: when the window after a moment opens and closes.
func TestSchedules(t *testing.T) {
	const now = "2026-11-22T12:30:45Z" // a Sunday
	days := func(n int) *int { return &n }
	tests := map[string]struct {
		rules rules
		want  string // opens closes; "" never; or the refusal's beginning
	}{
		"none":                        {rules{}, ""},
		"days":                        {rules{AutomaticallyAfterDays: days(1)}, "2026-11-23T00 2026-11-24T00"},
		"days with a duration":        {rules{AutomaticallyAfterDays: days(30), Duration: "2h"}, "2026-12-22T00 2026-12-22T02"},
		"a rate in days":              {rules{ScheduleExpression: "rate(10 days)"}, "2026-12-02T00 2026-12-03T00"},
		"a rate of a day, 3h":         {rules{ScheduleExpression: "rate(1 day)", Duration: "3h"}, "2026-11-23T00 2026-11-23T03"},
		"a rate in hours":             {rules{ScheduleExpression: "rate(4 hours)"}, "2026-11-22T16 2026-11-22T17"},
		"a rate in hours, 4h":         {rules{ScheduleExpression: "rate(4 hours)", Duration: "4h"}, "2026-11-22T16 2026-11-22T20"},
		"cron, each day":              {rules{ScheduleExpression: "cron(0 8 * * ? *)"}, "2026-11-23T08 2026-11-24T00"},
		"cron, each 8 hours":          {rules{ScheduleExpression: "cron(0 8/8 * * ? *)"}, "2026-11-22T16 2026-11-22T17"},
		"cron, each ten hours from 2": {rules{ScheduleExpression: "cron(0 2/10 * * ? *)"}, "2026-11-22T22 2026-11-22T23"},
		"cron, each ten days":         {rules{ScheduleExpression: "cron(0 6 1/10 * ? *)"}, "2026-12-01T06 2026-12-02T00"},
		"cron, Saturday 6 pm":         {rules{ScheduleExpression: "cron(0 18 ? * SAT *)"}, "2026-11-28T18 2026-11-29T00"},
		"cron, last day, 4 pm, 2h":    {rules{ScheduleExpression: "cron(0 16 L * ? *)", Duration: "2h"}, "2026-11-30T16 2026-11-30T18"},
		"cron, first Sunday":          {rules{ScheduleExpression: "cron(0 0 ? * SUN#1 *)"}, "2026-12-06T00 2026-12-07T00"},
		"cron, last Friday":           {rules{ScheduleExpression: "cron(0 1 ? * 6L *)"}, "2026-11-27T01 2026-11-28T00"},
		"cron, names and lists":       {rules{ScheduleExpression: "cron(0 10 ? FEB,MAY,AUG,NOV TUE#2 *)"}, "2027-02-09T10 2027-02-10T00"},
		"cron, weekdays":              {rules{ScheduleExpression: "cron(0 3 ? * MON-FRI *)"}, "2026-11-23T03 2026-11-24T00"},
		"cron, a leap day":            {rules{ScheduleExpression: "cron(0 0 29 2 ? *)"}, "2028-02-29T00 2028-03-01T00"},

		"both":                        {rules{AutomaticallyAfterDays: days(1), ScheduleExpression: "rate(1 day)"}, "You cannot specify both rotation frequency and schedule expression together."},
		"too often":                   {rules{ScheduleExpression: "rate(3 hours)"}, "Invalid ScheduleExpression rate(3 hours)"},
		"too seldom":                  {rules{ScheduleExpression: "rate(1000 days)"}, "Invalid ScheduleExpression"},
		"minutes":                     {rules{ScheduleExpression: "rate(300 minutes)"}, "Invalid ScheduleExpression"},
		"cron with minutes":           {rules{ScheduleExpression: "cron(30 8 * * ? *)"}, "Invalid ScheduleExpression"},
		"cron with a year":            {rules{ScheduleExpression: "cron(0 8 * * ? 2027)"}, "Invalid ScheduleExpression"},
		"cron without ?":              {rules{ScheduleExpression: "cron(0 8 * * * *)"}, "Invalid ScheduleExpression"},
		"cron with two ?":             {rules{ScheduleExpression: "cron(0 8 ? * ? *)"}, "Invalid ScheduleExpression"},
		"cron of five fields":         {rules{ScheduleExpression: "cron(0 10 * 2,5 2)"}, "Invalid ScheduleExpression"},
		"cron never":                  {rules{ScheduleExpression: "cron(0 0 31 2 ? *)"}, "Invalid ScheduleExpression"},
		"not closed":                  {rules{ScheduleExpression: "rate(1 day"}, "Invalid ScheduleExpression"},
		"into the next day":           {rules{ScheduleExpression: "cron(0 23 * * ? *)", Duration: "2h"}, "Invalid ScheduleExpression"},
		"into the next window":        {rules{ScheduleExpression: "cron(0 8/4 * * ? *)", Duration: "5h"}, "Invalid ScheduleExpression"},
		"into the next rate's":        {rules{ScheduleExpression: "rate(4 hours)", Duration: "5h"}, "Invalid ScheduleExpression"},
		"a duration of no hours":      {rules{ScheduleExpression: "rate(4 days)", Duration: "0h"}, "Invalid Duration"},
		"a duration beyond the day":   {rules{AutomaticallyAfterDays: days(1), Duration: "25h"}, "Invalid Duration"},
		"increments of nothing":       {rules{ScheduleExpression: "cron(0 8/0 * * ? *)"}, "Invalid ScheduleExpression"},
		"increments beyond a number":  {rules{ScheduleExpression: "cron(0 8 1/9223372036854775807 * ? *)"}, "Invalid ScheduleExpression"},
		"a sixth Sunday of a month":   {rules{ScheduleExpression: "cron(0 8 ? * SUN#6 *)"}, "Invalid ScheduleExpression"},
		"an hour that does not exist": {rules{ScheduleExpression: "cron(0 24 * * ? *)"}, "Invalid ScheduleExpression"},
	}
	at, err := time.Parse(time.RFC3339, now)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := ""
			next, refused := tt.rules.schedule()
			if refused != nil {
				got = refused.Message
			} else if next != nil {
				w := next(at)
				got = w.opens.Format("2006-01-02T15") + " " + w.closes.Format("2006-01-02T15")
			}
			if got != tt.want && (refused == nil || tt.want == "" || !strings.HasPrefix(got, tt.want)) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestCronAgainstHours walks hour by hour, which is slow and plainly right, to where next jumps.
func TestCronAgainstHours(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hour := rapid.SampledFrom([]string{"*", "0", "23", "4/12", "*/8", "1,5-7"}).Draw(t, "hour")
		month := rapid.SampledFrom([]string{"*", "2", "JAN-MAR", "3/4"}).Draw(t, "month")
		date, weekday := rapid.SampledFrom([]string{"*", "31", "L", "1/7", "5-9"}).Draw(t, "date"), "?"
		if rapid.Bool().Draw(t, "weekday?") {
			date, weekday = "?", rapid.SampledFrom([]string{"*", "SAT", "2-4", "FRI#5", "1L", "L"}).Draw(t, "weekday")
		}
		c, ok := parseCron(strings.Join([]string{"0", hour, date, month, weekday, "*"}, " "))
		if !ok {
			if date == "31" && month == "2" {
				return
			}
			t.Fatalf("cron(0 %s %s %s %s *) is refused", hour, date, month, weekday)
		}
		after := time.Unix(rapid.Int64Range(1_600_000_000, 1_900_000_000).Draw(t, "after"), 0).UTC()
		want := after.Truncate(time.Hour).Add(time.Hour)
		for !c.hours[want.Hour()] || !c.opensOn(want.Truncate(day)) {
			want = want.Add(time.Hour)
		}
		if got := c.next(after); !got.Equal(want) {
			t.Fatalf("after %v: %v, want %v", after, got, want)
		}
	})
}
