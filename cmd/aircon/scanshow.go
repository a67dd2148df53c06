package main

import (
	"cmp"
	"fmt"
	"slices"

	"aircon/dags"
	"aircon/internal/term"
)

// usedID is an id with the places that use it.
type usedID struct {
	Kind dags.Kind `json:"kind"`
	ID   string    `json:"id"`
	Uses []usedAt  `json:"uses"`
}

// usedAt is one of the places.
type usedAt struct {
	File string `json:"file"`
	dags.Use
}

// group sorts uses by their ids, connections first; the dynamic ones apart.
func group(files []*dags.File) (ids []usedID, dynamic []usedAt) {
	at := map[usedKey]int{}
	ids, dynamic = []usedID{}, []usedAt{}
	for _, f := range files {
		for _, u := range f.Uses {
			if u.Dynamic() {
				dynamic = append(dynamic, usedAt{f.Name, u})
				continue
			}
			key := usedKey{u.Kind, u.ID}
			i, known := at[key]
			if !known {
				i = len(ids)
				at[key] = i
				ids = append(ids, usedID{Kind: u.Kind, ID: u.ID})
			}
			ids[i].Uses = append(ids[i].Uses, usedAt{f.Name, u})
		}
	}
	slices.SortFunc(ids, func(a, b usedID) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID)) })
	return ids, dynamic
}

type usedKey struct {
	kind dags.Kind
	id   string
}

// show prints the ids as a table, then what was found.
func (s *scanning) show(t *term.Terminal, r *scanned) {
	table := term.Table{Heading: []string{"kind", "id", "where", "how"}}
	for _, id := range r.IDs {
		s.rows(&table, string(id.Kind), id.ID, id.Uses)
	}
	for _, u := range r.Dynamic {
		s.rows(&table, string(u.Kind), "dynamic: "+u.Text, []usedAt{u})
	}
	t.Table(&table)
	for _, same := range alike(r.Findings) {
		s.showAlike(t, same)
	}
	showIgnored(t, r.Ignored)
	connections := slices.IndexFunc(r.IDs, func(id usedID) bool { return id.Kind == dags.Variable })
	if connections < 0 {
		connections = len(r.IDs)
	}
	fmt.Fprintf(t.Out, "\n%s, %s and %s in %s\n", count(connections, "connection"), count(len(r.IDs)-connections, "variable"),
		count(len(r.Dynamic), "dynamic id"), count(r.Files, "file"))
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// rows adds an id's places to the table, the first few of many.
func (s *scanning) rows(table *term.Table, kind, id string, uses []usedAt) {
	for i, u := range uses {
		if s.places > 0 && i == s.places {
			table.Row(term.Cell{}, term.Cell{}, term.Cell{Text: fmt.Sprintf("and %d more", len(uses)-i), Style: term.Faint})
			return
		}
		where := fmt.Sprintf("%s:%d:%d", u.File, u.Line, u.Column)
		table.Row(term.Cell{Text: kind}, term.Cell{Text: term.Clean(id)}, term.Cell{Text: term.Clean(where)}, term.Cell{Text: term.Clean(sayHow(u.Use)), Style: term.Faint})
		kind, id = "", ""
	}
}

// sayHow tells in a few words how a place uses an id.
func sayHow(u dags.Use) string {
	var how string
	switch u.How {
	case dags.Template:
		how = "template"
	case dags.Get, dags.GetConnection:
		how = u.Callee
	case dags.Default:
		how = u.Callee + ", by default"
	case dags.DefaultArgs:
		how = u.Callee + ", default_args"
	default:
		how = fmt.Sprintf("%s(%s)", u.Callee, u.Param)
	}
	if u.When == dags.Parse {
		how += ", at import time"
	}
	return how
}
