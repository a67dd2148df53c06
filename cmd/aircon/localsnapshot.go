package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/spf13/cobra"

	"aircon/internal/term"
)

func newLocalSnapshot(w world, f *localFlags) *cobra.Command {
	c := &cobra.Command{
		Use:   "snapshot",
		Short: "save the state of the running local AWS under a name, and go back to it",
		Long: `snapshot keeps the whole state (secrets, keys, users, roles, policies, environments of all accounts and regions) beside the data, and puts
it back in one step while requests go on: a test suite sets up once, saves, and loads before each test.`,
		Example: "  aircon local snapshot save fresh\n  aircon local snapshot load fresh --yes",
	}
	c.AddCommand(
		newLocalSnapshotDo(w, f, &cobra.Command{
			Use: "save NAME", Short: "keep the state as it is now under a name", Example: "  aircon local snapshot save fresh",
		}, http.MethodPut, "", "saved", "snapshot %s is there already: replace it?"),
		newLocalSnapshotDo(w, f, &cobra.Command{
			Use: "load NAME", Short: "put a saved state in the place of the current one", Example: "  aircon local snapshot load fresh --yes",
		}, http.MethodPost, "/load", "loaded", "put snapshot %s in the place of the current state?"),
		newLocalSnapshotDo(w, f, &cobra.Command{
			Use: "delete NAME", Short: "remove a saved state; the current one stays", Example: "  aircon local snapshot delete fresh --yes",
		}, http.MethodDelete, "", "deleted", "delete snapshot %s?"),
		newLocalSnapshotList(w, f),
	)
	return c
}

// newLocalSnapshotDo fills in a command that does something with one snapshot. It asks the question first, where something could be lost.
func newLocalSnapshotDo(w world, f *localFlags, c *cobra.Command, method, suffix, done, question string) *cobra.Command {
	var out output
	var yes bool
	c.Args = takes(1, 1)
	c.RunE = func(c *cobra.Command, args []string) error {
		list, err := f.snapshots(c.Context())
		if err != nil {
			return err
		}
		if method != http.MethodPut || list.has(args[0]) {
			if err := agreed(c.Context(), w, yes, fmt.Sprintf(question, args[0])); err != nil {
				return err
			}
		}
		if err := f.admin(c.Context(), method, "snapshots/"+url.PathEscape(args[0])+suffix, nil, nil); err != nil {
			return err
		}
		return out.print(w, map[string]string{done: args[0]}, func() { fmt.Fprintf(w.out, "%s %s\n", done, args[0]) })
	}
	c.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	out.flag(c)
	return c
}

func newLocalSnapshotList(w world, f *localFlags) *cobra.Command {
	var out output
	c := &cobra.Command{
		Use:     "list",
		Short:   "list the saved states",
		Example: "  aircon local snapshot list",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			got, err := f.snapshots(c.Context())
			if err != nil {
				return err
			}
			return out.print(w, got, func() {
				table := &term.Table{Heading: []string{"name", "saved", "size"}}
				for _, s := range got.Snapshots {
					table.Row(term.Cells(s.Name, s.Saved, strconv.FormatInt((s.Bytes+1023)/1024, 10)+" KiB")...)
				}
				w.terminal().Table(table)
			})
		},
	}
	out.flag(c)
	return c
}

// snapshotList is the admin API's answer.
type snapshotList struct {
	Snapshots []struct {
		Name  string `json:"name"`
		Saved string `json:"saved"`
		Bytes int64  `json:"bytes"`
	} `json:"snapshots"`
}

func (l *snapshotList) has(name string) bool {
	for _, s := range l.Snapshots {
		if s.Name == name {
			return true
		}
	}
	return false
}

func (f *localFlags) snapshots(ctx context.Context) (*snapshotList, error) {
	var got snapshotList
	return &got, f.admin(ctx, http.MethodGet, "snapshots", nil, &got)
}
