// Command awsmodel writes the tables of package localaws/model from the public service models that botocore carries.
//
//	go run ./tools/awsmodel [-botocore VERSION | -from PATH] [-o DIRECTORY]
//
// Without -from, pip downloads botocore's wheel into the cache and the models are read from it. With it, they are read from a
// wheel or from botocore's data directory. Operations, shapes and constraints are kept, documentation texts are not.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

// services are botocore's names of the services of local AWS.
var services = []string{"iam", "kms", "mwaa", "secretsmanager", "sts"}

// pinned is the version that the tables in the repository are made of.
const pinned = "1.44.5"

func main() {
	version := flag.String("botocore", pinned, "botocore's version")
	from := flag.String("from", "", "botocore's wheel or data directory; empty downloads the wheel")
	cache := flag.String("cache", ".cache/botocore", "where a downloaded wheel is kept")
	out := flag.String("o", "localaws/model/tables", "directory of the tables")
	flag.Parse()
	if err := run(*version, *from, *cache, *out); err != nil {
		fmt.Fprintln(os.Stderr, "awsmodel:", err)
		os.Exit(1)
	}
}

func run(version, from, cache, out string) (err error) {
	if from == "" {
		if from, err = download(version, cache); err != nil {
			return err
		}
	}
	data, closer, err := open(from)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closer()) }()
	for _, name := range services {
		d, err := load(data, name)
		if err != nil {
			return fmt.Errorf("the model of %s in %s: %w", name, from, err)
		}
		path := filepath.Join(out, d.name()+".txt")
		if err := os.WriteFile(path, d.table(version), 0o644); err != nil {
			return err
		}
		fmt.Printf("%s: %d operations, %d shapes\n", path, len(d.Operations), len(d.used()))
	}
	return nil
}
