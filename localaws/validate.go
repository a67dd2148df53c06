package localaws

import (
	"aircon/internal/awswire"
	"aircon/localaws/model"
	"aircon/localaws/op"
)

// validate holds the input against the service's model: what AWS refuses before it asks whether the caller may.
func (q *request) validate() error {
	return q.service.checker(q.operation).Check(q.input, q.service.protocol.sent(q))
}

// checker returns what checks the inputs of an operation. Models are read when they are first needed, so that a start stays short.
func (svc *service) checker(o *op.Operation) *model.Checker {
	if c, ok := svc.checkers.Load(o); ok {
		return c.(*model.Checker)
	}
	var c *model.Checker
	if m := model.Of(svc.Name); m != nil {
		c = m.Checker(o.Name, o.Input(), model.Own{Members: svc.Own, Sentences: svc.Sentences})
	}
	svc.checkers.Store(o, c)
	return c
}

func (jsonProtocol) sent(q *request) any { return awswire.SentJSON(q.body) }

func (queryProtocol) sent(q *request) any { return q.form.Sent() }

func (restProtocol) sent(q *request) any { return awswire.SentJSON(q.body) }
