package main

import (
	"fmt"
	"os"

	"aircon/localaws/organisation"
)

// readOrganization reads the AWS Organization that local AWS's accounts belong to; "" means none.
func readOrganization(path string) (*organisation.Organisation, error) {
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, usageError{fmt.Errorf("--organization: %w", err)}
	}
	o, err := organisation.Parse(text)
	if err != nil {
		return nil, usageError{fmt.Errorf("--organization %s: %w", path, err)}
	}
	return o, nil
}
