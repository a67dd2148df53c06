package main

import (
	"context"
	"fmt"
	"os"

	"aircon/internal/startup"
	"aircon/internal/taskenv"
)

// runStartup runs an environment's startup script with the variables composed so far, and returns what it exports. What it prints goes to standard error.
func runStartup(ctx context.Context, w world, script string, set taskenv.Set) (map[string]string, error) {
	if info, err := os.Stat(script); err != nil || !info.Mode().IsRegular() {
		return nil, usageError{fmt.Errorf("--startup-script %s: there is no such file", script)}
	}
	exported, err := startup.Run(ctx, script, set.Environ(taskenv.Machine(os.Environ(), nil)), w.err)
	if err != nil {
		return nil, badInput{fmt.Errorf("the startup script %s: %w", script, err)}
	}
	return exported, nil
}
