package main

import "testing"

func TestDollars(t *testing.T) {
	for n, want := range map[float64]string{0: "$0.00", 0.004: "$0.00", 0.999: "$1.00", 12.3: "$12.30", 999.995: "$1,000.00", 1234567.891: "$1,234,567.89"} {
		if got := dollars(n); got != want {
			t.Errorf("%v: got %s, want %s", n, got, want)
		}
	}
}
