package lookup

import (
	"regexp"
	"strings"
)

// variable is what os.path.expandvars replaces: $NAME and ${NAME}.
var variable = regexp.MustCompile(`\$([A-Za-z0-9_]+|\{[^}]*\})`)

// expandLimit bounds the rounds of expansion, and expandSize their result. Airflow has neither: there, variables that
// name each other expand until the process is killed.
const (
	expandLimit = 100
	expandSize  = 256 << 10
)

// expand replaces $NAME, ${NAME} and a leading ~ in an option's text, again and again until nothing changes, as Airflow does
// with every option from the environment. Names that are not set stay. It reports false where that never ends.
func expand(text string, env map[string]string) (string, bool) {
	for range expandLimit {
		next := expandHome(expandOnce(text, env), env)
		if next == text {
			return text, true
		}
		if len(next) > expandSize {
			return text, false
		}
		text = next
	}
	return text, false
}

func expandOnce(text string, env map[string]string) string {
	return variable.ReplaceAllStringFunc(text, func(found string) string {
		name := found[1:]
		if strings.HasPrefix(name, "{") && strings.HasSuffix(name, "}") {
			name = name[1 : len(name)-1]
		}
		if value, is := env[name]; is {
			return value
		}
		return found
	})
}

// expandHome is os.path.expanduser for the process's own home. ~user stays: whose home that is only the machine knows.
func expandHome(text string, env map[string]string) string {
	rest, is := strings.CutPrefix(text, "~")
	home, found := env["HOME"]
	if !is || !found || rest != "" && rest[0] != '/' {
		return text
	}
	if whole := strings.TrimRight(home, "/") + rest; whole != "" {
		return whole
	}
	return "/"
}
