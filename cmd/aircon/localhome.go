package main

import (
	"fmt"
	"path/filepath"
	"strings"
)

// airflowHome is where the Airflow of an environment keeps its keys, metastore and logs: below its account and region, as names are unique only there.
func airflowHome(directory, arn string) string {
	if absolute, err := filepath.Abs(directory); err == nil {
		directory = absolute
	}
	e := localMWAA{Arn: arn}
	return filepath.Join(directory, "airflow", e.account(), e.region(), strings.TrimPrefix(e.part(5), "environment/"))
}

// findAirflowHome returns the directory of the Airflow that a user names: as NAME, or REGION/NAME or ACCOUNT/REGION/NAME where there are several.
// It needs no running local AWS.
func findAirflowHome(directory, named string) (string, error) {
	parts := append([]string{"*", "*"}, strings.Split(named, "/")...)
	root := airflowHome(directory, "")
	found, err := filepath.Glob(filepath.Join(append([]string{root}, parts[len(parts)-3:]...)...))
	if err != nil {
		return "", usageError{fmt.Errorf("%q is no environment's name: %w", named, err)}
	}
	switch len(found) {
	case 0:
		return "", usageError{fmt.Errorf("no Airflow of an environment %s has run here: start one with: aircon local airflow %s", named, named)}
	case 1:
		return found[0], nil
	}
	for i, home := range found {
		found[i] = strings.TrimPrefix(home, root+string(filepath.Separator))
	}
	return "", usageError{fmt.Errorf("which environment: %s", strings.Join(found, ", "))}
}
