package dags

import (
	"regexp"
	"slices"
	"strings"
)

// Ignore holds the rules of the .airflowignore files on the way to a folder. The zero value ignores nothing.
//
// Airflow 2 reads a line as a regular expression that is looked for in the path from the DAG folder on, by RE2, which is what Go has too:
// without lookaheads. Airflow 3 reads it as a pattern of .gitignore, unless core.dag_ignore_file_syntax says otherwise
// (airflow/utils/file.py, airflow/_shared/module_loading/file_discovery.py).
type Ignore struct {
	Glob  bool // patterns of .gitignore instead of regular expressions
	rules []ignoreRule
}

// ignoreRule is a line of such a file.
type ignoreRule struct {
	dir     string // of the file, from the DAG folder on; "" is the folder itself
	search  *regexp.Regexp
	glob    *regexp.Regexp
	rooted  bool // a pattern with a slash counts from dir on; without, it is compared with names
	dirOnly bool
	negated bool
}

// Below returns the rules in a folder: those so far, and those of its own .airflowignore. dir is the folder's path from the DAG folder
// on, with slashes, "" for the folder itself. Lines that are no pattern are passed over, as Airflow does.
func (ig Ignore) Below(dir, text string) Ignore {
	rules := slices.Clone(ig.rules)
	for line := range strings.SplitSeq(text, "\n") {
		if i := strings.IndexByte(line, '#'); i >= 0 {
			line = strings.TrimRight(line[:i], " \t\r\f\v")
		}
		if line = strings.TrimSuffix(line, "\r"); line == "" {
			continue
		}
		rule, ok := searchRule(line)
		if ig.Glob {
			rule, ok = globRule(line)
		}
		if rule.dir = dir; ok {
			rules = append(rules, rule)
		}
	}
	return Ignore{ig.Glob, rules}
}

// Has reports whether the rules leave out a file or folder, whose path counts from the DAG folder on. Of patterns the last that fits
// decides.
func (ig Ignore) Has(path string, isDir bool) bool {
	ignored := false
	for _, rule := range ig.rules {
		if rule.fits(path, isDir) {
			ignored = !rule.negated
		}
	}
	return ignored
}

func (r *ignoreRule) fits(path string, isDir bool) bool {
	if r.search != nil {
		return r.search.MatchString(path)
	}
	if r.dirOnly && !isDir {
		return false
	}
	rest := path[strings.LastIndexByte(path, '/')+1:]
	if r.rooted {
		rest = strings.TrimPrefix(strings.TrimPrefix(path, r.dir), "/")
	}
	if isDir {
		rest += "/"
	}
	return r.glob.MatchString(rest)
}

// searchRule compiles a line as re2.compile does for search; case counts.
func searchRule(line string) (ignoreRule, bool) {
	p, err := regexp.Compile(line)
	return ignoreRule{search: p}, err == nil
}

// globRule compiles a line as .gitignore has it.
func globRule(line string) (ignoreRule, bool) {
	var r ignoreRule
	line, r.negated = strings.CutPrefix(strings.TrimRight(line, " "), "!")
	r.dirOnly = strings.HasSuffix(line, "/")
	line = strings.TrimSuffix(line, "/")
	r.rooted = strings.Contains(line, "/")
	line = strings.TrimPrefix(line, "/")
	if line == "" {
		return r, false
	}
	var err error
	r.glob, err = regexp.Compile("^" + globPath(strings.Split(line, "/")) + "$")
	return r, err == nil
}

// globPath turns the parts of a pattern into a regular expression: ** is any number of folders, at the end all that is in one.
func globPath(parts []string) string {
	var b strings.Builder
	slash := false
	for i, part := range parts {
		last := i == len(parts)-1
		switch {
		case part == "**" && last:
			b.WriteString("/.*")
		case part == "**" && !slash:
			b.WriteString("(?:.+/)?")
		case part == "**":
			b.WriteString("(?:/.+)?")
		default:
			if slash {
				b.WriteByte('/')
			}
			b.WriteString(globName(part))
			if slash = true; last {
				b.WriteString("(?:/.*)?")
			}
		}
	}
	return b.String()
}

// globName turns a name with * ? and [ ] into a regular expression.
func globName(name string) string {
	var b strings.Builder
	for i := 0; i < len(name); i++ {
		switch c := name[i]; c {
		case '*':
			b.WriteString("[^/]*")
		case '?':
			b.WriteString("[^/]")
		case '[':
			end := strings.IndexByte(name[i+1:], ']')
			if end < 1 {
				b.WriteString(`\[`)
				break
			}
			set := strings.ReplaceAll(name[i+1:i+1+end], `\`, `\\`)
			if set[0] == '!' {
				set = "^" + set[1:]
			}
			b.WriteString("[" + set + "]")
			i += end + 1
		case '\\':
			if i+1 < len(name) {
				i++
				b.WriteString(regexp.QuoteMeta(name[i : i+1]))
			}
		default:
			b.WriteString(regexp.QuoteMeta(string(c)))
		}
	}
	return b.String()
}
