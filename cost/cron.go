package cost

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// cron is a cron expression: for each field the values that it takes.
type cron struct {
	minutes, hours, days, months, weekdays set
	anyDay, anyWeekday                     bool
}

// set has a bit for each value.
type set uint64

func (s set) has(n int) bool { return s>>n&1 == 1 }

func (s set) size() (n int) {
	for ; s > 0; s &= s - 1 {
		n++
	}
	return n
}

var (
	monthNames   = []string{"", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}
	weekdayNames = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
)

// parseCron reads the five fields. What croniter knows beyond that (L, #, a field of seconds) is an error.
func parseCron(text string) (cron, error) {
	fields := strings.Fields(strings.ToLower(text))
	if len(fields) != 5 {
		return cron{}, fmt.Errorf("it has %d fields", len(fields))
	}
	var c cron
	for i, f := range []struct {
		into        *set
		least, most int
		names       []string
	}{
		{&c.minutes, 0, 59, nil}, {&c.hours, 0, 23, nil}, {&c.days, 1, 31, nil}, {&c.months, 1, 12, monthNames}, {&c.weekdays, 0, 7, weekdayNames},
	} {
		var err error
		if *f.into, err = parseField(fields[i], f.least, f.most, f.names); err != nil {
			return cron{}, fmt.Errorf("field %d: %w", i+1, err)
		}
	}
	if c.weekdays.has(7) { // Sunday as well
		c.weekdays |= 1
	}
	c.anyDay, c.anyWeekday = strings.HasPrefix(fields[2], "*"), strings.HasPrefix(fields[4], "*")
	return c, nil
}

func parseField(text string, least, most int, names []string) (all set, err error) {
	for _, part := range strings.Split(text, ",") {
		span, stepText, stepped := strings.Cut(part, "/")
		step := 1
		if stepped {
			if step, err = strconv.Atoi(stepText); err != nil || step < 1 {
				return 0, fmt.Errorf("%q is no step", stepText)
			}
		}
		from, to := least, most
		if span != "*" {
			low, high, ranged := strings.Cut(span, "-")
			if from, err = parseValue(low, least, most, names); err != nil {
				return 0, err
			}
			switch {
			case ranged:
				if to, err = parseValue(high, least, most, names); err != nil {
					return 0, err
				}
			case !stepped:
				to = from
			}
		}
		if to < from {
			return 0, errors.New("a range goes backwards")
		}
		for n := from; n <= to; n += step {
			all |= 1 << n
		}
	}
	return all, nil
}

func parseValue(text string, least, most int, names []string) (int, error) {
	for i, name := range names {
		if name != "" && text == name {
			return i, nil
		}
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("%q is not between %d and %d", text, least, most)
	}
	return n, nil
}

// inYear counts how often it runs in a year of 365 days. Where both days of the month and of the week are named, either will do, as in
// every cron.
func (c *cron) inYear() int {
	runs := 0
	for day := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC); day.Year() == 2026; day = day.AddDate(0, 0, 1) {
		if !c.months.has(int(day.Month())) {
			continue
		}
		ofMonth, ofWeek := c.days.has(day.Day()), c.weekdays.has(int(day.Weekday()))
		on := ofMonth && ofWeek
		if !c.anyDay && !c.anyWeekday {
			on = ofMonth || ofWeek
		}
		if on {
			runs += c.minutes.size() * c.hours.size()
		}
	}
	return runs
}
