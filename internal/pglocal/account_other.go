//go:build !unix

package pglocal

import "syscall"

// account stands for the user to run as, which only Unix has.
type account struct{}

func serverUser() (*account, error)               { return nil, nil }
func (*account) attributes() *syscall.SysProcAttr { return nil }
func (*account) own(string) error                 { return nil }
func (*account) reaches(string) error             { return nil }

func (*layout) lock() error { return nil }
