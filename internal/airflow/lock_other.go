//go:build !unix

package airflow

import (
	"errors"
	"os"
)

// lockFile always fails: the processes, which this is for, start on Linux and macOS only.
func lockFile(string) (*os.File, error) {
	return nil, errors.New("running Airflow needs Linux or macOS")
}
