// Command managedpolicies writes the table of AWS's managed policies that package localaws/iam embeds, from what moto carries of them.
//
//	go run ./tools/managedpolicies [-moto VERSION | -from WHEEL] [-ids VERSION | -ids-from WHEEL] [-o FILE]
//
// Without -from and -ids-from, pip downloads moto's wheels into the cache. The policies are those of one version; an older one told
// their unique ids too, which never change.
package main

import (
	"flag"
	"fmt"
	"os"
)

// The versions that the table in the repository is made of.
const (
	pinned    = "5.2.5"
	pinnedIDs = "2.3.2" // told ids until 2021
)

func main() {
	version := flag.String("moto", pinned, "moto's version")
	from := flag.String("from", "", "moto's wheel; empty downloads it")
	idVersion := flag.String("ids", pinnedIDs, "a version of moto that tells ids")
	idsFrom := flag.String("ids-from", "", "its wheel; empty downloads it")
	cache := flag.String("cache", ".cache/moto", "where downloaded wheels are kept")
	out := flag.String("o", "localaws/iam/managed.gz", "file of the table")
	flag.Parse()
	if err := run(source{*version, *from}, source{*idVersion, *idsFrom}, *cache, *out); err != nil {
		fmt.Fprintln(os.Stderr, "managedpolicies:", err)
		os.Exit(1)
	}
}

func run(newest, older source, cache, out string) error {
	policies, err := newest.read(cache)
	if err != nil {
		return err
	}
	ids, err := older.read(cache)
	if err != nil {
		return err
	}
	for path, p := range policies {
		if known := ids[path]; known != nil {
			p.ID = known.ID
		}
	}
	written, err := table("moto-"+newest.version+" ids-of-moto-"+older.version, policies)
	if err != nil {
		return err
	}
	fmt.Printf("%s: %d policies, %d bytes\n", out, len(policies), len(written))
	return os.WriteFile(out, written, 0o644)
}
