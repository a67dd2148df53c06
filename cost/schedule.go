package cost

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// presets are Airflow's (https://airflow.apache.org/docs/apache-airflow/stable/authoring-and-scheduling/cron.html), as cron expressions; "" is
// one that never runs by itself. @continuous begins a run when the last has ended, which no schedule tells.
var presets = map[string]string{
	"": "", "none": "", "@once": "", "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@weekly": "0 0 * * 0", "@monthly": "0 0 1 * *",
	"@quarterly": "0 0 1 */3 *", "@yearly": "0 0 1 1 *",
}

var timedelta = regexp.MustCompile(`^(?:datetime\.)?timedelta\((.*)\)$`)

var units = map[string]time.Duration{
	"weeks": 7 * 24 * time.Hour, "days": 24 * time.Hour, "hours": time.Hour, "minutes": time.Minute, "seconds": time.Second,
	"milliseconds": time.Millisecond, "microseconds": time.Microsecond,
}

// RunsPerMonth is how often a schedule runs a DAG in a month of 730 hours. It takes a cron expression of five fields, a preset such as
// @hourly, timedelta(hours=2), a duration such as 90m, and "" or None for a DAG that is only triggered.
func RunsPerMonth(schedule string) (float64, error) {
	text := strings.TrimSpace(schedule)
	if cron, ok := presets[strings.ToLower(text)]; ok {
		text = cron
	}
	if text == "" {
		return 0, nil
	}
	if inner := timedelta.FindStringSubmatch(text); inner != nil {
		return perMonth(parseTimedelta(inner[1]))
	}
	if every, err := time.ParseDuration(text); err == nil {
		return perMonth(every, nil)
	}
	c, err := parseCron(text)
	if err != nil {
		return 0, fmt.Errorf("the schedule %q is no preset, timedelta or cron expression of five fields: %w", schedule, err)
	}
	return float64(c.inYear()) / (365 * 24) * Month.Hours(), nil
}

func perMonth(every time.Duration, err error) (float64, error) {
	if err == nil && every <= 0 {
		err = fmt.Errorf("a schedule of %s never ends", every)
	}
	if err != nil {
		return 0, err
	}
	return float64(Month) / float64(every), nil
}

// parseTimedelta reads the arguments of Python's timedelta.
func parseTimedelta(arguments string) (time.Duration, error) {
	var sum time.Duration
	for i, argument := range strings.Split(arguments, ",") {
		name, value, named := strings.Cut(strings.TrimSpace(argument), "=")
		if !named && i == 0 { // timedelta(1) is a day
			name, value = "days", name
		}
		n, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		unit, known := units[strings.TrimSpace(name)]
		if err != nil || !known {
			return 0, fmt.Errorf("timedelta(%s): it takes numbers of weeks, days, hours, minutes or seconds by name", arguments)
		}
		sum += time.Duration(n * float64(unit))
	}
	return sum, nil
}
