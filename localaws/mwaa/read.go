package mwaa

import (
	"encoding/base64"
	"strings"
	"unicode"

	"aircon/internal/store"
	"aircon/localaws/op"
	"aircon/mwaa"
)

// maxPage is the most environments that ListEnvironments returns at once, and how many by default.
const maxPage = 25

// get returns an environment as it is now.
//
// IAM: airflow:GetEnvironment.
func (s *service) get(c *op.Call, in *getInput) (*getOutput, error) {
	r, err := find(c, in.Name)
	if err != nil {
		return nil, err
	}
	e := r.Settled.Environment
	if !e.Status.Runs() { // made while it is created, gone with it
		e.WebserverUrl = ""
		if e.Status != mwaa.Pending { // which shows what endpoints are to be made for
			e.CeleryExecutorQueue, e.DatabaseVpcEndpointService, e.WebserverVpcEndpointService = "", "", ""
		}
	} else if err := s.locate(&e); err != nil {
		return nil, err
	}
	e.AirflowConfigurationOptions, err = r.Settled.options(c)
	return &getOutput{&e}, err
}

// isName reports whether a text has the characters of an environment's name.
func isName(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '_'
	})
}

// list returns the names of the account's environments in the region, in the order of their bytes.
//
// IAM: airflow:ListEnvironments.
func list(c *op.Call, in *listInput) (*listOutput, error) {
	size := maxPage
	if in.MaxResults != nil {
		size = *in.MaxResults
	}
	prefix, after := store.Key(c.Account, c.Region, ""), ""
	if in.NextToken != "" {
		name, err := base64.RawURLEncoding.DecodeString(in.NextToken)
		if err != nil || !isName(string(name)) {
			return nil, badToken()
		}
		after = key(c, string(name))
	}
	out := &listOutput{Environments: []string{}}
	for row, err := range environments.Scan(c.Tx, prefix, after) {
		if err != nil {
			return nil, err
		}
		r, there := row.Value.at(c.Now)
		if !there {
			continue
		}
		if len(out.Environments) == size {
			out.NextToken = base64.RawURLEncoding.EncodeToString([]byte(out.Environments[size-1]))
			break
		}
		out.Environments = append(out.Environments, r.Settled.Environment.Name)
	}
	return out, nil
}

// remove begins to delete an environment: DELETING until Options.Delete has passed, and gone from then on.
//
// IAM: airflow:DeleteEnvironment.
func (s *service) remove(c *op.Call, in *deleteInput) (*emptyOutput, error) {
	if err := purge(c); err != nil {
		return nil, err
	}
	r, err := find(c, in.Name)
	if err != nil {
		return nil, err
	}
	if status := r.Settled.Environment.Status; !status.Deletable() {
		return nil, notDeletable(status)
	}
	gone := record{Settled: r.Settled, Begun: c.Now, Ends: c.Now.Add(lasts(s.options.Delete))}
	gone.Settled.Environment.Status, gone.Waits = mwaa.Deleting, s.options.Runtime != nil
	return &emptyOutput{}, gone.put(c)
}
