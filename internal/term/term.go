// Package term is aircon's voice: what a person sees on standard output and standard error, and what a program reads there.
//
//   - New looks at the streams and the environment once; everything else hangs on the Terminal that it returns.
//   - Table lines up columns and wraps the last one that may; Mark and Style put signs and colour where a terminal shows them.
//   - Fail prints an error with its hints; Problem is an error made of what, where, why and next.
//   - Progress says on standard error what takes longer than a second.
//   - Confirm asks before something is changed; JSON writes what --output json promises.
//
// Colour, spinners and line breaks to fit a width appear only on a terminal: what goes into a pipe or a file is plain and stable. Text that
// came from elsewhere (a secret's name, a server's message) passes through Clean, so that it cannot move the cursor.
package term

import (
	"io"
	"os"
	"strconv"

	"golang.org/x/term"
)

// Terminal is a command's streams and what they can show.
type Terminal struct {
	In  io.Reader
	Out io.Writer
	Err io.Writer

	InTerminal  bool // whether somebody can be asked
	ErrTerminal bool // whether a spinner can turn
	Colour      bool // whether Out shows colour
	ErrColour   bool // whether Err does
	Width       int  // of Out in columns; 0 means that lines are never broken
	ErrWidth    int  // of Err
}

// New looks at the streams: colour needs a terminal, TERM other than dumb, and no NO_COLOR (https://no-color.org). COLUMNS overrides the
// width that a terminal reports. CLICOLOR_FORCE (https://bixense.com/clicolors) makes Out look like a terminal to whoever shows it on one.
func New(in io.Reader, out, err io.Writer, getenv func(string) string) *Terminal {
	shows := getenv("NO_COLOR") == "" && getenv("TERM") != "dumb"
	forced := getenv("CLICOLOR_FORCE")
	outTerminal, errTerminal := isTerminal(out) || forced != "" && forced != "0", isTerminal(err)
	return &Terminal{
		In: in, Out: out, Err: err,
		InTerminal:  isTerminal(in),
		ErrTerminal: errTerminal && getenv("TERM") != "dumb",
		Colour:      outTerminal && shows,
		ErrColour:   errTerminal && shows,
		Width:       width(out, outTerminal, getenv),
		ErrWidth:    width(err, errTerminal, getenv),
	}
}

// descriptor is what a file of the operating system has, and a buffer has not.
type descriptor interface{ Fd() uintptr }

func isTerminal(stream any) bool {
	f, ok := stream.(descriptor)
	return ok && term.IsTerminal(int(f.Fd()))
}

// narrowest is the width below which breaking lines does more harm than good.
const narrowest = 40

func width(stream any, terminal bool, getenv func(string) string) int {
	if !terminal {
		return 0
	}
	if columns, err := strconv.Atoi(getenv("COLUMNS")); err == nil && columns > 0 {
		return max(columns, narrowest)
	}
	file, is := stream.(descriptor)
	if !is {
		return 0
	}
	columns, _, err := term.GetSize(int(file.Fd()))
	if err != nil || columns <= 0 {
		return 0
	}
	return max(columns, narrowest)
}

var _ descriptor = (*os.File)(nil)
