package optionfile

import (
	"strings"
	"unicode/utf8"

	"aircon/internal/edit"
	"aircon/mwaa"
)

// Format is how a file writes options.
type Format string

// The formats.
const (
	Map       Format = "option map"  // a JSON object with keys such as secrets.backend, as the AWS CLI takes it
	Answer    Format = "environment" // a JSON object that has AirflowConfigurationOptions, as GetEnvironment answers it
	Terraform Format = "Terraform"   // HCL with airflow_configuration_options
	Config    Format = "airflow.cfg" // sections in brackets, option = value
	Variables Format = "variables"   // NAME=value or export NAME=value: .env, an env_file, a startup script
)

// File is a file of options.
type File struct {
	Name     string
	Format   Format
	Airflow  string // the version that the file states; "" where it states none
	Settings []Setting

	text string
	tail int // where another setting can be added
}

// Setting is one option, or another variable of Airflow's processes, such as AIRFLOW_CONN_MY_DB.
type Setting struct {
	Option   string // section.option; "" for a variable that is no option
	Variable string // AIRFLOW__SECTION__OPTION, or the variable itself
	Value    string // decoded
	Known    bool   // whether Value is what the file sets: not so where it is computed

	section string // the heading that it stands under, in airflow.cfg
	key     span   // as written, with its quotes
	value   span   // as written, with its quotes
	whole   span   // what to remove with it
	literal bool   // whether the value is written as one text, so that another can take its place
	encoded bool   // whether the value is what jsonencode makes of an object
	offsets []int  // of each byte of Value in the file, and of its end
}

// span is a piece of the file's text, in bytes.
type span struct{ from, to int }

// Options returns the options whose values are known. Of one that is given twice the last value counts, as in all of the formats.
func (f *File) Options() map[string]string {
	options := map[string]string{}
	for _, s := range f.Settings {
		if s.Option != "" && s.Known {
			options[s.Option] = s.Value
		}
	}
	return options
}

// Find returns the setting of an option or variable that counts, the last one, and nil where there is none.
func (f *File) Find(name string) *Setting {
	for i := len(f.Settings) - 1; i >= 0; i-- {
		if s := &f.Settings[i]; s.Option == name && name != "" || s.Variable == name {
			return s
		}
	}
	return nil
}

// Place returns the line and column, counted from 1 in characters, of a setting's key.
func (f *File) Place(s *Setting) (line, column int) { return edit.Place(f.text, s.key.from) }

// PlaceIn returns the line and column of a byte of a setting's value.
func (f *File) PlaceIn(s *Setting, at int) (line, column int) {
	if len(s.offsets) == 0 {
		return edit.Place(f.text, s.value.from)
	}
	return edit.Place(f.text, s.offsets[min(max(at, 0), len(s.offsets)-1)])
}

// Text returns the file's text, which may hold secrets.
func (f *File) Text() string { return f.text }

// Rename returns the edit that gives a setting another option's name. It is none where the file's format cannot say so in the place.
func (f *File) Rename(s *Setting, option string) []edit.Edit {
	section, name, _ := strings.Cut(option, ".")
	switch f.Format {
	case Config:
		if section != s.section {
			return nil
		}
		return one(s.key, name)
	case Variables:
		return one(s.key, mwaa.Variable(option))
	}
	return one(s.key, quote(option))
}

// Set returns the edit that gives a setting another value. It is none where the value is computed.
func (f *File) Set(s *Setting, value string) []edit.Edit {
	switch {
	case s.encoded && !strings.Contains(value, `\u`): // which jsonencode would write out
		return one(s.value, "jsonencode("+strings.NewReplacer("${", "$${", "%{", "%%{").Replace(value)+")")
	case !s.literal:
		return nil
	}
	return one(s.value, f.written(value))
}

// Remove returns the edit that takes a setting out of the file.
func (f *File) Remove(s *Setting) []edit.Edit { return one(s.whole, "") }

// Add returns the edit that adds an option at the end. It is none where the file's format cannot say so there.
func (f *File) Add(option, value string) []edit.Edit {
	if f.tail == 0 || len(f.Settings) == 0 {
		return nil
	}
	last := &f.Settings[len(f.Settings)-1]
	section, name, _ := strings.Cut(option, ".")
	between := f.text[last.key.to:last.value.from] // how the file writes what stands between key and value
	fresh := ""                                    // what begins a new line at the end
	if f.text[f.tail-1] != '\n' {
		fresh = "\n"
	}
	switch f.Format {
	case Variables:
		return one(span{f.tail, f.tail}, fresh+f.text[last.whole.from:last.key.from]+mwaa.Variable(option)+"="+f.written(value)+"\n")
	case Config:
		text := name + " = " + f.written(value) + "\n"
		if section != last.section {
			text = "\n[" + section + "]\n" + text
		}
		return one(span{f.tail, f.tail}, fresh+text)
	case Terraform:
		margin := f.margin(last.key.from)
		if margin == " " {
			margin = ", " // in one line
		}
		return one(span{f.tail, f.tail}, margin+quote(option)+between+f.written(value))
	}
	return one(span{f.tail, f.tail}, ","+f.margin(last.key.from)+quote(option)+between+f.written(value))
}

// margin is the white space that a new line of the file begins with, the line break included, to stand under what is at an offset; a space
// where that does not begin a line.
func (f *File) margin(at int) string {
	start := strings.LastIndexByte(f.text[:at], '\n')
	if start < 0 || strings.TrimSpace(f.text[start:at]) != "" {
		return " "
	}
	return f.text[start:at]
}

// written is a value in the file's notation.
func (f *File) written(value string) string {
	switch f.Format {
	case Config:
		return value
	case Variables:
		return shellQuote(value)
	case Terraform:
		return strings.NewReplacer("${", "$${", "%{", "%%{").Replace(quote(value))
	}
	return quote(value)
}

// quote writes a text as JSON and HCL do.
func quote(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch r {
		case '"', '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case '\n':
			b.WriteString(`\n`)
		case '\t':
			b.WriteString(`\t`)
		case '\r':
			b.WriteString(`\r`)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// shellQuote writes a value so that a shell and the readers of .env files take it as it is.
func shellQuote(value string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r < utf8.RuneSelf && strings.ContainsRune("_./:,@%+-=", r)
	}
	if value != "" && strings.IndexFunc(value, func(r rune) bool { return !plain(r) }) < 0 {
		return value
	}
	return "'" + strings.ReplaceAll(value, "'", `'\''`) + "'"
}

func one(s span, text string) []edit.Edit { return []edit.Edit{{From: s.from, To: s.to, Text: text}} }
