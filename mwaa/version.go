package mwaa

import (
	"slices"
	"strconv"
	"strings"
)

// Versions lists the Airflow versions that MWAA runs and aircon follows, oldest first. The API still names 2.7.2 and 2.8.1,
// whose images are not public.
func Versions() []string {
	return []string{"2.9.2", "2.10.1", "2.10.3", "2.11.0", "2.11.2", "3.0.6", "3.2.1", "3.3.1"}
}

// LatestVersion is what an environment gets that asks for none.
func LatestVersion() string {
	all := Versions()
	return all[len(all)-1]
}

// Supported reports whether version is one of Versions.
func Supported(version string) bool { return slices.Contains(Versions(), version) }

// AccessModes lists how the web server of an environment that runs a version can be reached.
//
// Source: the MWAA API reference, CreateEnvironment, WebserverAccessMode.
func AccessModes(version string) []string {
	modes := []string{"PRIVATE_ONLY", "PUBLIC_ONLY"}
	if (since{3, 2}).includes(version) {
		modes = append(modes, "PUBLIC_AND_PRIVATE")
	}
	return modes
}

// since is the first Airflow release, such as 3.2, in which something holds. The zero value is before every release.
type since struct{ major, minor int }

// includes reports whether version is that release or a later one. A version that is not a number counts as the oldest.
func (s since) includes(version string) bool {
	major, rest, _ := strings.Cut(version, ".")
	minor, _, _ := strings.Cut(rest, ".")
	a, errMajor := strconv.Atoi(major)
	b, errMinor := strconv.Atoi(minor)
	if errMajor != nil || errMinor != nil {
		return s == since{}
	}
	return a > s.major || a == s.major && b >= s.minor
}
