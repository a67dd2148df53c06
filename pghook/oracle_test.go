package pghook_test

import (
	"testing"

	"aircon/internal/oracle"
	"aircon/internal/oracle/hook"
)

// Every vector of real Airflow, in all eight versions.
func TestOracle(t *testing.T) { oracle.Check(t, "hook", hook.Answer) }
