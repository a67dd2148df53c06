package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"aircon/internal/store"
	"aircon/localaws"
)

func newLocalBackup(w world, f *localFlags) *cobra.Command {
	var out output
	var yes bool
	var how struct {
		Recipients []string `json:"recipients,omitempty"`
		IncludeKey bool     `json:"includeKey,omitempty"`
	}
	c := &cobra.Command{
		Use:   "backup FILE",
		Short: "write the whole state of the running local AWS to a file, for restore",
		Long: `backup writes the state as it is at one moment, while requests go on, to a file of mode 0600. The secrets in it are sealed by the directory's
root key (root.key), which is not in the file: keep it too, or put it in with --include-key and the file opens for whoever has it. With
--recipient, only the holder of that age identity can read the file at all.`,
		Example: `  aircon local backup monday.backup
  aircon local backup monday.backup --include-key --recipient age1…`,
		Args: takes(1, 1),
		RunE: func(c *cobra.Command, args []string) error {
			if _, err := os.Stat(args[0]); err == nil {
				if err := agreed(c.Context(), w, yes, args[0]+" is there already: replace it?"); err != nil {
					return err
				}
			}
			answer, err := f.sendAdmin(c.Context(), http.MethodPost, "backup", &how)
			if err != nil {
				return err
			}
			defer answer.Body.Close()
			var n int64
			err = store.CreateFile(args[0], func(file *os.File) (err error) {
				n, err = io.Copy(file, answer.Body)
				return err
			})
			if err != nil {
				return fmt.Errorf("the backup was not written: %w", err)
			}
			return out.print(w, map[string]any{"file": args[0], "bytes": n}, func() {
				back := "aircon local restore " + shellQuote(args[0]) + " --directory " + shellQuote(f.directory)
				if len(how.Recipients) > 0 {
					back += " --backup-identity FILE"
				}
				fmt.Fprintf(w.out, "%s holds the state (%d bytes); bring it back with: %s\n", args[0], n, back)
				if !how.IncludeKey {
					fmt.Fprintf(w.out, "it opens with the root key in %s alone: keep a copy of that too, or give --include-key\n", f.directory)
				}
			})
		},
	}
	c.Flags().StringSliceVar(&how.Recipients, "recipient", nil, "encrypt the file to this age recipient (age1…); may be repeated")
	c.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask before a file is replaced")
	c.Flags().BoolVar(&how.IncludeKey, "include-key", false, "put the root key in, so that the file opens without it")
	out.flag(c)
	return c
}

func newLocalRestore(w world, f *localFlags) *cobra.Command {
	var out output
	var yes bool
	var o localaws.RestoreOptions
	c := &cobra.Command{
		Use:   "restore FILE",
		Short: "make the data directory hold what a backup does; local AWS must not run",
		Long: `restore reads a backup to its end, checks it, and only then puts it in the place of what the directory holds. A backup without its root key needs
the directory that it was made from, or --key-file.`,
		Example: `  aircon local restore monday.backup
  aircon local restore monday.backup --directory copy --key-file old/root.key`,
		Args: takes(1, 1),
		RunE: func(c *cobra.Command, args []string) error {
			o.Directory, o.Replace = f.directory, holdsState(f.directory)
			if o.Replace {
				if err := agreed(c.Context(), w, yes, "replace the state in "+f.directory+"?"); err != nil {
					return err
				}
			}
			file, err := os.Open(args[0])
			if err != nil {
				return badInput{err}
			}
			defer file.Close()
			if err := localaws.Restore(file, o); err != nil {
				return err
			}
			return out.print(w, map[string]string{"restored": f.directory}, func() {
				start := "aircon local --directory " + shellQuote(f.directory)
				if o.Identity != "" {
					start += " --identity " + shellQuote(o.Identity)
				}
				fmt.Fprintf(w.out, "%s holds what %s does; start it with: %s\n", f.directory, args[0], start)
			})
		},
	}
	c.Flags().StringVar(&o.Identity, "identity", "", "file of the age identity that the directory's root key is, or is to be, encrypted to")
	c.Flags().StringVar(&o.ArchiveIdentity, "backup-identity", "", "file of the age identity that the backup is encrypted to (default: that of --identity)")
	c.Flags().StringVar(&o.KeyFile, "key-file", "", "the root key that the backup was made with")
	c.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	out.flag(c)
	return c
}

// holdsState reports whether a directory has a state that could be lost. A restore that failed leaves no more than its lock.
func holdsState(dir string) bool {
	files, err := os.ReadDir(dir)
	return err == nil && slices.ContainsFunc(files, func(e os.DirEntry) bool { return e.Name() != "lock" })
}

func newLocalReset(w world, f *localFlags) *cobra.Command {
	var out output
	var yes bool
	var identity string
	c := &cobra.Command{
		Use:   "reset",
		Short: "remove everything but the administrator, whose keys stay, and the snapshots",
		Long:  `reset empties a local AWS, in one step while it runs. One that is stopped is emptied in its directory, even where what lies there is damaged.`,
		Example: `  aircon local reset
  aircon local reset --yes`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := agreed(c.Context(), w, yes, "remove all secrets, keys, users, roles and environments in "+f.directory+"?"); err != nil {
				return err
			}
			if err := f.reset(c.Context(), identity); err != nil {
				return err
			}
			return out.print(w, map[string]string{"reset": f.directory}, func() { fmt.Fprintf(w.out, "%s is empty but for its administrator\n", f.directory) })
		},
	}
	c.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	c.Flags().StringVar(&identity, "identity", "", "file of the age identity that the directory's root key is encrypted to, if local AWS is stopped")
	out.flag(c)
	return c
}

// reset asks the running local AWS, or empties the directory of one that is stopped.
func (f *localFlags) reset(ctx context.Context, identity string) error {
	_, err := f.environment(ctx)
	var stopped stoppedError
	if errors.As(err, &stopped) {
		return localaws.Erase(f.directory, identity)
	}
	if err != nil {
		return err
	}
	return f.admin(ctx, http.MethodPost, "reset", nil, nil)
}
