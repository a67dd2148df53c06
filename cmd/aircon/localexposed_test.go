package main

import (
	"net"
	"testing"
)

// TestExposed tells the addresses that only this machine reaches from the others, of which local AWS warns.
func TestExposed(t *testing.T) {
	for address, want := range map[string]bool{
		"127.0.0.1:4566": false, "127.8.9.10:1": false, "[::1]:4566": false, "0.0.0.0:4566": true, "[::]:4566": true, "10.0.0.7:4566": true,
	} {
		at, err := net.ResolveTCPAddr("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		if got := exposed(at); got != want {
			t.Errorf("exposed(%s) = %t", address, got)
		}
	}
}
