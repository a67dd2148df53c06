package iam

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"aircon/internal/store"
	"aircon/localaws/op"
	"aircon/policy"
)

// linked is what a service's linked role is made of.
type linked struct{ role, policy string }

// linkedServices are the services of local AWS that have a role of their own in an account
// (https://docs.aws.amazon.com/mwaa/latest/userguide/mwaa-slr.html). None of them takes a suffix.
var linkedServices = map[string]linked{
	"airflow.amazonaws.com": {"AWSServiceRoleForAmazonMWAA", "arn:aws:iam::aws:policy/aws-service-role/AmazonMWAAServiceRolePolicy"},
}

func linkedPath(service string) string { return "/aws-service-role/" + service + "/" }

type createLinkedInput struct {
	AWSServiceName *string
	Description    *string
	CustomSuffix   *string
}

// createLinkedNeeds asks for iam:CreateServiceLinkedRole on the role that it will be. Of a service that has none the name is open.
func createLinkedNeeds(c *op.Call, in *createLinkedInput) ([]op.Need, error) {
	return []op.Need{linkedNeed(c, *in.AWSServiceName)}, nil
}

func linkedNeed(c *op.Call, service string) op.Need {
	return op.Need{
		Action: "iam:CreateServiceLinkedRole", Resource: roles.arn(c, linkedPath(service), linkedServices[service].role),
		Context: policy.Context{policy.One("iam:AWSServiceName", service)},
	}
}

// createServiceLinkedRole needs iam:CreateServiceLinkedRole. The words are quoted in terraform-community-modules/tf_aws_elasticsearch
// issue 23.
func createServiceLinkedRole(c *op.Call, in *createLinkedInput) (*roleOutput, error) {
	service := *in.AWSServiceName
	is, ok := linkedServices[service]
	switch {
	case !ok:
		return nil, invalidInput("Service-linked role for %s is not supported.", service)
	case or(in.CustomSuffix, "") != "":
		return nil, invalidInput("Custom suffix is not allowed for %s", service)
	}
	if taken, err := roles.find(c.Tx, c.Account, is.role); err != nil || taken != nil {
		return nil, cmp.Or(err, error(invalidInput("Service role name %s has been taken in this account, please try a different suffix.", is.role)))
	}
	e, err := link(c, service, in.Description)
	if err != nil {
		return nil, err
	}
	out := e.role()
	out.MaxSessionDuration = 0
	return &roleOutput{out}, nil
}

