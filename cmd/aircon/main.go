// Command aircon takes a PostgreSQL connection from a declared file to a working Airflow conn_id on Amazon MWAA, proves
// that it works, and keeps it healthy.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"aircon/internal/term"
)

// world is what a command is given of the process it runs in.
type world struct {
	in       io.Reader
	out, err io.Writer
	getenv   func(string) string
}

// terminal looks at what the streams can show.
func (w world) terminal() *term.Terminal { return term.New(w.in, w.out, w.err, w.getenv) }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)                            // the first Ctrl-C asks to end in order, a second one ends at once
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) // a reader that has gone, such as head, must not kill an apply half-way
	out := &stream{File: os.Stdout}
	w := world{in: os.Stdin, out: out, err: os.Stderr, getenv: os.Getenv}
	code := run(ctx, w, os.Args[1:])
	stop()
	if code == exitDone && out.failed != nil {
		complain(w, out.failed)
		code = exitUnreachable
	}
	os.Exit(code)
}
