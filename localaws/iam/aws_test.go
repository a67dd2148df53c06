package iam

import (
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"aircon/internal/store"
	"aircon/policy"
)

const ofAWS = "arn:aws:iam::aws:policy/"

// TestEveryPolicyOfAWS reads the whole table: every document parses, and is set as AWS sets it.
func TestEveryPolicyOfAWS(t *testing.T) {
	index, err := readIndex()
	if err != nil {
		t.Fatal(err)
	}
	table := strings.NewReader(index.rest)
	texts, err1 := member(table)
	packed, err2 := member(table)
	if err1 != nil || err2 != nil || table.Len() != 0 {
		t.Fatalf("%v, %v, %d bytes behind the table", err1, err2, table.Len())
	}
	shared, ids := sharedStrings(texts), make(map[string]string)
	for i := range index.rows {
		r := &index.rows[i]
		text, err := laidOut(unpack(packed[r.at:r.at+r.size], shared))
		if err != nil {
			t.Fatalf("%s: %v", r.path, err)
		}
		d, err := policy.Parse([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", r.path, err)
			continue
		}
		if err := d.Check(policy.Identity); err != nil {
			t.Errorf("%s: %v", r.path, err)
		}
		if !strings.HasPrefix(text, "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": ") || len(d.Statements()) == 0 {
			t.Errorf("%s: %.80s", r.path, text)
		}
		p, err := r.managed()
		if err != nil || p.ARN != ofAWS[:len(ofAWS)-1]+p.Path+p.Name || !regexp.MustCompile(`^ANPA[A-Z2-7]{17}$`).MatchString(p.ID) || p.Updated.Before(p.Created) || p.Created.Year() < 2015 {
			t.Errorf("%s: %+v (%v)", r.path, p, err)
		}
		if ids[p.ID] != "" {
			t.Errorf("%s and %s have the id %s", p.Name, ids[p.ID], p.ID)
		}
		ids[p.ID] = p.Name
	}
	last := index.rows[len(index.rows)-1]
	if len(ids) < 1500 || last.at+last.size != len(packed) {
		t.Errorf("%d policies, %d bytes of documents of which the index knows %d", len(ids), len(packed), last.at+last.size)
	}
}

// TestAPolicyOfAWS asks for one as any client does. Of its versions there is the one in force.
func TestAPolicyOfAWS(t *testing.T) {
	w := newWorld(t)
	arn := ofAWS + "service-role/AWSLambdaBasicExecutionRole"
	for path, want := range map[string]any{
		"PolicyName": "AWSLambdaBasicExecutionRole", "PolicyId": "ANPAJNCQGXC42545SKXIK", "Arn": arn, "Path": "/service-role/", "DefaultVersionId": "v1",
		"AttachmentCount": 0.0, "PermissionsBoundaryUsageCount": 0.0, "IsAttachable": true,
	} {
		if got := at(w.do("GetPolicy", members{"PolicyArn": arn}), "Policy."+path); got != want {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	}
	got := w.do("GetPolicyVersion", members{"PolicyArn": arn, "VersionId": "v1"})
	const document = `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": [
        "logs:CreateLogGroup",
        "logs:CreateLogStream",
        "logs:PutLogEvents"
      ],
      "Resource": "*"
    }
  ]
}`
	if at(got, "PolicyVersion.Document") != encoded(document) || at(got, "PolicyVersion.IsDefaultVersion") != true {
		t.Errorf("version: %v", got)
	}
	if got := w.do("ListPolicyVersions", members{"PolicyArn": ofAWS + "ReadOnlyAccess"}); at(got, "Versions.0.IsDefaultVersion") != true || at(got, "Versions.0.Document") != nil || at(got, "Versions.1") != nil {
		t.Errorf("versions: %v", got)
	}
	w.refused("GetPolicyVersion", members{"PolicyArn": ofAWS + "ReadOnlyAccess", "VersionId": "v1"}, "NoSuchEntity: Policy arn:aws:iam::aws:policy/ReadOnlyAccess version v1 does not exist or is not attachable.")
	for _, path := range []string{"AWSLambdaBasicExecutionRole", "readonlyaccess", "service-role/ReadOnlyAccess", "ReadOnly"} { // the path is part of the name
		w.refused("GetPolicy", members{"PolicyArn": ofAWS + path}, "NoSuchEntity: Policy "+ofAWS+path+" was not found.")
	}
	w.refused("CreatePolicyVersion", members{"PolicyArn": arn, "PolicyDocument": readOne}, "AccessDenied: Policy "+arn+" is managed by AWS and cannot be changed.")
}

// TestListPoliciesOfAWS pages through all of them, and filters.
func TestListPoliciesOfAWS(t *testing.T) {
	w := newWorld(t)
	w.do("CreateUser", members{"UserName": "x"})
	w.do("AttachUserPolicy", members{"UserName": "x", "PolicyArn": ofAWS + "job-function/ViewOnlyAccess"})
	w.do("PutUserPermissionsBoundary", members{"UserName": "x", "PermissionsBoundary": ofAWS + "PowerUserAccess"})
	list := func(in members) (all []string) {
		for more := true; more; {
			got := w.do("ListPolicies", in)
			found, _ := got["Policies"].([]any)
			for _, p := range found {
				all = append(all, fmt.Sprintf("%v %v/%v", at(p.(members), "PolicyName"), at(p.(members), "AttachmentCount"), at(p.(members), "PermissionsBoundaryUsageCount")))
			}
			in["Marker"], more = got["Marker"], got["IsTruncated"] == true
		}
		return all
	}
	every := list(members{"Scope": "AWS"})
	if len(every) < 1500 || !slices.IsSorted(every) || len(slices.Compact(every)) != len(every) || !slices.Contains(every, "ViewOnlyAccess 1/0") || !slices.Contains(every, "ReadOnlyAccess 0/0") {
		t.Errorf("%d policies", len(every))
	}
	for _, c := range []struct {
		in   members
		want string
	}{
		{members{"PathPrefix": "/root-task/"}, "IAMAuditRootUserCredentials 0/0, IAMCreateRootUserPassword 0/0, IAMDeleteRootUserCredentials 0/0, S3UnlockBucketPolicy 0/0, SQSUnlockQueuePolicy 0/0"},
		{members{"PathPrefix": "/root-task/", "Scope": "Local"}, ""},
		{members{"OnlyAttached": true}, "PowerUserAccess 0/1, ViewOnlyAccess 1/0"},
		{members{"OnlyAttached": true, "PathPrefix": "/job-function/"}, "ViewOnlyAccess 1/0"},
		{members{"OnlyAttached": true, "PolicyUsageFilter": "PermissionsPolicy"}, "ViewOnlyAccess 1/0"},
		{members{"PolicyUsageFilter": "PermissionsBoundary"}, "PowerUserAccess 0/1"},
	} {
		if got := strings.Join(list(c.in), ", "); got != c.want {
			t.Errorf("%v: got %s, want %s", c.in, got, c.want)
		}
	}
	w.account = "222222222222"
	if got := list(members{"OnlyAttached": true}); got != nil {
		t.Errorf("another account's: %v", got)
	}
}

// TestServiceRolePolicies are for service-linked roles alone.
func TestServiceRolePolicies(t *testing.T) {
	w := newWorld(t)
	arn := ofAWS + "aws-service-role/AmazonECSServiceRolePolicy"
	for _, k := range []*kind{users, groups, roles} {
		named := members{k.title + "Name": "x", "AssumeRolePolicyDocument": trustEC2, "PolicyArn": arn, "PermissionsBoundary": arn}
		words := "PolicyNotAttachable: Cannot attach a Service Role Policy to a Customer " + k.title + "."
		w.refused("Attach"+k.title+"Policy", named, "NoSuchEntity: "+fmt.Sprintf(k.missing, "x"))
		if k != groups {
			w.refused("Create"+k.title, named, words)
		}
		w.do("Create"+k.title, members{k.title + "Name": "x", "AssumeRolePolicyDocument": trustEC2})
		w.refused("Attach"+k.title+"Policy", named, words)
		if k != groups {
			w.refused("Put"+k.title+"PermissionsBoundary", named, words)
		}
		if got := w.do("GetPolicy", members{"PolicyArn": arn}); at(got, "Policy.AttachmentCount") != 0.0 || at(got, "Policy.PermissionsBoundaryUsageCount") != 0.0 {
			t.Errorf("%s: %v", k.title, got)
		}
	}
}

// TestSharedDocuments holds a large document once for all whom it applies to, and forgets it with the last of them.
func TestSharedDocuments(t *testing.T) {
	w := newWorld(t)
	const arn = ofAWS + "SecurityAudit" // which no other test holds
	for _, name := range []string{"a", "b"} {
		w.do("CreateUser", members{"UserName": name})
		w.do("AttachUserPolicy", members{"UserName": name, "PolicyArn": arn})
	}
	err := w.store.View(func(tx store.Tx) error {
		var held []*policy.Document
		for _, name := range []string{"a", "b"} {
			g, err := w.accounts.Grants(tx, policy.Principal{Kind: policy.User, Account: testAccount, ARN: "arn:aws:iam::111111111111:user/" + name})
			if err != nil {
				return err
			}
			held = append(held, g.Identity[0].Document)
		}
		if held[0] != held[1] || awsHeld(arn) != held[0] {
			t.Error("two users have two documents")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	w.accounts = New()
	runtime.GC()
	runtime.GC()
	if awsHeld(arn) != nil {
		t.Error("a document that applies to nobody is held")
	}
}
