package term

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// ErrNobody is the cause of Confirm's error where there is nobody to ask.
var ErrNobody = errors.New("standard input is not a terminal")

// Confirm asks a question on Err and reports whether the answer is y or yes; anything else, the end of input included, is no. Without a terminal it
// refuses, as a script that answers by accident is worse than one that stops. When ctx ends it returns ctx's error, while the line that nobody
// typed is still waited for until the process ends.
func (t *Terminal) Confirm(ctx context.Context, question string) (bool, error) {
	if !t.InTerminal {
		return false, &Problem{
			What: "there is nobody to ask", Why: ErrNobody.Error(), Err: ErrNobody,
			Next: "give --yes to go on without a question",
		}
	}
	fmt.Fprintf(t.Err, "%s %s ", paint(t.ErrColour, Bold, question), paint(t.ErrColour, Faint, "[y/N]"))
	type answer struct {
		line string
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		line, err := bufio.NewReader(t.In).ReadString('\n')
		answers <- answer{line, err}
	}()
	select {
	case <-ctx.Done():
		fmt.Fprintln(t.Err)
		return false, ctx.Err()
	case a := <-answers:
		if a.err != nil && !errors.Is(a.err, io.EOF) {
			return false, fmt.Errorf("read the answer: %w", a.err)
		}
		if a.err != nil {
			fmt.Fprintln(t.Err)
		}
		word := strings.ToLower(strings.TrimSpace(a.line))
		return word == "y" || word == "yes", nil
	}
}
