package kms

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"aircon/internal/store"
	"aircon/localaws/op"
	"aircon/policy"
)

// grant is a row: what a key's owner lets a principal do with it. The policy that it stands for is kept with it, so that one evaluation decides
// about grants and key policies.
type grant struct {
	ID          string // 64 hexadecimal digits
	KeyID       string
	KeyARN      string
	Name        string `json:",omitempty"`
	Grantee     string // ARN
	Retiring    string `json:",omitempty"` // ARN of who may retire it
	Issuer      string // ARN of the root of the account that made it
	Operations  []string
	Constraints *constraints `json:",omitempty"`
	Created     time.Time
	Policy      document
}

// constraints are what the encryption context of a request must hold, or be, for a grant to allow it.
type constraints struct {
	EncryptionContextEquals map[string]string `json:",omitempty"`
	EncryptionContextSubset map[string]string `json:",omitempty"`
}

// pairs are the constraint's, whichever it is.
func (c *constraints) pairs() map[string]string {
	switch {
	case c == nil:
		return nil
	case len(c.EncryptionContextEquals) > 0:
		return c.EncryptionContextEquals
	}
	return c.EncryptionContextSubset
}

// kind is the value of kms:GrantConstraintType, or "".
func (c *constraints) kind() string {
	switch {
	case len(c.pairs()) == 0:
		return ""
	case len(c.EncryptionContextEquals) > 0:
		return "EncryptionContextEquals"
	}
	return "EncryptionContextSubset"
}

// condition is a statement's: operator, key, values.
type condition map[string]map[string]any

// require adds a test to a condition.
func (c condition) require(operator, key string, values any) {
	if c[operator] == nil {
		c[operator] = map[string]any{}
	}
	c[operator][key] = values
}

// condition is what a constraint asks of a request. It is empty where there is none.
func (c *constraints) condition() condition {
	asks := condition{}
	for key, value := range c.pairs() {
		asks.require("StringEquals", "kms:EncryptionContext:"+key, value)
	}
	if c.kind() == "EncryptionContextEquals" {
		asks.require("ForAllValues:StringEquals", "kms:EncryptionContextKeys", slices.Sorted(maps.Keys(c.pairs())))
	}
	return asks
}

// statement is a statement of the policy that a grant stands for.
type statement struct {
	Effect    string
	Principal map[string]string
	Action    string
	Resource  string
	Condition condition `json:",omitempty"`
}

// stands writes the policy that a grant stands for: its operations, those with an encryption context under its constraint; CreateGrant for
// no more than the grant itself allows; and RetireGrant for the retiring principal. Its version is the old one, which has no policy variables,
// for an encryption context may look like one.
//
// Source: the KMS developer guide, "Grants in AWS KMS", "Using grant constraints" and "Controlling access to grants".
func (g *grant) stands() (document, error) {
	allow := func(principal, action string, asks condition) statement {
		return statement{"Allow", map[string]string{"AWS": principal}, "kms:" + action, "*", asks}
	}
	var statements []statement
	for _, o := range g.Operations {
		var asks condition
		if o == "CreateGrant" || hasContext(o) {
			asks = g.Constraints.condition()
		}
		if o == "CreateGrant" {
			asks.require("ForAllValues:StringEquals", "kms:GrantOperations", g.Operations)
			if kind := g.Constraints.kind(); kind == "EncryptionContextEquals" {
				asks.require("StringEquals", "kms:GrantConstraintType", kind)
			}
		}
		statements = append(statements, allow(g.Grantee, o, asks))
	}
	if g.Retiring != "" {
		statements = append(statements, allow(g.Retiring, "RetireGrant", nil))
	}
	text, err := json.Marshal(map[string]any{"Version": "2008-10-17", "Id": g.ID, "Statement": statements})
	if err != nil {
		return document{}, err
	}
	return parse(string(text))
}

// hasContext reports whether an operation takes an encryption context.
func hasContext(operation string) bool {
	return operation == "Encrypt" || operation == "Decrypt" || strings.HasPrefix(operation, "GenerateDataKey") || strings.HasPrefix(operation, "ReEncrypt")
}

// grantable are the operations that a grant can be of, by the usage of its key. All keys have those under "".
//
// Source: the KMS developer guide, "Grant operations".
var grantable = map[string][]string{
	"": {"CreateGrant", "DescribeKey", "RetireGrant"},
	encryptDecrypt: {
		"Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext", "GenerateDataKeyWithoutPlaintext",
		"ReEncryptFrom", "ReEncryptTo",
	},
	signVerify:   {"Sign", "Verify"},
	generateMac:  {"GenerateMac", "VerifyMac"},
	keyAgreement: {"DeriveSharedSecret"},
}

// grants reports whether a grant of a key can be of an operation.
func (k *key) grants(operation string) bool {
	switch {
	case slices.Contains(grantable[""], operation):
		return true
	case operation == "GetPublicKey":
		return isPair(k.Spec)
	case strings.HasPrefix(operation, "GenerateDataKey"):
		return k.Spec == symmetric
	}
	return slices.Contains(grantable[k.Usage], operation)
}

// row is a grant's key in the table.
func (g *grant) row() string {
	account, region := split(g.KeyARN)
	return store.Key(account, region, g.KeyID, g.ID)
}

// granted lists a key's grants in the order of their ids.
func (k *key) granted(c *op.Call) ([]*grant, error) {
	return collect(c, store.Key(k.Account, k.region(), k.ID, ""), func(*grant) bool { return true })
}

// collect lists the grants under a prefix that are wanted.
func collect(c *op.Call, prefix string, wanted func(*grant) bool) ([]*grant, error) {
	var list []*grant
	for row, err := range grants.Scan(c.Tx, prefix, "") {
		if err != nil {
			return nil, err
		}
		if wanted(row.Value) {
			list = append(list, row.Value)
		}
	}
	return list, nil
}

// holds reports whether a request's condition keys have the constraint's pairs, letter for letter: conditions do not tell upper from lower case in a
// key's name.
func (c *constraints) holds(keys policy.Context) bool {
	for name, value := range c.pairs() {
		if !slices.ContainsFunc(keys, func(k policy.Key) bool { return k.Name == contextKey(name) && k.Value == value }) {
			return false
		}
	}
	return true
}

// granting returns the policies of the grants that could allow an action on a key, of a request with these condition keys.
func (k *key) granting(c *op.Call, action string, keys policy.Context) ([]*policy.Document, error) {
	list, err := k.granted(c)
	var documents []*policy.Document
	for _, g := range list {
		if (action == "CreateGrant" || hasContext(action)) && !g.Constraints.holds(keys) {
			continue
		}
		if slices.Contains(g.Operations, action) || action == "RetireGrant" && g.Retiring != "" {
			documents = append(documents, g.Policy.Document)
		}
	}
	return documents, err
}