// link makes the role of a service in the caller's account.
func link(c *op.Call, service string, description *string) (*entity, error) {
	is := linkedServices[service]
	e := &entity{
		Name: is.role, Path: linkedPath(service), Description: description, MaxSession: defaultSession, Service: service, Attached: []string{is.policy},
		Trust: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"` + service + `"},"Action":"sts:AssumeRole"}]}`,
	}
	if err := roles.create(c, e); err != nil {
		return nil, err
	}
	return e, uses.Put(c.Tx, useKey(c.Account, is.policy, asPolicy, roles, e.Name), &use{e.Name, e.ID, e.Path})
}

// LinkNeeds is what a caller must be allowed to do so that its account has the service's linked role: nothing once it has.
func (*Accounts) LinkNeeds(c *op.Call, service string) ([]op.Need, error) {
	e, err := roles.find(c.Tx, c.Account, linkedServices[service].role)
	if err != nil || e != nil {
		return nil, err
	}
	return []op.Need{linkedNeed(c, service)}, nil
}

// Link makes the service's linked role in the caller's account where there is none: services do so for whoever first makes something that
// needs it (IAM User Guide, "Create a service-linked role").
func (*Accounts) Link(c *op.Call, service string) error {
	e, err := roles.find(c.Tx, c.Account, linkedServices[service].role)
	if err == nil && e == nil {
		_, err = link(c, service, nil)
	}
	return err
}

// Usage is what of a service still works with its linked role in a region.
type Usage struct {
	Region    string
	Resources []string // ARNs
}

// Linked has a service say what still works with its linked role, before the role is deleted. Call it before the first request.
func (a *Accounts) Linked(service string, uses func(tx store.Tx, account string, now time.Time) ([]Usage, error)) {
	if a.linked == nil {
		a.linked = make(map[string]func(store.Tx, string, time.Time) ([]Usage, error))
	}
	a.linked[service] = uses
}

// deletion is the outcome of an attempt to delete a linked role.
type deletion struct {
	Role    string // its ARN
	Status  string
	Reason  string  `json:",omitempty"`
	Usages  []Usage `json:",omitempty"`
	Started time.Time
}

// deletions holds them by account and task.
var deletions = store.Table[deletion]{Name: "iam.deletion"}

type deleteLinkedOutput struct{ DeletionTaskId string }

// deleteServiceLinkedRole needs iam:DeleteServiceLinkedRole. The role goes at once, unless its service still works with it.
func (a *Accounts) deleteServiceLinkedRole(c *op.Call, in *nameInput) (*deleteLinkedOutput, error) {
	e, err := roles.target(c, in)
	if err != nil {
		return nil, err
	}
	if e.Service == "" {
		return nil, noSuchEntity(roles.missing, e.Name)
	}
	d := &deletion{Role: e.ARN, Status: "SUCCEEDED", Started: c.Now}
	if ask := a.linked[e.Service]; ask != nil {
		if d.Usages, err = ask(c.Tx, c.Account, c.Now); err != nil {
			return nil, err
		}
	}
	if len(d.Usages) > 0 {
		d.Status, d.Reason = "FAILED", fmt.Sprintf("The role %s is in use by %s.", e.Name, e.Service)
	} else if err := a.removeLinked(c, e); err != nil {
		return nil, err
	}
	id := newID("", 32)
	task := "task" + linkedPath(e.Service) + e.Name + "/" + strings.ToLower(fmt.Sprintf("%s-%s-%s-%s-%s", id[:8], id[8:12], id[12:16], id[16:20], id[20:]))
	return &deleteLinkedOutput{task}, deletions.Put(c.Tx, store.Key(c.Account, task), d)
}

func (a *Accounts) removeLinked(c *op.Call, e *entity) error {
	for _, arn := range e.Attached {
		if err := uses.Delete(c.Tx, useKey(c.Account, arn, asPolicy, roles, e.Name)); err != nil {
			return err
		}
	}
	if err := roles.delete(c, e); err != nil {
		return err
	}
	return a.repoint(c, e, e.ID)
}

type deletionInput struct{ DeletionTaskId *string }

// deletionNeeds asks for iam:GetServiceLinkedRoleDeletionStatus on the role that the task's name holds.
func deletionNeeds(c *op.Call, in *deletionInput) ([]op.Need, error) {
	need := op.Need{Action: "iam:GetServiceLinkedRoleDeletionStatus", Resource: "arn:" + c.Partition + ":iam::" + c.Account + ":role/*", Sent: *in.DeletionTaskId}
	if path, ok := strings.CutPrefix(*in.DeletionTaskId, "task/"); ok && strings.Contains(path, "/") {
		need.Resource = roles.arn(c, "/", path[:strings.LastIndexByte(path, '/')])
	}
	return []op.Need{need}, nil
}

type deletionReason struct {
	Reason        string
	RoleUsageList []Usage
}

type deletionOutput struct {
	Status string
	Reason *deletionReason
}

// getServiceLinkedRoleDeletionStatus needs iam:GetServiceLinkedRoleDeletionStatus.
func getServiceLinkedRoleDeletionStatus(c *op.Call, in *deletionInput) (*deletionOutput, error) {
	d, err := deletions.Get(c.Tx, store.Key(c.Account, *in.DeletionTaskId))
	if err != nil || d == nil {
		return nil, cmp.Or(err, error(noSuchEntity("Deletion task %s cannot be found.", *in.DeletionTaskId)))
	}
	out := &deletionOutput{Status: d.Status}
	if d.Reason != "" {
		out.Reason = &deletionReason{d.Reason, d.Usages}
	}
	return out, nil
}
