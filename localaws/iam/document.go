package iam

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"aircon/localaws/op"
	"aircon/policy"
)

// maxTrust is the size of a role's trust policy (reference_iam-quotas).
const maxTrust = 2048

// parse reads a policy document for a use, and refuses it as AWS does.
func parse(text string, kind policy.Kind) (*policy.Document, error) {
	d, err := policy.Parse([]byte(text))
	if err == nil {
		err = d.Check(kind)
	}
	var fault *policy.Error
	if errors.As(err, &fault) {
		return nil, malformedPolicy(fault.Message)
	}
	return d, err
}

// parseTrust reads a trust policy. The principals of the role's own account that it names must exist.
func parseTrust(c *op.Call, text string) error {
	if !json.Valid([]byte(text)) {
		return malformedPolicy("This policy contains invalid Json") // unlike what is said of other policies
	}
	d, err := parse(text, policy.Trust)
	if err != nil {
		return err
	}
	if d.Size() > maxTrust {
		return limitExceeded("Cannot exceed quota for ACLSizePerRole: %d", maxTrust)
	}
	for _, s := range d.Statements() {
		for _, p := range s.Principals {
			known, err := exists(c, p)
			if err != nil {
				return err
			}
			if !known {
				return malformedPolicy(fmt.Sprintf(`Invalid principal in policy: "%s":"%s"`, p.Class, p.Text))
			}
		}
	}
	return nil
}

// exists reports whether the user or role that a principal names does. Only those of the caller's account are looked up.
func exists(c *op.Call, p policy.PrincipalElement) (bool, error) {
	for _, k := range []*kind{users, roles} {
		path, ok := strings.CutPrefix(p.Text, "arn:"+c.Partition+":iam::"+c.Account+":"+k.word+"/")
		if p.Class != "AWS" || !ok {
			continue
		}
		e, err := k.find(c.Tx, c.Account, path[strings.LastIndexByte(path, '/')+1:])
		return e != nil && e.ARN == p.Text, err
	}
	return true, nil
}

// encoded is a document as answers carry it: percent-encoded after RFC 3986.
func encoded(document string) string {
	return strings.ReplaceAll(url.QueryEscape(document), "+", "%20")
}
