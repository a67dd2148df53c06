package secretsmanager

import (
	"strconv"
	"strings"
	"time"

	"aircon/localaws/op"
)

// rules are when a secret rotates, as RotateSecret is told. The zero value never does by itself.
type rules struct {
	AutomaticallyAfterDays *int   `json:",omitempty"`
	Duration               string `json:",omitempty"` // of the window, such as 3h
	ScheduleExpression     string `json:",omitempty"`
}

// window is when a rotation may happen. Here it happens as the window opens. Sources: API reference, RotationRulesType; user guide,
// "Rotation schedules".
type window struct {
	opens  time.Time
	closes time.Time // NextRotationDate is its last second
}

// schedule turns a moment into the window after it.
type schedule func(after time.Time) window

// Limits of schedules (user guide, "Rotation schedules"; API reference for AutomaticallyAfterDays).
const (
	minRateHours = 4
	maxRateDays  = 999
	day          = 24 * time.Hour
)

// schedule reads the rules, and returns nil where a secret does not rotate by itself. AWS words the first refusal so
// (terraform-provider-aws issue 33329); the words of the others are not confirmed.
func (r *rules) schedule() (schedule, *op.Error) {
	length, ok := r.length()
	if !ok {
		return nil, invalidParameter("Invalid Duration: the length of a rotation window is a number of hours from 1h to 24h.")
	}
	switch {
	case r.AutomaticallyAfterDays != nil && r.ScheduleExpression != "":
		return nil, invalidParameter("You cannot specify both rotation frequency and schedule expression together.")
	case r.AutomaticallyAfterDays != nil:
		return everyDays(*r.AutomaticallyAfterDays, length), nil
	case r.ScheduleExpression == "":
		return nil, nil
	}
	if s := parseSchedule(r.ScheduleExpression, length); s != nil {
		return s, nil
	}
	return nil, invalidParameter("Invalid ScheduleExpression " + r.ScheduleExpression + ": it is rate(Value Unit) with at least 4 hours and at most " +
		"999 days, or cron(0 Hours Day-of-month Month Day-of-week *), and the rotation window must not extend into the next rotation window or the next UTC day.")
}

// length reads the Duration: 0 where it is left out.
func (r *rules) length() (time.Duration, bool) {
	if r.Duration == "" {
		return 0, true
	}
	hours, err := strconv.Atoi(strings.TrimSuffix(r.Duration, "h"))
	return time.Duration(hours) * time.Hour, err == nil && hours >= 1 && hours <= 24
}

// parseSchedule reads a rate() or cron() expression, and returns nil for what is none or does not go with the window's length.
func parseSchedule(text string, length time.Duration) schedule {
	kind, rest, _ := strings.Cut(text, "(")
	inner, closed := strings.CutSuffix(rest, ")")
	switch {
	case !closed:
		return nil
	case kind == "rate":
		return parseRate(inner, length)
	case kind == "cron":
		c, ok := parseCron(inner)
		if !ok {
			return nil
		}
		return c.schedule(length)
	}
	return nil
}

func parseRate(text string, length time.Duration) schedule {
	value, unit, _ := strings.Cut(text, " ")
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 {
		return nil
	}
	switch unit {
	case "day", "days":
		if n <= maxRateDays {
			return everyDays(n, length)
		}
	case "hour", "hours":
		if n >= minRateHours && n <= maxRateDays*24 && length <= time.Duration(n)*time.Hour {
			return everyHours(n, length)
		}
	}
	return nil
}

// everyDays opens a window at midnight, so many days after a rotation, to the end of that day.
func everyDays(n int, length time.Duration) schedule {
	if length == 0 {
		length = day
	}
	return func(after time.Time) window {
		opens := after.UTC().Truncate(day).AddDate(0, 0, n)
		return window{opens, opens.Add(length)}
	}
}

// everyHours opens a window on the hour, so many hours after the hour of a rotation.
func everyHours(n int, length time.Duration) schedule {
	if length == 0 {
		length = time.Hour
	}
	return func(after time.Time) window {
		opens := after.UTC().Truncate(time.Hour).Add(time.Duration(n) * time.Hour)
		return window{opens, opens.Add(length)}
	}
}

// schedule is nil where a window would reach into the next one or the next day. A cron expression with several hours is one "in hours", whose
// window closes after an hour; any other stays open to the end of the day.
func (c *cron) schedule(length time.Duration) schedule {
	hours := c.openings()
	for i, hour := range hours {
		next := 24
		if i+1 < len(hours) {
			next = hours[i+1]
		}
		if length > time.Duration(next-hour)*time.Hour {
			return nil
		}
	}
	return func(after time.Time) window {
		opens := c.next(after)
		closes := opens.Add(length)
		switch {
		case length == 0 && len(hours) > 1:
			closes = opens.Add(time.Hour)
		case length == 0:
			closes = opens.Truncate(day).Add(day)
		}
		return window{opens, closes}
	}
}
