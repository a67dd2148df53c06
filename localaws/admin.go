package localaws

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"aircon/internal/store"
	"aircon/localaws/op"
	"aircon/policy"
)

// adminService is the admin API's name in the credential scope.
const adminService = "aircon"

// adminAPI is the table of what the first account's administrator, and nobody else, may do with the whole of local AWS. It is written and signed
// like any REST-JSON service of AWS; the methods of Server behind it are what tests call.
func (s *Server) adminAPI() op.Service {
	return op.Service{
		Name: adminService, Protocol: op.RESTJSON, Message: "message",
		Operations: []op.Operation{
			adminRead("ListFaults", s.listFaults).REST(http.MethodGet, adminPath+"faults"),
			adminWrite("AddFault", s.addFault).REST(http.MethodPost, adminPath+"faults"),
			adminWrite("ClearFaults", s.clearFaults).REST(http.MethodDelete, adminPath+"faults"),
			adminWrite("DeleteFault", s.deleteFault).REST(http.MethodDelete, adminPath+"faults/{ID}"),
			adminRead("ListAccounts", s.listAccounts).REST(http.MethodGet, adminPath+"accounts"),
			adminWrite("AddAccount", s.addAccount).REST(http.MethodPost, adminPath+"accounts"),
			adminRead("AssumeExecutionRole", s.assumeExecutionRole).REST(http.MethodPost, adminPath+"environments/{Name}/credentials"),
			adminWrite("RedeemToken", s.redeemToken).REST(http.MethodPost, adminPath+"environments/{Name}/token"),
			adminRead("ListSnapshots", s.listSnapshots).REST(http.MethodGet, adminPath+"snapshots"),
			adminWrite("SaveSnapshot", onSnapshot(s.SaveSnapshot)).REST(http.MethodPut, adminPath+"snapshots/{Name}"),
			adminWrite("LoadSnapshot", onSnapshot(s.LoadSnapshot)).REST(http.MethodPost, adminPath+"snapshots/{Name}/load"),
			adminWrite("DeleteSnapshot", onSnapshot(s.DeleteSnapshot)).REST(http.MethodDelete, adminPath+"snapshots/{Name}"),
			adminWrite("Reset", func(*nothing) (*nothing, error) { return &nothing{}, s.Reset() }).REST(http.MethodPost, adminPath+"reset"),
			adminRead("Backup", s.backup).REST(http.MethodPost, adminPath+"backup"),
		},
	}
}

const adminPath = "/_aircon/v1/"

// adminRead makes a row of the admin API. What it does runs outside of transactions.
func adminRead[In, Out any](name string, do func(*In) (*Out, error)) op.Operation {
	return op.Read(name, nil, func(_ *op.Call, in *In) (*Out, error) { return do(in) })
}

func adminWrite[In, Out any](name string, do func(*In) (*Out, error)) op.Operation {
	o := adminRead(name, do)
	o.Write = true
	return o
}

// nothing is an input or output without members.
type nothing struct{}

// stream is the output of an operation whose answer may be too large for memory.
type stream struct{ write func(io.Writer) error }

// send writes the answer. An error that comes before its first byte is returned; after that, the connection is closed without its end.
func (s *stream) send(w http.ResponseWriter) error {
	w.Header()["Content-Type"] = []string{"application/octet-stream"}
	sent := &sentBytes{w: w, deadline: http.NewResponseController(w)}
	err := s.write(sent)
	if err != nil && sent.some {
		panic(http.ErrAbortHandler)
	}
	return err
}

// sentBytes remembers whether anything was written. Each part has its own time to be written: the whole may take long.
type sentBytes struct {
	w        io.Writer
	deadline *http.ResponseController
	some     bool
}

func (s *sentBytes) Write(p []byte) (int, error) {
	if err := s.deadline.SetWriteDeadline(time.Now().Add(writeTime)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	s.some = s.some || len(p) > 0
	return s.w.Write(p)
}

// administer runs an operation of the admin API, if the caller is the bootstrap administrator.
func (q *request) administer() error {
	s := q.server
	if p := &q.call.Principal; p.Kind != policy.User || q.call.Identity.AccessKeyID != s.admin.AccessKeyID {
		s.metrics.denied.add(adminService, q.operation.Name)
		return q.service.protocol.denied(fmt.Sprintf("User: %s is not authorized to perform: aircon:%s because only the administrator whose keys local AWS made at its "+
			"first start may", p.ARN, q.operation.Name))
	}
	return q.caught(nil, func(q *request, _ store.Tx) (err error) {
		q.output, err = q.operation.Do(&q.call, q.input)
		return invalid(err)
	})
}

// invalid turns what a method of Server says about its arguments into an answer.
func invalid(err error) error {
	var already *op.Error
	switch {
	case err == nil || errors.As(err, &already) || diskError(err) != nil:
		return err
	case errors.Is(err, ErrNoSnapshot):
		return &op.Error{Code: "ResourceNotFoundException", Message: err.Error(), Status: http.StatusNotFound}
	}
	return &op.Error{Code: "ValidationException", Message: err.Error()}
}
