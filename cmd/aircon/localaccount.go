package main

import (
	"fmt"
	"net/http"

	"github.com/spf13/cobra"
)

func newLocalAccount(w world, f *localFlags) *cobra.Command {
	c := &cobra.Command{
		Use:     "account",
		Short:   "add and list the accounts of the running local AWS",
		Example: "  aircon local account add 111122223333\n  aircon local account list",
	}
	c.AddCommand(newLocalAccountAdd(w, f), newLocalAccountList(w, f))
	return c
}

func newLocalAccountAdd(w world, f *localFlags) *cobra.Command {
	var out output
	c := &cobra.Command{
		Use:   "add ACCOUNT",
		Short: "make an account of 12 digits, and print its administrator's keys, this once",
		Long: `add makes an account with a user administrator, who may do everything in it, and prints the user's keys. They are not shown again:
lost ones are replaced by IAM's CreateAccessKey. What is in one account is out of the others' reach but by policies of both.`,
		Example: "  aircon local account add 111122223333",
		Args:    takes(1, 1),
		RunE: func(c *cobra.Command, args []string) error {
			var made struct {
				Account         string `json:"account"`
				AccessKeyID     string `json:"accessKeyId"`
				SecretAccessKey string `json:"secretAccessKey"`
			}
			if err := f.admin(c.Context(), http.MethodPost, "accounts", map[string]string{"account": args[0]}, &made); err != nil {
				return err
			}
			return out.print(w, made, func() {
				fmt.Fprintf(w.out, "export AWS_ACCESS_KEY_ID=%s\nexport AWS_SECRET_ACCESS_KEY=%s\n", made.AccessKeyID, shellQuote(made.SecretAccessKey))
			})
		},
	}
	out.flag(c)
	return c
}

func newLocalAccountList(w world, f *localFlags) *cobra.Command {
	var out output
	c := &cobra.Command{
		Use:     "list",
		Short:   "list the accounts",
		Example: "  aircon local account list",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			var got struct {
				Accounts []string `json:"accounts"`
			}
			if err := f.admin(c.Context(), http.MethodGet, "accounts", nil, &got); err != nil {
				return err
			}
			return out.print(w, got, func() {
				for _, account := range got.Accounts {
					fmt.Fprintln(w.out, account)
				}
			})
		},
	}
	out.flag(c)
	return c
}
