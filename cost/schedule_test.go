package cost

import (
	"math"
	"testing"
)

func TestRunsPerMonth(t *testing.T) {
	const day = 730.0 / 24
	for schedule, want := range map[string]float64{
		"": 0, "None": 0, "@once": 0, "@hourly": 730, "@daily": day, "@weekly": 52 * 730.0 / 8760, "@monthly": 1, "@quarterly": 4.0 / 12, "@yearly": 1.0 / 12,
		"*/5 * * * *": 12 * 730, "0,30 * * * *": 2 * 730, "15 9-17 * * mon-fri": 9 * 261 * 730.0 / 8760, "0 0 * * 7": 52 * 730.0 / 8760,
		"0 0 1,15 * *": 2, "0 0 13 * fri": (52 + 12 - 3) * 730.0 / 8760, // 2026 has three Fridays the 13th
		"0 0 29 feb *": 0, "5/20 * * * *": 3 * 730, "0 12 1-7/2 jan *": 4 * 730.0 / 8760,
		"timedelta(minutes=5)": 12 * 730, "datetime.timedelta(days=1, hours=12)": day / 1.5, "timedelta(1)": day, "90m": 730 / 1.5,
	} {
		got, err := RunsPerMonth(schedule)
		if err != nil || math.Abs(got-want) > 1e-9 {
			t.Errorf("%q: got %v %v, want %v", schedule, got, err, want)
		}
	}
	for _, schedule := range []string{"@continuous", "* * * *", "60 * * * *", "0 0 L * *", "0 0 * * fri#2", "5-1 * * * *", "*/0 * * * *", "timedelta()", "timedelta(years=1)", "-5m", "timedelta(0)", "soon"} {
		if got, err := RunsPerMonth(schedule); err == nil {
			t.Errorf("%q is taken for %v runs", schedule, got)
		}
	}
}

func FuzzRunsPerMonth(f *testing.F) {
	f.Add("*/5 1-3,7 * jan-mar mon")
	f.Add("timedelta(hours=1.5)")
	f.Fuzz(func(t *testing.T, schedule string) {
		if n, err := RunsPerMonth(schedule); err == nil && (n < 0 || math.IsNaN(n)) {
			t.Errorf("%q: %v", schedule, n)
		}
	})
}
