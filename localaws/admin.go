package localaws

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"

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

// send writes the answer. Where that fails half-way, the connection is closed without the end of the answer.
func (s stream) send(w http.ResponseWriter) {
	w.Header()["Content-Type"] = []string{"application/octet-stream"}
	if err := s.write(w); err != nil {
		panic(http.ErrAbortHandler)
	}
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
	if err == nil || errors.As(err, &already) || diskError(err) != nil {
		return err
	}
	return &op.Error{Code: "ValidationException", Message: err.Error()}
}

type faultList struct {
	Faults []Fault `json:"faults"`
}

func (s *Server) listFaults(*nothing) (*faultList, error) { return &faultList{s.Faults()}, nil }

func (s *Server) addFault(in *Fault) (*Fault, error) {
	f, err := s.AddFault(*in)
	return &f, err
}

type faultID struct {
	ID string `json:"id" location:"uri" locationName:"ID"`
}

func (s *Server) deleteFault(in *faultID) (*nothing, error) {
	if !s.DeleteFault(in.ID) {
		return nil, &op.Error{Code: "ResourceNotFoundException", Message: "there is no fault " + in.ID, Status: http.StatusNotFound}
	}
	return &nothing{}, nil
}

type cleared struct {
	Cleared int `json:"cleared"`
}

func (s *Server) clearFaults(*nothing) (*cleared, error) { return &cleared{s.ClearFaults()}, nil }

// lister is a directory that knows the accounts there are.
type lister interface {
	List(tx store.Tx) ([]string, error)
}

// Accounts lists the accounts that hold anything, in order.
func (s *Server) Accounts() (list []string, err error) {
	known, ok := s.directory.(lister)
	if !ok {
		return nil, errors.New("this directory cannot list its accounts")
	}
	err = s.view(func(tx store.Tx) (err error) {
		list, err = known.List(tx)
		return err
	})
	return list, err
}

type accountList struct {
	Accounts []string `json:"accounts"`
}

func (s *Server) listAccounts(*nothing) (*accountList, error) {
	list, err := s.Accounts()
	return &accountList{list}, err
}

type newAccount struct {
	Account string `json:"account"`
}

// accountKeys is an account with its administrator's keys, which are shown this once.
type accountKeys struct {
	Account         string `json:"account"`
	AccessKeyID     string `json:"accessKeyId"`
	SecretAccessKey string `json:"secretAccessKey"`
}

func (s *Server) addAccount(in *newAccount) (*accountKeys, error) {
	have, err := s.Accounts()
	if err != nil {
		return nil, err
	}
	if slices.Contains(have, in.Account) {
		return nil, &op.Error{Code: "EntityAlreadyExists", Message: "there is an account " + in.Account + " already", Status: http.StatusConflict}
	}
	made, err := s.AddAccount(in.Account)
	return &accountKeys{in.Account, made.AccessKeyID, made.SecretAccessKey}, err
}
