package iam

import (
	"slices"
	"strings"

	"aircon/localaws/op"
	"aircon/policy"
)

type inlineInput struct {
	entityName
	PolicyName *string
}

type putInlineInput struct {
	entityName
	PolicyName     *string
	PolicyDocument *string
}

func (e *entity) inlineAt(name string) (int, bool) {
	return slices.BinarySearchFunc(e.Inline, name, func(p inline, name string) int { return strings.Compare(p.Name, name) })
}

// putInline needs iam:PutUserPolicy and its like.
func (k *kind) putInline(c *op.Call, in *putInlineInput) (*none, error) {
	if _, err := parse(*in.PolicyDocument, policy.Identity); err != nil {
		return nil, err
	}
	return &none{}, k.change(c, in, func(e *entity) error {
		at, found := e.inlineAt(*in.PolicyName)
		if !found {
			e.Inline = slices.Insert(e.Inline, at, inline{Name: *in.PolicyName})
		}
		e.Inline[at].Document = *in.PolicyDocument
		size := 0
		for _, p := range e.Inline {
			size += policy.Size(p.Document)
		}
		if size > k.inline {
			return limitExceeded("Maximum policy size of %d bytes exceeded for %s %s", k.inline, k.word, e.Name)
		}
		return nil
	})
}

type inlineOutput struct {
	UserName       string `json:",omitempty"`
	RoleName       string `json:",omitempty"`
	GroupName      string `json:",omitempty"`
	PolicyName     string
	PolicyDocument string
}

// getInline needs iam:GetUserPolicy and its like.
func (k *kind) getInline(c *op.Call, in *inlineInput) (*inlineOutput, error) {
	e, err := k.target(c, in)
	if err != nil {
		return nil, err
	}
	at, found := e.inlineAt(*in.PolicyName)
	if !found {
		return nil, k.noInline(*in.PolicyName)
	}
	out := &inlineOutput{PolicyName: e.Inline[at].Name, PolicyDocument: encoded(e.Inline[at].Document)}
	switch k {
	case users:
		out.UserName = e.Name
	case roles:
		out.RoleName = e.Name
	default:
		out.GroupName = e.Name
	}
	return out, nil
}

func (k *kind) noInline(name string) error {
	return noSuchEntity("The %s policy with name %s cannot be found.", k.word, name)
}

// deleteInline needs iam:DeleteUserPolicy and its like.
func (k *kind) deleteInline(c *op.Call, in *inlineInput) (*none, error) {
	return &none{}, k.change(c, in, func(e *entity) error {
		at, found := e.inlineAt(*in.PolicyName)
		if !found {
			return k.noInline(*in.PolicyName)
		}
		e.Inline = slices.Delete(e.Inline, at, at+1)
		return nil
	})
}

type listInlineOutput struct {
	PolicyNames []string
	paged
}

// listInline needs iam:ListUserPolicies and its like.
func (k *kind) listInline(c *op.Call, in *listOfInput) (*listInlineOutput, error) {
	e, err := k.target(c, in)
	if err != nil {
		return nil, err
	}
	out := &listInlineOutput{PolicyNames: []string{}}
	for _, p := range e.Inline {
		out.PolicyNames = append(out.PolicyNames, p.Name)
	}
	out.PolicyNames, out.paged, err = page(in.paging, out.PolicyNames, func(name string) string { return name })
	return out, err
}
