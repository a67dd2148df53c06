package main

import (
	"context"
	"errors"

	"aircon/internal/term"
)

// errDeclined says that the user did not want it.
var errDeclined = errors.New("nothing was changed")

// agreed asks the user, unless yes says that they agree. A no has been said to the user already.
func agreed(ctx context.Context, w world, yes bool, question string) error {
	if yes {
		return nil
	}
	t := w.terminal()
	ok, err := t.Confirm(ctx, question)
	switch {
	case errors.Is(err, term.ErrNobody):
		return usageError{err}
	case err != nil:
		return err
	case !ok:
		t.Warn("%v", errDeclined)
		return statusError(exitFindings)
	}
	return nil
}
