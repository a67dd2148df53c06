package secretsmanager

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"aircon/internal/store"
	"aircon/localaws/op"
)

// This file is the part of rotation that happens without a request: the steps of rotations that are due.

// turns is the table that says which secrets have to do with rotation when, by date, account, region and name.
var turns = store.Table[turn]{Name: "secretsmanager.rotation"}

type turn struct{ Account, Region, Name string }

// dateFormat writes dates in keys, such that they sort.
const dateFormat = "2006-01-02T15:04:05.000000000Z"

// retry is how long a rotation that failed waits for another try: twice as long each time. AWS tries "multiple times" (API reference,
// DescribeSecret) and does not say when.
const (
	firstRetry = time.Minute
	lastRetry  = time.Hour
)

func retry(failures int) time.Duration {
	return min(lastRetry, firstRetry<<min(failures-1, 10))
}

// turnRow is the key under which a secret waits for its turn.
func (s *secret) turnRow(c *op.Call, due time.Time) string {
	return store.Key(due.UTC().Format(dateFormat), s.Account, c.Region, s.Name)
}

// queue keeps the table of turns up to date with a secret that was old and is s now; nil stands for none.
func queue(c *op.Call, old, s *secret) error {
	var was, is time.Time
	if old != nil {
		was = old.due()
	}
	if s != nil {
		is = s.due()
	}
	if was.Equal(is) {
		return nil
	}
	if !was.IsZero() {
		if err := turns.Delete(c.Tx, old.turnRow(c, was)); err != nil {
			return err
		}
	}
	if is.IsZero() {
		return nil
	}
	return turns.Put(c.Tx, s.turnRow(c, is), &turn{s.Account, c.Region, s.Name})
}

// nudges are the secrets whose failed rotation somebody has asked to be tried again. They are in memory only: after a crash the rotation is tried
// again when its time comes.
type nudges struct {
	mu   sync.Mutex
	rows map[string]bool
}

func (n *nudges) add(row string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.rows == nil {
		n.rows = map[string]bool{}
	}
	n.rows[row] = true
}

// take reports whether there was a nudge, and removes it.
func (n *nudges) take(row string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	defer delete(n.rows, row)
	return n.rows[row]
}

func (n *nudges) list() (rows []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for row := range n.rows {
		rows = append(rows, row)
	}
	return rows
}

// dueRotations lists the secrets whose turn has come.
func (sv *service) dueRotations(c *op.Call) (rows []string, next time.Time, err error) {
	rows = sv.again.list()
	for row, err := range turns.Scan(c.Tx, "", "") {
		if err != nil {
			return nil, next, err
		}
		date, key, _ := strings.Cut(row.Key, "\x00")
		at, err := time.Parse(dateFormat, date)
		if err != nil {
			return nil, next, fmt.Errorf("a key of %s holds no date: %w", turns.Name, err)
		}
		if at.After(c.Now) {
			return rows, at, nil
		}
		rows = append(rows, key)
	}
	return rows, next, nil
}

// due lists what is to be done by now: rotations, and secrets that are at their end.
func (sv *service) due(c *op.Call) (pieces []string, next time.Time, err error) {
	if pieces, next, err = sv.dueRotations(c); err != nil {
		return nil, next, err
	}
	switch at, err := nextPurge(c); {
	case err != nil || at.IsZero():
		return pieces, next, err
	case at.After(c.Now):
		if next.IsZero() || at.Before(next) {
			next = at
		}
		return pieces, next, nil
	}
	return append(pieces, purging), next, nil
}

// work does a piece.
func (sv *service) work(ctx context.Context, b op.Background, piece string) error {
	if piece == purging {
		return b.Update(sv.purgeDue)
	}
	return sv.rotate(ctx, b, piece)
}

// step is one step of a rotation that is to be done.
type step struct {
	rotator Rotator // nil where no function has the ARN any more
	event   Event
	run     run
}

// rotate does the steps of one secret's rotation, as long as they succeed. Each is on record before the next begins.
func (sv *service) rotate(ctx context.Context, b op.Background, row string) error {
	nudged := sv.again.take(row)
	token := newUUID()
	for {
		var next *step
		err := sv.with(b, row, func(c *op.Call, s *secret) (err error) {
			next, err = sv.prepare(c, s, nudged, token)
			return err
		})
		if err != nil || next == nil {
			return err
		}
		nudged = false
		failed := next.do(ctx)
		if ctx.Err() != nil {
			return ctx.Err() // the step is done again by the next process
		}
		err = sv.with(b, row, func(c *op.Call, s *secret) error { return sv.record(c, s, next, failed) })
		if err != nil {
			return err
		}
	}
}

// with runs fn on a secret that exists, in a transaction.
func (sv *service) with(b op.Background, row string, fn func(*op.Call, *secret) error) error {
	parts := strings.Split(row, "\x00")
	if len(parts) != 3 {
		return fmt.Errorf("%q is no key of a secret", row)
	}
	return b.Update(func(c *op.Call) error {
		c.Account, c.Region = parts[0], parts[1]
		s, err := secrets.Get(c.Tx, row)
		if err != nil || s == nil {
			return err
		}
		return fn(c, s)
	})
}

