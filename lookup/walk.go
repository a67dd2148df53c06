package lookup

import (
	"context"
	"errors"
	"fmt"

	"aircon"
	"aircon/internal/py"
)

// Connection looks for a connection as BaseHook.get_connection does. The error is the context's; all else is in the trace.
func (s *Search) Connection(ctx context.Context, id string) (*Trace, error) {
	t := s.trace(Connection, id)
	err := s.walk(ctx, t, func(ctx context.Context, from source, e *Entry) (found, error) {
		got, err := from.connection(ctx, id, e)
		if err == nil && got.is && s.writesURI() {
			got.is = s.canWriteURI(got, e)
		}
		return got, err
	})
	if t.Outcome == NotDefined {
		t.Error = &AirflowError{Class: "AirflowNotFoundException", Message: "The conn_id `" + id + "` isn't defined"}
	}
	return t, err
}

// Variable looks for a variable as Variable.get does, with deserialize_json or without. The error is the context's; all else is in the trace.
func (s *Search) Variable(ctx context.Context, key string, deserialize bool) (*Trace, error) {
	t := s.trace(Variable, key)
	inside := deserialize && s.server != nil
	err := s.walk(ctx, t, func(ctx context.Context, from source, e *Entry) (found, error) {
		got, err := from.variable(ctx, key, e)
		if api, is := from.(*executionAPI); inside && err == nil && got.is && (!is || api.listed()) {
			got.is = isJSON(got.value, e)
		}
		return got, err
	})
	switch t.Outcome {
	case Found:
		s.finish(t, deserialize)
	case NotDefined:
		t.Error = s.missingVariable(key)
	}
	return t, err
}

// finish fails the trace of a variable that was found and still cannot be had: on servers, and on 3.0 workers what the Execution API
// served, a variable that is not JSON raises; and the log masks of Airflow 2 fail on lone surrogates.
func (s *Search) finish(t *Trace, deserialize bool) {
	var value any = t.Value.Reveal()
	if deserialize {
		decoded, err := py.Loads(t.Value.Reveal())
		if err != nil {
			t.Outcome, t.Error = Failed, &AirflowError{Class: "JSONDecodeError", Message: err.Error()}
			if syntax := (*py.JSONError)(nil); errors.As(err, &syntax) {
				t.Error.Message = fmt.Sprintf("%s: line %d column %d (char %d)", syntax.Message, syntax.Line, syntax.Column, syntax.Offset)
			}
			return
		}
		value = decoded
	}
	if s.rt.Airflow.Major < 3 && py.AnyText(value, py.HasSurrogate) {
		t.Outcome, t.Error = Failed, &AirflowError{Class: "UnicodeEncodeError", Message: "surrogates not allowed"}
	}
}

func (s *Search) missingVariable(key string) *AirflowError {
	switch newer := s.rt.Airflow.AtLeast(3, 2); {
	case s.server != nil && newer:
		return &AirflowError{Class: "AirflowRuntimeError", Message: "VARIABLE_NOT_FOUND: {'message': " + py.Repr("Variable "+key+" not found") + "}"}
	case s.server != nil:
		return &AirflowError{Class: "AirflowRuntimeError", Message: "VARIABLE_NOT_FOUND: {'key': " + py.Repr(key) + "}"}
	case newer:
		return &AirflowError{Class: "KeyError", Message: py.Repr("Variable " + key + " does not exist.")}
	}
	return &AirflowError{Class: "KeyError", Message: py.Repr("Variable " + key + " does not exist")}
}

// walk asks the sources in order until one has it, and on where a survey is wanted.
func (s *Search) walk(ctx context.Context, t *Trace, ask func(context.Context, source, *Entry) (found, error)) error {
	if t.Outcome != "" {
		return nil
	}
	certain := true
	for _, from := range s.sources() {
		e := Entry{Class: from.class(), Side: from.side().String()}
		if done := t.Winner >= 0 || t.Outcome == Failed; done && !s.opts.Survey {
			e.Result = NotReached
			t.Entries = append(t.Entries, e)
			continue
		}
		began := s.opts.Now()
		got, err := ask(ctx, from, &e)
		e.Took = s.opts.Now().Sub(began)
		if err != nil {
			t.Entries = append(t.Entries, e)
			return err
		}
		certain = s.settle(t, &e, got) && certain
		t.Entries = append(t.Entries, e)
	}
	switch {
	case !certain:
		t.Outcome = Uncertain
	case t.Outcome == "":
		t.Outcome = NotDefined
	}
	return nil
}

// settle puts what a source said into the trace. It reports false where the source, unasked, might have changed the answer.
func (s *Search) settle(t *Trace, e *Entry, got found) bool {
	over := t.Winner >= 0 || t.Outcome == Failed
	switch {
	case got.is && over:
		e.Result = Shadowed
	case got.is:
		e.Result = Won
		t.Winner, t.Outcome = len(t.Entries), Found
		t.Conn, t.Notes, t.Holder, t.Value = got.conn, got.notes, got.holder, got.value
	case got.fatal != nil && !over:
		t.Outcome, t.Error, t.plain = Failed, got.fatal, got.plain
	}
	if e.Problem != nil && got.fatal == nil && (e.Result == Raised || e.Result == PassedOver) {
		e.Log = append(e.Log, s.swallowed(t.Kind, e.Class))
	}
	return over || e.Result != Unchecked
}

// writesURI reports whether the search writes the URI of what a source found, for its cache, and so trips over what has none.
// Only workers of 3.0 do not.
func (s *Search) writesURI() bool { return s.server == nil || s.rt.Airflow.AtLeast(3, 2) }

func (s *Search) canWriteURI(got found, e *Entry) bool {
	if _, err := got.conn.URI(s.rt.On(got.holder)); err != nil {
		e.Result = PassedOver
		e.Problem = &Problem{Step: StepURI, Message: err.Error(), Err: err}
		return false
	}
	return true
}

func isJSON(value aircon.Secret, e *Entry) bool {
	if _, err := py.Loads(value.Reveal()); err != nil {
		e.Result = PassedOver
		e.Problem = &Problem{Step: StepJSON, Code: "JSONDecodeError", Message: err.Error(), Err: err}
		return false
	}
	return true
}

// swallowed is the line that Airflow logs where it swallows an error and searches on.
func (s *Search) swallowed(kind Kind, class string) Line {
	line := Line{Level: "debug", Text: "Unable to retrieve " + string(kind) + " from secrets backend (" + class +
		"). Checking subsequent secrets backend."}
	worker := s.server != nil
	switch {
	case kind == Variable, s.rt.Airflow.Major < 3, worker && !s.rt.Airflow.AtLeast(3, 2):
		line.Level, line.Cause = "exception", true
	case worker && s.rt.Airflow.AtLeast(3, 3):
		line.Cause = true
	}
	return line
}
