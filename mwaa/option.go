package mwaa

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"aircon/internal/near"
)

// What the API accepts as a configuration option, in characters (shapes ConfigKey and ConfigValue of the service's model).
const (
	MaxKeyLength   = 64
	MaxValueLength = 65536
)

// The options on which Secrets Manager lookups hang.
const (
	OptionBackend       = "secrets.backend"
	OptionBackendKwargs = "secrets.backend_kwargs"
	// From Airflow 3 on a worker uses these two instead, but only when the first is set.
	OptionWorkersBackend       = "workers.secrets_backend"
	OptionWorkersBackendKwargs = "workers.secrets_backend_kwargs"
)

// BackendClass is the value of OptionBackend that reads connections from Secrets Manager. With any other spelling no
// Airflow process of the environment starts.
const BackendClass = "airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend"

var (
	keyPattern = regexp.MustCompile(`^[a-z]+([a-z0-9._]*[a-z0-9_]+)?$`)
	valueRunes = func(r rune) bool { return r < ' ' || r > '~' }
)

// Trouble is what is wrong with an option.
type Trouble uint8

// The troubles, worst first.
const (
	// BadKey is a key that the API refuses.
	BadKey Trouble = iota + 1
	// BadValue is a value that the API refuses.
	BadValue
	// NoEffect is an option whose variable MWAA sets itself, so that the user's value is lost without a word.
	NoEffect
	// Unknown is an option of a section that aircon knows whole, which Airflow ignores without a word.
	Unknown
)

// Fault is one thing that is wrong with an option.
type Fault struct {
	Key     string
	Trouble Trouble
	Why     string // lower case, and never with the value, which may be a secret
	Nearest string // the option that was probably meant, or ""
}

// Error returns the key, what is wrong, and what was probably meant.
func (f Fault) Error() string {
	text := fmt.Sprintf("option %q: %s", f.Key, f.Why)
	if f.Nearest != "" {
		text += fmt.Sprintf("; did you mean %s?", f.Nearest)
	}
	return text
}

// Refused reports whether the API refuses the option, rather than taking it for nothing.
func (f Fault) Refused() bool { return f.Trouble == BadKey || f.Trouble == BadValue }

// CheckOptions returns the faults of the options of an environment that runs Airflow in the given version, in the order of their
// keys. No faults is nil.
func CheckOptions(version string, options map[string]string) []Fault {
	var faults []Fault
	for _, key := range slices.Sorted(maps.Keys(options)) {
		if f, bad := checkOption(version, key, options[key]); bad {
			faults = append(faults, f)
		}
	}
	return faults
}

func checkOption(version, key, value string) (Fault, bool) {
	if why := checkKey(key); why != "" {
		return Fault{Key: key, Trouble: BadKey, Why: why}, true
	}
	if why := checkValue(value); why != "" {
		return Fault{Key: key, Trouble: BadValue, Why: why}, true
	}
	if imposedOn(version, Variable(key)) {
		return Fault{Key: key, Trouble: NoEffect, Why: "MWAA sets " + Variable(key) + " itself, after the options"}, true
	}
	if nearest, known := knownOption(version, key); !known {
		return Fault{Key: key, Trouble: Unknown, Why: "Airflow " + version + " has no such option and ignores it", Nearest: nearest}, true
	}
	return Fault{}, false
}

// checkKey says why the API refuses a key, or "".
func checkKey(key string) string {
	section, option, dotted := strings.Cut(key, ".")
	switch {
	case key == "":
		return "a key has at least one character"
	case len(key) > MaxKeyLength:
		return fmt.Sprintf("a key has at most %d characters, this one %d", MaxKeyLength, len(key))
	case !keyPattern.MatchString(key):
		return "a key consists of a-z, 0-9, dot and underscore, starts with a letter and does not end with a dot"
	case !dotted || section == "" || option == "":
		return "a key is section.option, such as core.log_format"
	}
	return ""
}

// checkValue says why the API refuses a value, or "". It tells where the value is wrong, but not what stands there.
func checkValue(value string) string {
	switch i := strings.IndexFunc(value, valueRunes); {
	case value == "":
		return "a value has at least one character"
	case len(value) > MaxValueLength:
		return fmt.Sprintf("a value has at most %d characters, this one %d", MaxValueLength, len(value))
	case i >= 0:
		return fmt.Sprintf("a value is printable ASCII, and character %d is not", len([]rune(value[:i]))+1)
	}
	return ""
}

// Variable returns the environment variable that an option becomes: section.option is AIRFLOW__SECTION__OPTION.
func Variable(key string) string {
	section, option, _ := strings.Cut(key, ".")
	return "AIRFLOW__" + strings.ToUpper(section) + "__" + strings.ToUpper(option)
}

// sections holds the options of the sections that decide about secrets, as Airflow's configuration reference lists them.
var sections = []struct {
	name    string
	from    since
	whole   bool // whether no release has further options
	options []string
}{
	{"secrets", since{}, true, []string{
		"secrets.backend", "secrets.backend_kwargs", "secrets.use_cache", "secrets.cache_ttl_seconds",
	}},
	{"workers", since{3, 0}, false, []string{
		"workers.secrets_backend", "workers.secrets_backend_kwargs",
		"workers.min_heartbeat_interval", "workers.max_failed_heartbeats", "workers.execution_api_retries",
		"workers.execution_api_retry_wait_min", "workers.execution_api_retry_wait_max", "workers.execution_api_timeout",
	}},
}

// knownOption reports whether Airflow may have the option and, if it has not, which was probably meant. Of a section that is not in
// the table nothing is known, unless its name is one letter off.
func knownOption(version, key string) (nearest string, known bool) {
	section, option, _ := strings.Cut(key, ".")
	for _, s := range sections {
		distance := near.Distance(section, s.name)
		if !s.from.includes(version) || distance > 1 {
			continue
		}
		if slices.Contains(s.options, key) || distance == 0 && singleKwarg(version, option) {
			return "", true
		}
		nearest, _ = near.Nearest(key, s.options)
		return nearest, nearest == "" && !(s.whole && distance == 0)
	}
	return "", true
}

// singleKwarg reports whether an option sets one kwarg, as AIRFLOW__SECRETS__BACKEND_KWARG__<KEY> does from Airflow 3.2.
func singleKwarg(version, option string) bool {
	return since{3, 2}.includes(version) &&
		(strings.HasPrefix(option, "backend_kwarg__") || strings.HasPrefix(option, "secrets_backend_kwarg__"))
}
