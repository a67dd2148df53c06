package airflow

import (
	"strconv"
	"strings"
)

// newer reports whether a version is that release, such as 2.11, or a later one.
func newer(version string, major, minor int) bool {
	parts := append(strings.Split(version, "."), "", "")
	a, _ := strconv.Atoi(parts[0])
	b, _ := strconv.Atoi(parts[1])
	return a > major || a == major && b >= minor
}