func (n *step) do(ctx context.Context) error {
	if n.rotator == nil {
		return errors.New("no rotator is given for it")
	}
	return n.rotator.Rotate(ctx, n.event)
}

// prepare finds the step to do, and nil where none is due. A rotation whose window has opened begins; one whose version has neither AWSPENDING nor
// AWSCURRENT any more was given up by hand.
func (sv *service) prepare(c *op.Call, s *secret, nudged bool, token string) (*step, error) {
	due := s.due()
	if due.IsZero() || due.After(c.Now) && (!nudged || s.Rotation.Run == nil) {
		return nil, nil
	}
	s, err := sv.update(c, s, func(s *secret) error {
		r := s.Rotation
		switch {
		case r.Run == nil:
			return sv.beginWindow(c, s)
		case !s.carries(r.Run.Version):
			rotationEntry(c, s, "Abandoned", r.Run.Version, r.Run.Test, "")
			r.Run = nil
		default:
			r.Run.Due = c.Now
		}
		return nil
	})
	if err != nil || s.Rotation.Run == nil {
		return nil, err
	}
	under := *s.Rotation.Run
	return &step{
		rotator: sv.options.Rotators[s.Rotation.LambdaARN], run: under,
		event: Event{Step: under.steps()[under.Step], SecretId: s.ARN, ClientRequestToken: under.Version, RotationToken: token},
	}, nil
}

// carries reports whether a version has a label that a rotation gives it.
func (s *secret) carries(versionID string) bool {
	v := s.version(versionID)
	return v != nil && (slices.Contains(v.Labels, staged) || slices.Contains(v.Labels, current))
}

// beginWindow begins the rotation whose window has opened, on the version that an earlier one has left, if any.
func (sv *service) beginWindow(c *op.Call, s *secret) error {
	if left := s.unfinished(); left != nil {
		s.Rotation.Run = &run{Version: left.ID, Due: c.Now}
		rotationEntry(c, s, "Started", left.ID, false, "")
		return nil
	}
	s.Rotation.Run = &run{Version: newUUID(), Due: c.Now}
	return sv.begin(c, s)
}

// record puts down how a step ended.
func (sv *service) record(c *op.Call, s *secret, done *step, failed error) error {
	if r := s.Rotation; r == nil || r.Run == nil || r.Run.Version != done.run.Version || r.Run.Step != done.run.Step {
		return nil // canceled, or begun anew, meanwhile
	}
	_, err := sv.update(c, s, func(s *secret) error {
		r := s.Rotation
		if r.Run.Test {
			r.Run = nil
			sv.tell(c, s, done, failed)
			if failed == nil {
				rotationEntry(c, s, "Succeeded", done.run.Version, true, "")
			}
			return sv.discard(c, s, done.run.Version)
		}
		if failed == nil {
			r.Run.Step++
			if r.Run.Step < len(allSteps) {
				return nil
			}
			if v := s.version(done.run.Version); v != nil && slices.Contains(v.Labels, current) {
				detach(s.Versions, v.ID, staged) // the service cleans up, not the function (aws-secrets-manager-rotation-lambdas, pull request 145)
				r.Run, r.Last = nil, c.Now
				rotationEntry(c, s, "Succeeded", v.ID, false, "")
				return r.reschedule(c.Now)
			}
			failed = errors.New("the function has not moved AWSCURRENT to the new version")
		}
		r.Run.Step, r.Run.Failures = 0, r.Run.Failures+1
		r.Run.Due = c.Now.Add(retry(r.Run.Failures))
		sv.tell(c, s, done, failed)
		return nil
	})
	return err
}

// tell says why a step failed.
func (sv *service) tell(c *op.Call, s *secret, done *step, failed error) {
	if failed == nil {
		return
	}
	args := []any{"secret", s.ARN, "step", done.event.Step, "function", s.Rotation.LambdaARN, "error", failed}
	if s.Rotation.Run != nil {
		args = append(args, "again", s.Rotation.Run.Due.UTC().Format(time.RFC3339))
	}
	sv.options.Log.Warn("rotation failed", args...)
	rotationEntry(c, s, "Failed", done.run.Version, done.run.Test,
		"Error when executing lambda "+s.Rotation.LambdaARN+" during "+done.event.Step+" step") // so worded in the RotationFailed of umccr/infrastructure
}

// discard deletes a version.
func (sv *service) discard(c *op.Call, s *secret, versionID string) error {
	i := slices.IndexFunc(s.Versions, func(v version) bool { return v.ID == versionID })
	if i < 0 {
		return nil
	}
	gone := s.Versions[i]
	s.Versions = slices.Delete(s.Versions, i, i+1)
	return sv.drop(c, s.ARN, []version{gone})
}

// newUUID returns a random UUID, as versions and rotation tokens have.
func newUUID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
