package localaws

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"time"

	"aircon/internal/store"
	"aircon/localaws/op"
)

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

type snapshotInput struct {
	Name string `json:"name" location:"uri" locationName:"Name"`
}

// onSnapshot makes an operation of a method that takes a snapshot's name.
func onSnapshot(do func(string) error) func(*snapshotInput) (*nothing, error) {
	return func(in *snapshotInput) (*nothing, error) { return &nothing{}, do(in.Name) }
}

type snapshotList struct {
	Snapshots []snapshotInfo `json:"snapshots"`
}

type snapshotInfo struct {
	Name  string `json:"name"`
	Saved string `json:"saved"` // RFC 3339
	Bytes int64  `json:"bytes"`
}

func (s *Server) listSnapshots(*nothing) (*snapshotList, error) {
	found, err := s.Snapshots()
	list := &snapshotList{Snapshots: []snapshotInfo{}}
	for _, one := range found {
		list.Snapshots = append(list.Snapshots, snapshotInfo{one.Name, one.Saved.UTC().Format(time.RFC3339), one.Bytes})
	}
	return list, err
}

type backupInput struct {
	Recipients []string `json:"recipients,omitempty"`
	IncludeKey bool     `json:"includeKey,omitempty"`
}

// backup answers with the backup itself.
func (s *Server) backup(in *backupInput) (*stream, error) {
	return &stream{func(w io.Writer) error {
		return invalid(s.Backup(w, BackupOptions{Recipients: in.Recipients, IncludeKey: in.IncludeKey}))
	}}, nil
}
