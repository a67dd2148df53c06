package doctor

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"

	"aircon/internal/edit"
	"aircon/internal/optionfile"
	"aircon/internal/spec"
	"aircon/lookup"
	"aircon/mwaa"
)

// optionPlace is where an option stands: the environment that has it, or line and column of a file. At is the byte of the option's
// value that is meant, counted from 1; 0 means the option itself.
func (e *Environment) optionPlace(option string, at int) string {
	if e.file == nil {
		return "option " + option + " of environment " + e.Name
	}
	s := e.file.Find(option)
	if s == nil {
		return e.file.Name
	}
	line, column := e.file.Place(s)
	if at > 0 {
		line, column = e.file.PlaceIn(s, at-1)
	}
	return fmt.Sprintf("%s:%d:%d", e.file.Name, line, column)
}

// optionChange is what one option becomes. An option to which nothing happens has no rename, no value and is not removed.
type optionChange struct {
	option string
	rename string // another option's name, in its place
	value  string // another value, or that of an option that is not there yet
	remove bool
}

// mendOptions is the mend that carries out changes of options: edits in a file, or the command that sends an environment its whole
// map. There is none of both where that would have to show what may be secret, or cannot be written in the place.
func (e *Environment) mendOptions(text string, changes ...optionChange) Mend {
	mend := Mend{Text: text}
	if e.file != nil {
		mend.Edits = fileEdits(e.file, changes)
		return mend
	}
	options := map[string]string{}
	maps.Copy(options, e.MWAA.Options)
	for _, c := range changes {
		c.carryOut(options)
	}
	return e.sending(mend, options)
}

// sending returns the mend with the command that sends an environment these options, and without one where a value may be secret.
func (e *Environment) sending(mend Mend, options map[string]string) Mend {
	mend.options, mend.Command = options, nil
	if presentableOptions(e, options) {
		mend.Command = updateOptions(e.Name, options)
	}
	return mend
}

func (c optionChange) carryOut(options map[string]string) {
	value, had := options[c.option]
	switch {
	case c.remove:
		delete(options, c.option)
	case c.rename != "":
		delete(options, c.option)
		if _, taken := options[c.rename]; !taken && had {
			options[c.rename] = value
		}
	default:
		options[c.option] = c.value
	}
}

func fileEdits(f *optionfile.File, changes []optionChange) []edit.Edit {
	var edits []edit.Edit
	for _, c := range changes {
		s := f.Find(c.option)
		switch {
		case s == nil && c.value != "":
			edits = append(edits, f.Add(c.option, c.value)...)
		case s == nil:
		case c.remove, c.rename != "" && f.Find(c.rename) != nil:
			edits = append(edits, f.Remove(s)...)
		case c.rename != "":
			edits = append(edits, f.Rename(s, c.rename)...)
		default:
			edits = append(edits, f.Set(s, c.value)...)
		}
	}
	return edits
}

// updateOptions is the AWS CLI's command that gives an environment its options: the whole map, as MWAA replaces it.
func updateOptions(environment string, options map[string]string) []string {
	text, err := json.Marshal(options)
	if err != nil {
		panic(err) // texts always marshal
	}
	return []string{
		"aws", "mwaa", "update-environment", "--name", environment, "--airflow-configuration-options", string(text),
		"--worker-replacement-strategy", string(mwaa.Graceful),
	}
}

// presentableOptions reports whether none of the values may be secret.
func presentableOptions(e *Environment, options map[string]string) bool {
	for option, value := range options {
		if secretOption(e, option, "") && option != mwaa.OptionBackendKwargs && option != mwaa.OptionWorkersBackendKwargs {
			return false
		}
		if _, shown := shownKwargs(value); !shown {
			return false
		}
	}
	return true
}

// secretOption reports whether an option's value may be secret: Airflow's own list, what its name says, and a URI that names a user,
// such as that of a database under a name which the list had in other versions.
func secretOption(e *Environment, option, value string) bool {
	section, name := splitOption(option)
	return lookup.Sensitive(e.Runtime, section, name) || spec.Sensitive(name) || userinfo.MatchString(value)
}

// userinfo is the beginning of a URI with a user, and so most probably a password.
var userinfo = regexp.MustCompile(`://\S*@`)

// credential is a name under which kwargs that are no JSON may hold something secret.
var credential = regexp.MustCompile(`(?i)secret_|token|passw|access_key`)

// shownKwargs returns kwargs with every credential blanked, and false where there was one. What is no JSON object stays as it is.
func shownKwargs(text string) (string, bool) {
	kwargs, err := mwaa.ParseKwargs(text)
	if userinfo.MatchString(text) || err != nil && credential.MatchString(text) {
		return "[redacted]", false
	}
	if err != nil {
		return text, true
	}
	shown := true
	for _, name := range kwargs.Names() {
		if !spec.Sensitive(name) && name != "aws_access_key_id" && name != "aws_session_token" {
			continue
		}
		shown = false
		if kwargs, err = kwargs.Set(name, "[redacted]"); err != nil {
			return "[redacted]", false
		}
	}
	if shown {
		return text, true
	}
	return kwargs.Text(), false
}
