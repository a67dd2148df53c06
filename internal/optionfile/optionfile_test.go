package optionfile_test

import (
	"errors"
	"maps"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"aircon/internal/edit"
	"aircon/internal/optionfile"
)

// files are the same two options in every format.
var files = []struct {
	name, text string
	format     optionfile.Format
}{
	{"options.json", "{\n  \"secrets.backend\": \"a.B\",\n  \"secrets.backend_kwargs\": \"{\\\"sep\\\": \\\"é\\\"}\"\n}\n", optionfile.Map},
	{"one-line.json", `{"secrets.backend": "a.B", "secrets.backend_kwargs": "{\"sep\": \"\u00e9\"}"}`, optionfile.Map},
	{"environment.json", `{"Environment": {"AirflowVersion": "3.0.6", "AirflowConfigurationOptions": {"secrets.backend": "a.B", "secrets.backend_kwargs": "{\"sep\": \"é\"}"}}}`, optionfile.Answer},
	{"create.json", `{"Name": "x", "AirflowConfigurationOptions": {"secrets.backend": "a.B", "secrets.backend_kwargs": "{\"sep\": \"é\"}"}}`, optionfile.Answer},
	{"main.tf", "resource x y {\n  airflow_configuration_options = {\n    # theirs\n    \"secrets.backend\" = \"a.B\" // class\n    \"secrets.backend_kwargs\" : \"{\\\"sep\\\": \\\"é\\\"}\",\n  }\n}\n", optionfile.Terraform},
	{"line.tf", `airflow_configuration_options = { "secrets.backend" = "a.B", "secrets.backend_kwargs" = "{\"sep\": \"é\"}" }`, optionfile.Terraform},
	{"airflow.cfg", "# mine\n[core]\n\n[secrets]\nbackend = a.B\nbackend_kwargs: {\"sep\": \"é\"}\n", optionfile.Config},
	{"bare.env", "AIRFLOW__SECRETS__BACKEND=a.B\nAIRFLOW__SECRETS__BACKEND_KWARGS={\"sep\": \"é\"} \n", optionfile.Variables},
	{".env", "# mine\nAIRFLOW__SECRETS__BACKEND=a.B\nPATH=/bin\nAIRFLOW__SECRETS__BACKEND_KWARGS='{\"sep\": \"é\"}'\n", optionfile.Variables},
	{"startup.sh", "#!/bin/sh\n  export AIRFLOW__SECRETS__BACKEND=\"a.B\" # class\nexport AIRFLOW__SECRETS__BACKEND_KWARGS=\"{\\\"sep\\\": \\\"é\\\"}\"", optionfile.Variables},
}

var both = map[string]string{"secrets.backend": "a.B", "secrets.backend_kwargs": `{"sep": "é"}`}

