package doctor

import (
	"fmt"
	"path/filepath"
	"slices"

	"aircon"
	"aircon/dags"
	"aircon/internal/near"
)

var _ = register(check{kinds: []Kind{
	{
		ID: "AC049", Severity: Error, Arrow: ArrowHook, Topic: "scan.md#postgreshook-schema",
		Title: "PostgresHook ignores its argument schema",
		Means: "the session opens on the connection's own database, or on the one that is called like the login, and nothing says so",
		Why:   "until provider 6.0 schema was another name of database; from then on PostgresHook does not read it",
		Mend:  "call the argument database",
	},
	{
		ID: "AC113", Severity: Info, Arrow: ArrowSecret, Topic: "scan.md#dynamic-ids",
		Title: "a DAG's id shows only when it runs",
		Means: "what is not known cannot be checked: a lookup pattern and a policy made of the ids that are known leave this one out",
		Why:   "the id comes from an environment variable, a parameter, or whatever else is known only then",
		Mend:  "write the id out, or choose it from a list or a dictionary that stands in the file; else declare the ids in the spec by hand",
	},
	{
		ID: "AC114", Severity: Warning, Arrow: ArrowSecret, Topic: "scan.md#files-that-cannot-be-read",
		Title: "a DAG file cannot be read whole",
		Means: "what stands in the part that cannot be read is not known, and Airflow most probably cannot import the file either",
		Why:   "it is not Python as of 3.14 or not in UTF-8, or its loops and calls are too many to follow",
		Mend:  "mend the syntax at the place that is named; python -m py_compile FILE tells the same",
	},
	{
		ID: "AC116", Severity: Error, Arrow: ArrowSecret, Topic: "scan.md#folders-links-and-archives",
		Title: "a link leads to a DAG folder a second time",
		Means: "Airflow raises \"Detected recursive loop when walking DAG directory\" and gives the whole DAG folder up, wherever the link leads",
		Why:   "Airflow follows links, and takes each folder that it comes to twice for a loop",
		Mend:  "remove the link, or name it in .airflowignore",
	},
}})

// DAGs judges what a scan of DAG files found, for a runtime. AC013, of lookups at import time, is the cost forecast's too.
func DAGs(files []*dags.File, rt aircon.Runtime) []Finding {
	var all []Finding
	for _, file := range files {
		for _, p := range file.Problems {
			all = append(all, Found("AC114", p.Text, unread(file, p)).At("", at(file, p.Place)))
		}
		for i := range file.Uses {
			all = append(all, ofUse(file, &file.Uses[i])...)
		}
		if rt.Postgres.AtLeast(6, 0) {
			all = append(all, ofSchemas(file, rt)...)
		}
	}
	return all
}

// LinkedTwice are the findings about folders that a link leads to a second time.
func LinkedTwice(folders []string) []Finding {
	var all []Finding
	for _, folder := range folders {
		mend := Mend{Text: "remove the link, or write " + filepath.Base(folder) + " into the .airflowignore beside it"}
		all = append(all, Found("AC116", "Airflow comes to the folder "+folder+" a second time, through a link", mend).At("", folder))
	}
	return all
}

func unread(file *dags.File, p dags.Problem) Mend {
	if !p.Syntax {
		return Mend{Text: "look through the file by eye, or make fewer objects in its loops"}
	}
	return Mend{Text: "see what Python says: python3 -m py_compile " + file.Name}
}

func at(file *dags.File, p dags.Place) string {
	return fmt.Sprintf("%s:%d:%d", file.Name, p.Line, p.Column)
}

func placeOf(file *dags.File, u *dags.Use) string {
	return at(file, dags.Place{Line: u.Line, Column: u.Column})
}

func ofUse(file *dags.File, u *dags.Use) []Finding {
	var all []Finding
	if u.When == dags.Parse {
		all = append(all, Found("AC013", sayUse(u)+" at import time", Mend{Text: laterText(u)}).At(connID(u), placeOf(file, u)))
	}
	if u.Dynamic() {
		seen := fmt.Sprintf("%s of %s is %s", u.Param, u.Callee, u.Text)
		all = append(all, Found("AC113", seen, Mend{Text: "write the id out, or declare the ids that it may have in the spec by hand"}).At("", placeOf(file, u)))
	}
	return all
}

// connID is the id of a connection, for findings; those of variables name it in their words.
func connID(u *dags.Use) string {
	if u.Kind == dags.Connection {
		return u.ID
	}
	return ""
}

func sayUse(u *dags.Use) string {
	id := "`" + u.ID + "`"
	if u.Dynamic() {
		id = "what " + u.Text + " is"
	}
	switch u.How {
	case dags.Template:
		return fmt.Sprintf("a template uses %s %s", u.Kind, id)
	case dags.Get, dags.GetConnection:
		return fmt.Sprintf("%s looks up %s %s", u.Callee, u.Kind, id)
	case dags.Default:
		return fmt.Sprintf("%s uses %s %s, its default", u.Callee, u.Kind, id)
	}
	return fmt.Sprintf("%s uses %s %s", u.Callee, u.Kind, id)
}

