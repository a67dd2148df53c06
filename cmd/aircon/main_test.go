package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the scripts run this test binary as aircon.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"aircon": main})
}

// TestScripts runs the scripts of testdata/script, each of which reads as a user's session at a terminal.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
	})
}