func parse(t testing.TB, name, text string) *optionfile.File {
	t.Helper()
	format, is := optionfile.Detect(name, text)
	if !is {
		t.Fatalf("%s is not taken for a file of options:\n%s", name, text)
	}
	f, err := optionfile.Parse(name, text, format)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestEveryFormatSaysTheSame(t *testing.T) {
	for _, file := range files {
		t.Run(file.name, func(t *testing.T) {
			f := parse(t, file.name, file.text)
			if f.Format != file.format || !maps.Equal(f.Options(), both) {
				t.Errorf("%s: %q", f.Format, f.Options())
			}
			s := f.Find("secrets.backend_kwargs")
			line, column := f.PlaceIn(s, strings.Index(s.Value, "é"))
			if got := at(file.text, line, column); !strings.HasPrefix(got, "é") && !strings.HasPrefix(got, `\u00e9`) {
				t.Errorf("%d:%d is %q", line, column, got)
			}
		})
	}
	if f := parse(t, files[2].name, files[2].text); f.Airflow != "3.0.6" {
		t.Errorf("the version is %q", f.Airflow)
	}
}

// at is what stands at a line and column.
func at(text string, line, column int) string {
	return string([]rune(strings.Split(text, "\n")[line-1])[column-1:])
}

// An edit changes one option in every format, and the others and all else stay.
func TestEdits(t *testing.T) {
	const value = `{"a": "$x ${y} 'z' \\ %{q}"}`
	for _, file := range files {
		for _, test := range []struct {
			name string
			do   func(*optionfile.File) []edit.Edit
			want map[string]string
		}{
			{
				"rename", func(f *optionfile.File) []edit.Edit { return f.Rename(f.Find("secrets.backend"), "secrets.use_cache") },
				map[string]string{"secrets.use_cache": "a.B", "secrets.backend_kwargs": `{"sep": "é"}`},
			},
			{
				"set", func(f *optionfile.File) []edit.Edit { return f.Set(f.Find("secrets.backend_kwargs"), value) },
				map[string]string{"secrets.backend": "a.B", "secrets.backend_kwargs": value},
			},
			{
				"remove the first", func(f *optionfile.File) []edit.Edit { return f.Remove(f.Find("secrets.backend")) },
				map[string]string{"secrets.backend_kwargs": `{"sep": "é"}`},
			},
			{
				"remove the last", func(f *optionfile.File) []edit.Edit { return f.Remove(f.Find("secrets.backend_kwargs")) },
				map[string]string{"secrets.backend": "a.B"},
			},
			{
				"add", func(f *optionfile.File) []edit.Edit { return f.Add("core.x", value) },
				map[string]string{"secrets.backend": "a.B", "secrets.backend_kwargs": `{"sep": "é"}`, "core.x": value},
			},
		} {
			t.Run(file.name+"/"+test.name, func(t *testing.T) {
				changed, n := edit.Apply(file.text, test.do(parse(t, file.name, file.text)))
				if got := parse(t, file.name, changed).Options(); n != 1 || !maps.Equal(got, test.want) {
					t.Errorf("%d edits made\n%s\nwhich says %q", n, changed, got)
				}
			})
		}
	}
}

func TestWhatIsComputedIsNotKnown(t *testing.T) {
	for _, file := range []struct{ name, text string }{
		{"main.tf", "airflow_configuration_options = {\n  \"secrets.backend\" = var.class\n  \"secrets.backend_kwargs\" = jsonencode({\n    sep = local.sep\n  })\n  \"core.x\" = \"a${var.b}\"\n}\n"},
		{"startup.sh", "export AIRFLOW__SECRETS__BACKEND=\"$CLASS\"\nexport AIRFLOW__SECRETS__BACKEND_KWARGS=`cat kwargs`\nexport AIRFLOW__CORE__X=$(cat x)\n"},
	} {
		f := parse(t, file.name, file.text)
		if len(f.Settings) != 3 || len(f.Options()) != 0 {
			t.Errorf("%s: %d settings, options %q", file.name, len(f.Settings), f.Options())
		}
		if edits := f.Set(f.Find("secrets.backend"), "x"); file.name == "main.tf" && edits != nil {
			t.Errorf("a computed value would be replaced: %v", edits)
		}
	}
}

func TestJSONEncode(t *testing.T) {
	const text = "airflow_configuration_options = {\n  \"secrets.backend_kwargs\" = jsonencode({\n    connection_prefix = \"a/b\" # theirs\n" +
		"    \"sep\": \"/\", use_ssl = false,\n    variables_prefix = null\n    extra_conn_words = { schema = [\"db\", \"q\\\"\"] }\n  })\n  \"core.x\" = \"1\"\n}\n"
	f := parse(t, "main.tf", text)
	s := f.Find("secrets.backend_kwargs")
	const want = `{"connection_prefix":"a/b", "sep":"/", "use_ssl":false, "variables_prefix":null, "extra_conn_words":{"schema":["db", "q\""]}}`
	if s.Value != want {
		t.Errorf("it reads %s", s.Value)
	}
	if line, column := f.PlaceIn(s, strings.Index(s.Value, "use_ssl")); at(text, line, column)[:7] != "use_ssl" {
		t.Errorf("use_ssl is at %d:%d", line, column)
	}
	changed, _ := edit.Apply(text, f.Set(s, `{"sep": "${x}"}`))
	if got := parse(t, "main.tf", changed).Options(); got["secrets.backend_kwargs"] != `{"sep":"${x}"}` || got["core.x"] != "1" {
		t.Errorf("changed to %q in\n%s", got, changed)
	}
	if f.Set(s, `{"sep": "\u0024x"}`) != nil {
		t.Error("an escape would be written, which jsonencode undoes")
	}
}

func TestDetectLeavesOthersAlone(t *testing.T) {
	for _, file := range []struct{ name, text string }{
		{"secret.json", `{"conn_type": "postgres", "host": "db.example"}`},
		{"extra.json", `{"sslmode": "require"}`},
		{"nested.json", `{"secrets.backend": {"a": 1}}`},
		{"policy.json", `{"Version": "2012-10-17", "Statement": []}`},
		{"empty.json", `{}`},
		{"uri.txt", "postgres://u:p@h/d"},
		{"setup.cfg", "[metadata]\nname = x\n"},
		{"main.tf", "resource \"aws_s3_bucket\" \"b\" {}\n"},
		{"run.sh", "echo AIRFLOW\n"},
		{"nothing", ""},
	} {
		if format, is := optionfile.Detect(file.name, file.text); is {
			t.Errorf("%s is taken for %s", file.name, format)
		}
	}
}

func TestErrorsHaveAPlaceAndQuoteNothing(t *testing.T) {
	for _, file := range []struct {
		name, text string
		format     optionfile.Format
		line       int
	}{
		{"a.json", "{\n  \"core.x\": [\"canary\"]\n}", optionfile.Map, 2},
		{"a.json", "{\n  \"core.x\": canary\n}", optionfile.Map, 2},
		{"a.json", `{"x": "canary"}`, optionfile.Answer, 1},
		{"a.tf", "airflow_configuration_options = {\n \"a.b\" \"canary\"\n}", optionfile.Terraform, 2},
		{"a.tf", "airflow_configuration_options = {\n \"a.b\" = \"canary\"\n", optionfile.Terraform, 1},
		{"a.tf", "canary", optionfile.Terraform, 1},
	} {
		_, err := optionfile.Parse(file.name, file.text, file.format)
		var at *optionfile.Error
		if !errors.As(err, &at) || at.Line != file.line || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", file.text, err)
		}
	}
}

