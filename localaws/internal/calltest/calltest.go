// Package calltest runs services of local AWS in tests without the frame: it decodes an input with the wire's codec, holds it
// against the service's model, asks for the operation's needs, runs it in a transaction on memory, and encodes the answer.
package calltest

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"aircon/internal/awswire"
	"aircon/internal/store"
	"aircon/localaws/model"
	"aircon/localaws/op"
	"aircon/policy"
)

// The caller's account and region where a test does not say otherwise.
const (
	Account = "111122223333"
	Region  = "eu-west-1"
)

// M is a JSON object.
type M = map[string]any

// AWS is a set of services on one store.
type AWS struct {
	T        testing.TB
	Store    store.Store
	Now      time.Time                      // the service's clock
	Account  string                         // of the caller
	Region   string                         // that it calls
	Decide   func(*op.Call, *op.Need) error // nil allows everything
	Needs    []op.Need                      // what the last call asked for
	services []op.Service
}

// New returns services on an empty store.
func New(t testing.TB, services ...op.Service) *AWS {
	var schemas []store.Schema
	for _, s := range services {
		schemas = append(schemas, s.Tables...)
		for _, o := range s.Operations {
			if err := awswire.Check(o.Input()); err != nil {
				t.Fatalf("%s: %v", o.Name, err)
			}
		}
	}
	return &AWS{
		T: t, Store: store.Memory(schemas...), Now: time.Date(2026, 11, 22, 12, 30, 45, 0, time.UTC),
		Account: Account, Region: Region, services: services,
	}
}

// Call runs an operation, named as service.Operation. The answer's numbers are json.Number.
func (a *AWS) Call(name string, input M) (M, error) {
	a.T.Helper()
	o := a.operation(name)
	body, err := json.Marshal(input)
	if err != nil {
		a.T.Fatal(err)
	}
	in := o.Input()
	if err := awswire.DecodeJSON(body, in); err != nil {
		a.T.Fatalf("%s %s: %v", name, body, err)
	}
	if err := Check(a.service(name), o, in, awswire.SentJSON(body)); err != nil {
		return nil, err
	}
	var out any
	run := func(tx store.Tx) error {
		a.Needs = nil
		call := a.call(tx)
		out, err = a.run(call, o, in)
		return err
	}
	if o.Write {
		err = a.Store.Update(run)
	} else {
		err = a.Store.View(run)
	}
	if err != nil {
		return nil, err
	}
	return a.decode(out), nil
}

// Run runs an operation's needs and its function in a call, and returns the answer's struct.
func (a *AWS) run(call *op.Call, o *op.Operation, in any) (any, error) {
	if o.Needs != nil {
		needs, err := o.Needs(call, in)
		if err != nil {
			return nil, err
		}
		for _, n := range needs {
			if err := call.Authorize(n); err != nil {
				return nil, err
			}
		}
	}
	return o.Do(call, in)
}

func (a *AWS) call(tx store.Tx) *op.Call {
	return &op.Call{
		Tx: tx, Sealer: a.Store.Sealer(), Partition: "aws", Account: a.Account, Region: a.Region, Now: a.Now, Wall: a.Now,
		Principal: policy.Principal{Kind: policy.User, ARN: "arn:aws:iam::" + a.Account + ":user/alice", Account: a.Account},
		Authorizer: func(c *op.Call, n *op.Need) error {
			a.Needs = append(a.Needs, *n)
			if a.Decide == nil {
				return nil
			}
			return a.Decide(c, n)
		},
	}
}

// RunDue does what the services have to do by themselves by now, one piece after the other, until nothing is due.
func (a *AWS) RunDue() {
	a.T.Helper()
	for range 100 {
		did := 0
		for _, s := range a.services {
			if s.Work == nil {
				continue
			}
			var keys []string
			err := background{a}.View(func(c *op.Call) (err error) {
				keys, _, err = s.Work.Due(c)
				return err
			})
			if err != nil {
				a.T.Fatal(err)
			}
			for _, key := range keys {
				if err := s.Work.Do(a.T.Context(), background{a}, key); err != nil {
					a.T.Fatal(err)
				}
				did++
			}
		}
		if did == 0 {
			return
		}
	}
	a.T.Fatal("there is no end of what is due")
}

