package constraint

import (
	"regexp"
	"sync"
)

// Pattern is a regular expression of a service's model, which a text must match from end to end. It is compiled when it is first needed, as
// most processes need none.
type Pattern struct {
	Text string // as the model and AWS's messages write it
	re   func() *regexp.Regexp
}

// Matching returns the pattern of a text. A text that is no expression panics at its first use.
func Matching(text string) *Pattern {
	return &Pattern{text, sync.OnceValue(func() *regexp.Regexp {
		expression := text
		if same, ok := withoutLookahead[text]; ok {
			expression = same
		}
		return regexp.MustCompile(`\A(?:` + javaEscape().ReplaceAllString(expression, `\x{$1}`) + `)\z`)
	})}
}

// Match reports whether the whole text matches.
func (p *Pattern) Match(text string) bool { return p.re().MatchString(text) }

// javaEscape finds how the models, whose expressions are Java's, write a character: always four digits, even before a fifth.
var javaEscape = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\\u([0-9A-F]{4})`) })

// withoutLookahead has for the models' patterns that look ahead, which Go's do not, an expression that says the same of texts of the
// lengths that the model allows.
var withoutLookahead = map[string]string{
	// iam accountAliasType, of 3 to 63 characters
	`^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$`: `[a-z0-9](-|[a-z0-9])[a-z0-9](-?[a-z0-9])*|[a-z0-9][a-z0-9](-?[a-z0-9])+`,
}
