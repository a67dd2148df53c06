package model

// Read reads a service's table anew.
func Read(name string) *Service { return read("tables/" + name + ".txt") }
