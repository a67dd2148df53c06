package main

import (
	"cmp"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"aircon/internal/term"
	"aircon/localaws"
)

func newLocalFault(w world, f *localFlags) *cobra.Command {
	c := &cobra.Command{
		Use:   "fault",
		Short: "let requests to the running local AWS fail, to see what a program makes of it",
		Long: `fault makes requests that fit fail until it is deleted or has struck as often as it was to. The kinds are

  throttle     refuse with the service's own throttling error, which SDKs retry
  error        refuse with --code, --message and --status
  latency      answer after --latency, which the other kinds may have too
  drop-before  close the connection, and do nothing
  drop-after   do what was asked, and close the connection without an answer: a retry must not do it twice
  truncate     do what was asked, and close the connection after half of the answer
  environment  answer CreateEnvironment or UpdateEnvironment well, and let it end CREATE_FAILED or UPDATE_FAILED with --code and --message
               in LastUpdate.Error; with --lost an update that cannot be rolled back ends UNAVAILABLE`,
		Example: "  aircon local fault add throttle --service secretsmanager --next 2\n  aircon local fault clear",
	}
	c.AddCommand(newLocalFaultAdd(w, f), newLocalFaultList(w, f), newLocalFaultDelete(w, f), newLocalFaultClear(w, f))
	return c
}

func newLocalFaultAdd(w world, f *localFlags) *cobra.Command {
	var out output
	var fault localaws.Fault
	c := &cobra.Command{
		Use:   "add KIND",
		Short: "begin a fault: throttle, error, latency, drop-before, drop-after, truncate or environment",
		Example: `  aircon local fault add throttle --service secretsmanager --next 2
  aircon local fault add drop-after --operation PutSecretValue --next 1
  aircon local fault add latency --latency 3s --principal '*:assumed-role/analytics-execution/*'
  aircon local fault add error --code InternalServiceError --status 500 --probability 0.1 --seed 7
  aircon local fault add environment --operation UpdateEnvironment --next 1`,
		Args: takes(1, 1),
		RunE: func(c *cobra.Command, args []string) error {
			fault.Kind = localaws.FaultKind(args[0])
			var added localaws.Fault
			if err := f.admin(c.Context(), http.MethodPost, "faults", &fault, &added); err != nil {
				return err
			}
			return out.print(w, added, func() {
				fmt.Fprintf(w.out, "fault %s: %s\n", added.ID, sentence(added))
				fmt.Fprintf(w.out, "end it with: aircon local fault delete %s --directory %s\n", added.ID, shellQuote(f.directory))
			})
		},
	}
	flags := c.Flags()
	flags.StringVar(&fault.Service, "service", "", "of this service alone: iam, kms, mwaa, secretsmanager or sts")
	flags.StringVar(&fault.Operation, "operation", "", "of operations like this, such as GetSecretValue or 'Get*'")
	flags.StringVar(&fault.Principal, "principal", "", "of callers whose ARN is like this; * and ? stand for anything")
	flags.StringVar(&fault.Resource, "resource", "", "on resources whose ARN, or name as it is sent, is like this")
	flags.IntVar(&fault.Next, "next", 0, "strike the next so many, then be gone")
	flags.IntVar(&fault.Every, "every", 0, "strike each so many-th")
	flags.Float64Var(&fault.Probability, "probability", 0, "strike with this chance, above 0 to 1")
	flags.Int64Var(&fault.Seed, "seed", 0, "what the chance hangs on: the same seed strikes the same requests")
	flags.DurationVar(&fault.Latency, "latency", 0, "wait so long before anything else, such as 500ms")
	flags.StringVar(&fault.Code, "code", "", "error code, of kind error or environment")
	flags.StringVar(&fault.Message, "message", "", "error message, of kind error or environment")
	flags.IntVar(&fault.Status, "status", 0, "HTTP status, of kind error (default 400)")
	flags.BoolVar(&fault.Lost, "lost", false, "let rolling back fail too, of kind environment")
	out.flag(c)
	return c
}

// sentence says what a fault does, and to which requests.
func sentence(f localaws.Fault) string {
	text := string(f.Kind)
	if f.Code != "" {
		text += " " + f.Code
	}
	if f.Latency > 0 {
		text += " after " + f.Latency.String()
	}
	if f.Lost {
		text += ", lost,"
	}
	text += " for " + cmp.Or(f.Service, "all services") + ", " + cmp.Or(f.Operation, "all operations")
	for _, part := range []struct{ word, value string }{{" by ", f.Principal}, {" on ", f.Resource}} {
		if part.value != "" {
			text += part.word + part.value
		}
	}
	switch {
	case f.Every > 0:
		text += fmt.Sprintf(", one in %d", f.Every)
	case f.Probability > 0:
		text += fmt.Sprintf(", with chance %v", f.Probability)
	}
	if f.Next > 0 {
		text += fmt.Sprintf(", the next %d", f.Next)
	}
	return text
}

func newLocalFaultList(w world, f *localFlags) *cobra.Command {
	var out output
	c := &cobra.Command{
		Use:     "list",
		Short:   "list the faults under way, and how many requests each has struck",
		Example: "  aircon local fault list",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			var got struct {
				Faults []localaws.Fault `json:"faults"`
			}
			if err := f.admin(c.Context(), http.MethodGet, "faults", nil, &got); err != nil {
				return err
			}
			return out.print(w, got, func() {
				if len(got.Faults) == 0 {
					fmt.Fprintln(w.out, "no faults: requests are answered as AWS would")
					return
				}
				table := &term.Table{Heading: []string{"id", "struck", "fault"}}
				for _, one := range got.Faults {
					table.Row(term.Cells(one.ID, strconv.Itoa(one.Struck), sentence(one))...)
				}
				w.terminal().Table(table)
			})
		},
	}
	out.flag(c)
	return c
}

func newLocalFaultDelete(w world, f *localFlags) *cobra.Command {
	var out output
	c := &cobra.Command{
		Use:     "delete ID…",
		Short:   "end faults by their ids",
		Example: "  aircon local fault delete 1",
		Args:    takes(1, math.MaxInt),
		RunE: func(c *cobra.Command, ids []string) error {
			for _, id := range ids {
				if strings.Trim(id, "0123456789") != "" || id == "" {
					return usageError{fmt.Errorf("%q is not the id of a fault: aircon local fault list shows them", id)}
				}
				if err := f.admin(c.Context(), http.MethodDelete, "faults/"+id, nil, nil); err != nil {
					return err
				}
			}
			return out.print(w, map[string][]string{"deleted": ids}, func() { fmt.Fprintf(w.out, "ended: %s\n", strings.Join(ids, ", ")) })
		},
	}
	out.flag(c)
	return c
}

func newLocalFaultClear(w world, f *localFlags) *cobra.Command {
	var out output
	c := &cobra.Command{
		Use:     "clear",
		Short:   "end all faults",
		Example: "  aircon local fault clear",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			var got struct {
				Cleared int `json:"cleared"`
			}
			if err := f.admin(c.Context(), http.MethodDelete, "faults", nil, &got); err != nil {
				return err
			}
			return out.print(w, got, func() { fmt.Fprintf(w.out, "faults ended: %d\n", got.Cleared) })
		},
	}
	out.flag(c)
	return c
}
