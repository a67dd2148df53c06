package lookup_test

import (
	"testing"

	"aircon/internal/oracle"
	"aircon/internal/oracle/backend"
)

// What real Airflow answers in all eight versions, to SecretsManagerBackend alone and to the whole search.
func TestBackendVectors(t *testing.T) { oracle.Check(t, "backend", backend.Answer) }
func TestSearchVectors(t *testing.T)  { oracle.Check(t, "search", backend.Answer) }