// laterText says how a lookup moves from import time into a task.
func laterText(u *dags.Use) string {
	if u.Kind == dags.Variable && !u.Dynamic() {
		return fmt.Sprintf("write {{ var.value.%s }} into the operator's argument, or move %s into the task's function", u.ID, u.Callee)
	}
	return fmt.Sprintf("move %s into the function of the task that needs it", u.Callee)
}

func ofSchemas(file *dags.File, rt aircon.Runtime) []Finding {
	var all []Finding
	for _, p := range file.Schemas {
		seen := fmt.Sprintf("PostgresHook(schema=…) with the postgres provider %s", rt.Postgres)
		all = append(all, Found("AC049", seen, Mend{Text: "write database= instead of schema="}).At("", at(file, p)))
	}
	return all
}

var _ = register(check{kinds: []Kind{
	{
		ID: "AC110", Severity: Error, Arrow: ArrowSecret, Topic: "scan.md#check",
		Title: "a DAG uses an id that is not there",
		Means: "the task fails with \"The conn_id isn't defined\", or with a KeyError for a variable",
		Why:   "nobody has declared it, or it lives in a source that this check does not see: an environment variable of the workers, the metastore",
		Mend:  "declare it in the spec and apply, or take the use out of the DAG",
	},
	{
		ID: "AC111", Severity: Error, Arrow: ArrowSecret, Topic: "scan.md#check",
		Title: "a DAG's id is most probably misspelt",
		Means: "the task fails with \"The conn_id isn't defined\", or with a KeyError for a variable, though one that looks much like it is there",
		Why:   "ids are compared letter by letter, and their case counts",
		Mend:  "write the id as it is declared",
	},
	{
		ID: "AC112", Severity: Info, Arrow: ArrowSecret, Topic: "scan.md#check",
		Title: "no DAG uses an id that is declared",
		Means: "its secret is paid for and its password is there to leak, for nothing",
		Why:   "the DAGs that used it are gone, or they name it in a way that shows only when they run",
		Mend:  "take it out of the spec and apply, after a look at the ids that are dynamic",
	},
}})

// Declared are the ids that are there.
type Declared struct {
	In                     string // the spec's file, or the environment
	Connections, Variables []string

	beside map[string][]string // the ids that are used at a place
}

// beside lists the ids by their places. Several at one place come of a loop or a choice, and are meant to differ.
func beside(files []*dags.File) map[string][]string {
	ids := map[string][]string{}
	for _, file := range files {
		for i := range file.Uses {
			place := placeOf(file, &file.Uses[i])
			ids[place] = append(ids[place], file.Uses[i].ID)
		}
	}
	return ids
}

// CheckDAGs holds the ids that DAG files use against those that are declared. aws_default is there in every environment of MWAA, as
// AIRFLOW_CONN_AWS_DEFAULT.
func CheckDAGs(files []*dags.File, declared Declared) []Finding {
	used := map[dags.Kind]map[string]bool{dags.Connection: {awsDefault: true}, dags.Variable: {}}
	declared.beside = beside(files)
	var all []Finding
	for _, file := range files {
		for i := range file.Uses {
			u := &file.Uses[i]
			if u.Dynamic() {
				continue
			}
			used[u.Kind][u.ID] = true
			if !slices.Contains(declared.of(u.Kind), u.ID) && !(u.Kind == dags.Connection && u.ID == awsDefault) {
				all = append(all, declared.missing(file, u))
			}
		}
	}
	for _, kind := range []dags.Kind{dags.Connection, dags.Variable} {
		for _, id := range declared.of(kind) {
			if !used[kind][id] {
				f := Found("AC112", fmt.Sprintf("%s declares the %s `%s`", declared.In, kind, id), Mend{Text: fmt.Sprintf("take `%s` out of %s", id, declared.In)})
				all = append(all, f.At("", declared.In))
			}
		}
	}
	return all
}

func (d *Declared) of(k dags.Kind) []string {
	if k == dags.Variable {
		return d.Variables
	}
	return d.Connections
}

// missing is the finding about an id that is not declared.
func (d *Declared) missing(file *dags.File, u *dags.Use) Finding {
	where := placeOf(file, u)
	if meant, ok := near.Nearest(u.ID, d.of(u.Kind)); ok && !slices.Contains(d.beside[where], meant) {
		mend := Mend{Text: fmt.Sprintf("write `%s` instead of `%s`", meant, u.ID)}
		return Found("AC111", fmt.Sprintf("%s; %s has `%s`", sayUse(u), d.In, meant), mend).At(connID(u), where)
	}
	f := Found("AC110", fmt.Sprintf("%s, which %s does not have", sayUse(u), d.In), Mend{Text: declaration(u)}).At(connID(u), where)
	if u.Optional || u.How == dags.Default {
		f.Severity = Warning
	}
	return f
}

// declaration is what declares an id.
func declaration(u *dags.Use) string {
	if u.Kind == dags.Variable {
		return fmt.Sprintf("add to variables in the spec:  %s: its value", u.ID)
	}
	return fmt.Sprintf("add to connections in the spec:  %s: {conn_type: %s}", u.ID, dags.ConnType(u))
}
