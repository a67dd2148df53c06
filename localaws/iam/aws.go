package iam

import (
	"cmp"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"path"
	"strings"
	"sync"
	"time"
	"weak"

	"aircon/policy"
)

// AWS's own managed policies, which every account can attach. Of each there is the default version alone. Users change nothing of them.

// awsAccount stands in their ARNs in the place of an account.
const awsAccount = "aws"

const awsPrefix = "arn:aws:iam::" + awsAccount + ":policy"

// managedByAWS returns AWS's policy of an ARN, or nil.
func managedByAWS(arn string) (*managed, error) {
	at, ok := strings.CutPrefix(arn, awsPrefix)
	if !ok {
		return nil, nil
	}
	index, err := readIndex()
	if err != nil {
		return nil, err
	}
	r := index.find(at)
	if r == nil {
		return nil, nil
	}
	return r.managed()
}

// allOfAWS returns AWS's policies.
func allOfAWS() ([]*managed, error) {
	index, err := readIndex()
	if err != nil {
		return nil, err
	}
	all := make([]*managed, len(index.rows))
	for i := range index.rows {
		if all[i], err = index.rows[i].managed(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// managed is the policy of a row. Its document stays in the table: see managed.text.
func (r *row) managed() (*managed, error) {
	p := &managed{Account: awsAccount, ARN: awsPrefix + r.path}
	p.Path, p.Name = path.Split(r.path)
	fields := strings.Fields(r.fields)
	var created, updated error
	p.Created, created = time.Parse(time.RFC3339, fields[2])
	p.Updated, updated = time.Parse(time.RFC3339, fields[3])
	p.ID, p.Default = fields[0], fields[1]
	if p.ID == "-" {
		p.ID = lastingID(p.Name)
	}
	p.Versions = []version{{ID: p.Default, Created: p.Updated}}
	return p, cmp.Or(created, updated)
}

// lastingID is the id of a policy of AWS whose own is not known: always the same one.
func lastingID(name string) string {
	sum := sha256.Sum256([]byte(name))
	return "ANPA" + base32.StdEncoding.EncodeToString(sum[:])[:17]
}

// serviceRole reports whether a policy of AWS is for service-linked roles alone.
func (p *managed) serviceRole() bool {
	return p.Account == awsAccount && strings.HasPrefix(p.Path, "/aws-service-role/")
}

// awsParsed holds the parsed documents of AWS that something holds: some are large, and those whom they apply to share them.
var awsParsed struct {
	sync.Mutex
	held map[string]weak.Pointer[policy.Document] // by ARN
}

// awsHeld returns the parsed document of a policy of AWS where something holds it, or nil.
func awsHeld(arn string) *policy.Document {
	awsParsed.Lock()
	defer awsParsed.Unlock()
	return awsParsed.held[arn].Value()
}

// awsText returns the document of a policy of AWS.
func awsText(arn string) (string, error) {
	if d := awsHeld(arn); d != nil {
		return d.Text(), nil
	}
	index, err := readIndex()
	if err != nil {
		return "", err
	}
	r := index.find(strings.TrimPrefix(arn, awsPrefix))
	if r == nil {
		return "", fmt.Errorf("AWS has no managed policy %s", arn)
	}
	return index.document(r)
}

// awsDocument returns the document of a policy of AWS, parsed.
func awsDocument(arn string) (*policy.Document, error) {
	if d := awsHeld(arn); d != nil {
		return d, nil
	}
	text, err := awsText(arn)
	if err != nil {
		return nil, err
	}
	d, err := policy.Parse([]byte(text))
	if err != nil {
		return nil, err
	}
	awsParsed.Lock()
	defer awsParsed.Unlock()
	if awsParsed.held == nil {
		awsParsed.held = make(map[string]weak.Pointer[policy.Document])
	}
	awsParsed.held[arn] = weak.Make(d)
	return d, nil
}
