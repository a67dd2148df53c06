package aircon_test

import (
	"testing"

	"aircon/internal/oracle"
	"aircon/internal/oracle/codec"
)

// Every vector of real Airflow, in all eight versions.
func TestOracle(t *testing.T) {
	for _, kind := range []string{"uri", "json", "fields"} {
		t.Run(kind, func(t *testing.T) { oracle.Check(t, kind, codec.Answer) })
	}
}
