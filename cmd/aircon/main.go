// Command aircon takes a PostgreSQL connection from a declared file to a working Airflow conn_id on Amazon MWAA, proves
// that it works, and keeps it healthy.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// world is what a command is given of the process it runs in.
type world struct {
	in       io.Reader
	out, err io.Writer
	getenv   func(string) string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, world{in: os.Stdin, out: os.Stdout, err: os.Stderr, getenv: os.Getenv}, os.Args[1:])
	stop()
	os.Exit(code)
}