// background hands out calls that nobody refuses.
type background struct{ aws *AWS }

func (b background) View(fn func(*op.Call) error) error {
	return b.aws.Store.View(func(tx store.Tx) error { return fn(b.call(tx)) })
}

func (b background) Update(fn func(*op.Call) error) error {
	return b.aws.Store.Update(func(tx store.Tx) error { return fn(b.call(tx)) })
}

func (b background) call(tx store.Tx) *op.Call {
	c := b.aws.call(tx)
	c.Account, c.Region, c.Principal = "", "", policy.Principal{}
	c.Authorizer = func(*op.Call, *op.Need) error { return nil }
	return c
}

func (a *AWS) operation(name string) *op.Operation {
	_, operation, _ := strings.Cut(name, ".")
	if s := a.service(name); s != nil {
		for i := range s.Operations {
			if s.Operations[i].Name == operation {
				return &s.Operations[i]
			}
		}
	}
	a.T.Fatalf("no operation %s", name)
	return nil
}

func (a *AWS) service(name string) *op.Service {
	service, _, _ := strings.Cut(name, ".")
	for i := range a.services {
		if a.services[i].Name == service {
			return &a.services[i]
		}
	}
	return nil
}

// Check holds an input against the service's model, as the frame does before it asks for the operation's needs.
func Check(s *op.Service, o *op.Operation, in, sent any) error {
	m := model.Of(s.Name)
	if m == nil {
		return nil
	}
	return m.Checker(o.Name, in, model.Own{Members: s.Own, Sentences: s.Sentences}).Check(in, sent)
}

func (a *AWS) decode(out any) M {
	body, err := awswire.AppendJSON(nil, out)
	if err != nil {
		a.T.Fatal(err)
	}
	decoder := json.NewDecoder(strings.NewReader(string(body)))
	decoder.UseNumber()
	var m M
	if err := decoder.Decode(&m); err != nil {
		a.T.Fatalf("%s: %v", body, err)
	}
	return m
}

// OK runs an operation that must succeed.
func (a *AWS) OK(name string, input M) M {
	a.T.Helper()
	out, err := a.Call(name, input)
	if err != nil {
		a.T.Fatalf("%s %v: %v", name, input, err)
	}
	return out
}

// Fails runs an operation that must answer an error, given as "Code: message" or as its beginning.
func (a *AWS) Fails(want, name string, input M) {
	a.T.Helper()
	out, err := a.Call(name, input)
	if err == nil {
		a.T.Errorf("%s %v answered %v, want %s", name, input, out, want)
	} else if _, ok := err.(*op.Error); !ok || !strings.HasPrefix(err.Error(), want) {
		a.T.Errorf("%s %v\ngot  %v\nwant %s", name, input, err, want)
	}
}

// Value returns the value of a condition key, or "".
func Value(keys policy.Context, name string) string {
	for _, k := range keys {
		if k.Name == name {
			return k.Value
		}
	}
	return ""
}

// Formatted returns how an operation's input prints with its values and everything that they point to.
func (a *AWS) Formatted(name string, input M) string {
	a.T.Helper()
	body, err := json.Marshal(input)
	if err != nil {
		a.T.Fatal(err)
	}
	in := a.operation(name).Input()
	if err := awswire.DecodeJSON(body, in); err != nil {
		a.T.Fatal(err)
	}
	out := fmt.Sprintf("%v %+v %#v ", in, in, in)
	v := reflect.ValueOf(in).Elem().FieldByName("SecretString")
	return out + fmt.Sprintf("%v %+v %#v %s %q", v, v.Elem(), v.Elem(), v.Elem(), v.Elem())
}

// Benchmark runs an operation over and over, without the wire.
func (a *AWS) Benchmark(b *testing.B, name string, input M) {
	o := a.operation(name)
	body, err := json.Marshal(input)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		in := o.Input()
		if err := awswire.DecodeJSON(body, in); err != nil {
			b.Fatal(err)
		}
		err := a.Store.View(func(tx store.Tx) error {
			call := a.call(tx)
			call.Authorizer = func(*op.Call, *op.Need) error { return nil }
			_, err := a.run(call, o, in)
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
