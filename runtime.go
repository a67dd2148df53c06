package aircon

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// Side says who reads a connection. It matters from Airflow 3 on, which has two Connection classes.
type Side uint8

const (
	// Server is the scheduler, the API server and the command line, and everything in Airflow 2.
	Server Side = iota
	// Worker is a task, the DAG processor or the triggerer of Airflow 3.
	Worker
)

// String returns "server" or "worker".
func (s Side) String() string {
	if s == Worker {
		return "worker"
	}
	return "server"
}

// Version is a release such as 2.10.3. The zero value is before every other.
type Version struct{ Major, Minor, Patch int }

// ParseVersion reads a release such as 2.10.3 or 9.0; what is left out is 0. Pre-releases, local versions and
// anything else but up to three numbers are errors.
func ParseVersion(text string) (Version, error) {
	var v Version
	parts := strings.Split(text, ".")
	if len(parts) > 3 {
		return Version{}, fmt.Errorf("version %q has more than three numbers", text)
	}
	for i, into := range []*int{&v.Major, &v.Minor, &v.Patch} {
		if i >= len(parts) {
			break
		}
		n, err := strconv.ParseUint(parts[i], 10, 31)
		if err != nil {
			return Version{}, fmt.Errorf("version %q is not of the form 2.10.3", text)
		}
		*into = int(n)
	}
	return v, nil
}

// Compare returns -1, 0 or 1 as v is before, the same as, or after other.
func (v Version) Compare(other Version) int {
	return cmp.Or(cmp.Compare(v.Major, other.Major), cmp.Compare(v.Minor, other.Minor), cmp.Compare(v.Patch, other.Patch))
}

// AtLeast reports whether v is the release major.minor.0 or later.
func (v Version) AtLeast(major, minor int) bool { return v.Compare(Version{major, minor, 0}) >= 0 }

// IsZero reports whether v is the zero value: a version that is not known.
func (v Version) IsZero() bool { return v == Version{} }

// String returns the form that [ParseVersion] reads, with all three numbers.
func (v Version) String() string { return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Patch) }

// Driver is the Python driver through which PostgresHook connects.
type Driver struct {
	Name  string // psycopg2 or psycopg
	LibPQ int    // major version of the libpq inside, such as 17
}

// Runtime is everything on which Airflow's behaviour depends: the versions of the packages that take part, and the side.
//
// [RuntimeFor] gives the one of an Amazon MWAA image; requirements.txt may change the providers in it, Side is for the caller to
// choose. The zero value stands for a server older than every release, and behaves as Airflow 2.9 does.
type Runtime struct {
	Airflow    Version
	Amazon     Version // apache-airflow-providers-amazon
	Postgres   Version // apache-airflow-providers-postgres
	CommonSQL  Version // apache-airflow-providers-common-sql
	SQLAlchemy Version
	Driver     Driver
	Side       Side
}

// images holds what Amazon MWAA's images pin, as the constraints files in them say, oldest first.
var images = []Runtime{
	{Airflow: Version{2, 9, 2}, Amazon: Version{8, 24, 0}, Postgres: Version{5, 11, 1}, CommonSQL: Version{1, 14, 0}, SQLAlchemy: Version{1, 4, 52}, Driver: Driver{"psycopg2", 16}},
	{Airflow: Version{2, 10, 1}, Amazon: Version{8, 28, 0}, Postgres: Version{5, 12, 0}, CommonSQL: Version{1, 16, 0}, SQLAlchemy: Version{1, 4, 53}, Driver: Driver{"psycopg2", 16}},
	{Airflow: Version{2, 10, 3}, Amazon: Version{9, 0, 0}, Postgres: Version{5, 13, 1}, CommonSQL: Version{1, 19, 0}, SQLAlchemy: Version{1, 4, 54}, Driver: Driver{"psycopg2", 16}},
	{Airflow: Version{2, 11, 0}, Amazon: Version{9, 8, 0}, Postgres: Version{6, 2, 0}, CommonSQL: Version{1, 27, 1}, SQLAlchemy: Version{1, 4, 54}, Driver: Driver{"psycopg2", 16}},
	{Airflow: Version{2, 11, 2}, Amazon: Version{9, 22, 0}, Postgres: Version{6, 6, 0}, CommonSQL: Version{1, 32, 0}, SQLAlchemy: Version{1, 4, 54}, Driver: Driver{"psycopg2", 17}},
	{Airflow: Version{3, 0, 6}, Amazon: Version{9, 12, 0}, Postgres: Version{6, 2, 3}, CommonSQL: Version{1, 27, 5}, SQLAlchemy: Version{1, 4, 54}, Driver: Driver{"psycopg2", 16}},
	{Airflow: Version{3, 2, 1}, Amazon: Version{9, 25, 0}, Postgres: Version{6, 6, 3}, CommonSQL: Version{1, 34, 0}, SQLAlchemy: Version{2, 0, 49}, Driver: Driver{"psycopg2", 17}},
	{Airflow: Version{3, 3, 1}, Amazon: Version{9, 34, 0}, Postgres: Version{7, 0, 1}, CommonSQL: Version{2, 1, 0}, SQLAlchemy: Version{2, 0, 51}, Driver: Driver{"psycopg", 18}},
}

// Versions returns the Airflow releases that Amazon MWAA runs and [RuntimeFor] knows, oldest first.
func Versions() []Version {
	versions := make([]Version, len(images))
	for i, image := range images {
		versions[i] = image.Airflow
	}
	return versions
}

// RuntimeFor returns the runtime of Amazon MWAA's image for an Airflow release such as "2.10.3", on the server side.
// A release without an image is an error that names those that have one.
func RuntimeFor(airflow string) (Runtime, error) {
	version, err := ParseVersion(airflow)
	if err != nil {
		return Runtime{}, err
	}
	known := make([]string, len(images))
	for i, image := range images {
		if image.Airflow == version {
			return image, nil
		}
		known[i] = image.Airflow.String()
	}
	return Runtime{}, fmt.Errorf("no Amazon MWAA image for Airflow %s is known; there are %s", version, strings.Join(known, ", "))
}

// On returns the runtime with its side set.
func (rt Runtime) On(side Side) Runtime {
	rt.Side = side
	return rt
}
