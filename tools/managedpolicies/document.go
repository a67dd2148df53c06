package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// document is a policy's text on one line, its members in the order in which AWS writes them. moto sorts them by name.
type document []byte

// The usual order of members in AWS's managed policy reference. It decides where a simulator says that a statement stands.
var (
	documentMembers  = []string{"Version", "Id", "Statement"}
	statementMembers = []string{"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"}
)

// UnmarshalJSON brings the members into order.
func (d *document) UnmarshalJSON(text []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return err
	}
	statement, given := members["Statement"]
	if !given {
		return errors.New("a policy has no Statement")
	}
	var err error
	if bytes.HasPrefix(statement, []byte("[")) {
		members["Statement"], err = orderedList(statement)
	} else {
		members["Statement"], err = ordered(statement, statementMembers)
	}
	if err != nil {
		return err
	}
	*d, err = write(members, documentMembers)
	return err
}

func orderedList(list []byte) ([]byte, error) {
	var statements []json.RawMessage
	if err := json.Unmarshal(list, &statements); err != nil {
		return nil, err
	}
	all := make([][]byte, len(statements))
	for i, text := range statements {
		var err error
		if all[i], err = ordered(text, statementMembers); err != nil {
			return nil, err
		}
	}
	return slices.Concat([]byte("["), bytes.Join(all, []byte(",")), []byte("]")), nil
}

func ordered(object []byte, order []string) ([]byte, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(object, &members); err != nil {
		return nil, err
	}
	return write(members, order)
}

// write refuses members that it knows no place for.
func write(members map[string]json.RawMessage, order []string) ([]byte, error) {
	for name := range members {
		if !slices.Contains(order, name) {
			return nil, fmt.Errorf("a policy has the member %s, whose place is not known", name)
		}
	}
	b := bytes.NewBufferString("{")
	for _, name := range order {
		value, given := members[name]
		if !given {
			continue
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		fmt.Fprintf(b, "%q:", name)
		if err := json.Compact(b, value); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}