// Any value that is set is read back, in any format that has one line for a value.
func TestSetIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		file := rapid.SampledFrom(files).Draw(t, "file")
		value := rapid.StringOfN(rapid.RuneFrom([]rune("ab {}\"'\\$%#=;é,`~")), 1, 12, -1).Draw(t, "value")
		if file.format == optionfile.Config && strings.TrimSpace(value) != value {
			return // configparser strips values
		}
		f, err := optionfile.Parse(file.name, file.text, file.format)
		if err != nil {
			t.Fatal(err)
		}
		changed, _ := edit.Apply(file.text, f.Set(f.Find("secrets.backend"), value))
		again, err := optionfile.Parse(file.name, changed, file.format)
		if err != nil {
			t.Fatalf("%v in\n%s", err, changed)
		}
		if got := again.Find("secrets.backend"); got == nil || got.Value != value || !got.Known {
			t.Fatalf("%q is read back as %+v from\n%s", value, got, changed)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, file := range files {
		f.Add(file.name, file.text)
	}
	f.Fuzz(func(t *testing.T, name, text string) {
		format, is := optionfile.Detect(name, text)
		if !is {
			return
		}
		file, err := optionfile.Parse(name, text, format)
		if err != nil {
			return
		}
		for i := range file.Settings {
			s := &file.Settings[i]
			for _, edits := range [][]edit.Edit{file.Remove(s), file.Set(s, "x"), file.Rename(s, "core.y"), file.Add("core.z", "1")} {
				for _, e := range edits {
					if e.From > e.To || e.To > len(text) {
						t.Fatalf("%+v is outside of %q", e, text)
					}
				}
			}
			file.PlaceIn(s, len(s.Value))
		}
	})
}
