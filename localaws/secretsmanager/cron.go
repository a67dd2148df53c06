package secretsmanager

import (
	"strconv"
	"strings"
	"time"
)

// cron is a cron() expression of a rotation schedule: windows open on the hour, at least once a year (user guide, "Schedule expressions in
// Secrets Manager rotation": Minutes is 0, Year is *, one of Day-of-month and Day-of-week is ?).
type cron struct {
	hours     [24]bool
	months    [13]bool
	days      [32]bool // of the month
	lastDay   bool
	weekdays  [8]bool // 1 is Sunday
	nth       map[[2]int]bool
	lastOf    [8]bool
	byWeekday bool // whether Day-of-week decides, and not Day-of-month
}

var (
	monthNames   = strings.Fields("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC")
	weekdayNames = strings.Fields("SUN MON TUE WED THU FRI SAT")
)

// parseCron reads the fields between the parentheses. It reports false for what is none, or opens no window ever.
func parseCron(text string) (c *cron, ok bool) {
	fields := strings.Fields(text)
	if len(fields) != 6 || fields[0] != "0" || fields[5] != "*" || (fields[2] == "?") == (fields[4] == "?") {
		return nil, false
	}
	c = &cron{nth: map[[2]int]bool{}, byWeekday: fields[2] == "?"}
	ok = cronField(fields[1], 0, c.hours[:], nil, nil) && cronField(fields[3], 1, c.months[:], monthNames, nil)
	if c.byWeekday {
		ok = ok && cronField(fields[4], 1, c.weekdays[:], weekdayNames, c.weekdayWord)
	} else {
		ok = ok && cronField(fields[2], 1, c.days[:], nil, c.dayWord)
	}
	return c, ok && !c.next(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero()
}

// cronField marks the values that a field names: lists of numbers, names, ranges and increments, and what only this field has.
func cronField(text string, least int, marks []bool, names []string, word func(string) bool) bool {
	for item := range strings.SplitSeq(text, ",") {
		if word != nil && word(item) {
			continue
		}
		span, step, stepped := strings.Cut(item, "/")
		from, to, ok := cronSpan(span, least, len(marks)-1, names)
		by := 1
		if stepped {
			var err error
			if by, err = strconv.Atoi(step); err != nil || by < 1 || by > len(marks) {
				return false
			}
			if from == to {
				to = len(marks) - 1
			}
		}
		if !ok || from > to {
			return false
		}
		for n := from; n <= to; n += by {
			marks[n] = true
		}
	}
	return true
}

// cronSpan reads *, a value, or a range.
func cronSpan(text string, least, most int, names []string) (from, to int, ok bool) {
	if text == "*" {
		return least, most, true
	}
	first, last, ranged := strings.Cut(text, "-")
	from, ok = cronValue(first, least, most, names)
	if !ranged || !ok {
		return from, from, ok
	}
	to, ok = cronValue(last, least, most, names)
	return from, to, ok
}

func cronValue(text string, least, most int, names []string) (int, bool) {
	for i, name := range names {
		if strings.EqualFold(text, name) {
			return i + 1, true
		}
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= least && n <= most
}

// dayWord takes L, the last day of the month.
func (c *cron) dayWord(text string) bool {
	c.lastDay = c.lastDay || text == "L"
	return text == "L"
}

// weekdayWord takes L, the last day of the week; such as 6L, the last Friday of the month; and such as SUN#2, its second Sunday.
func (c *cron) weekdayWord(text string) bool {
	if text == "L" {
		c.weekdays[7] = true
		return true
	}
	if day, nth, ok := strings.Cut(text, "#"); ok {
		d, known := cronValue(day, 1, 7, weekdayNames)
		n, err := strconv.Atoi(nth)
		if known = known && err == nil && n >= 1 && n <= 5; known {
			c.nth[[2]int{d, n}] = true
		}
		return known
	}
	day, last := strings.CutSuffix(text, "L")
	d, known := cronValue(day, 1, 7, weekdayNames)
	if known = known && last; known {
		c.lastOf[d] = true
	}
	return known
}

// maxCronDays is as far as a 29th of February of some weekday lies at most from the one before it: 40 years, about 2100.
const maxCronDays = 40 * 366

// next returns when the first window after a moment opens, and the zero time where none ever does.
func (c *cron) next(after time.Time) time.Time {
	after = after.UTC()
	day := time.Date(after.Year(), after.Month(), after.Day(), 0, 0, 0, 0, time.UTC)
	for range maxCronDays {
		if c.opensOn(day) {
			for hour, opens := range c.hours {
				if at := day.Add(time.Duration(hour) * time.Hour); opens && at.After(after) {
					return at
				}
			}
		}
		day = day.AddDate(0, 0, 1)
	}
	return time.Time{}
}

func (c *cron) opensOn(day time.Time) bool {
	if !c.months[day.Month()] {
		return false
	}
	last := day.AddDate(0, 0, 7).Month() != day.Month() // of its weekday in the month
	weekday := int(day.Weekday()) + 1
	if c.byWeekday {
		return c.weekdays[weekday] || c.nth[[2]int{weekday, (day.Day() + 6) / 7}] || last && c.lastOf[weekday]
	}
	return c.days[day.Day()] || c.lastDay && day.AddDate(0, 0, 1).Month() != day.Month()
}

// openings are the hours at which windows open on a day.
func (c *cron) openings() (hours []int) {
	for hour, opens := range c.hours {
		if opens {
			hours = append(hours, hour)
		}
	}
	return hours
}
