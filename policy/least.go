package policy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
)

// IAM's limits (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html). Sizes are characters without white space.
const (
	MaxManagedSize = 6144  // of a managed policy's document
	MaxInlineSize  = 10240 // of all inline policies of a role together
	MaxAttached    = 10    // managed policies of a role, unless the account's quota was raised (to 20 at most)
)

const (
	suffix          = "-??????" // what Secrets Manager adds to a name is random
	readSecret      = "secretsmanager:GetSecretValue"
	decryptKey      = "kms:Decrypt"
	secretNameChars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/_+=.@-"
)

// Form is where the least policy is to be kept.
type Form uint8

// The forms.
const (
	Managed Form = iota // as customer managed policies
	Inline              // as one inline policy of the role
)

// Scope is how closely the least policy names secrets.
type Scope uint8

// The scopes.
const (
	Exact  Scope = iota // one ARN a secret
	Prefix              // everything under the prefixes
)

// String returns the scope as a spec writes it.
func (s Scope) String() string { return [...]string{"exact", "prefix"}[s] }

// Reads is what a role shall be able to read.
type Reads struct {
	Partition string   // "" means aws
	Region    string   // such as eu-west-1
	Account   string   // twelve digits
	Names     []string // the secrets' names, or other accounts' ARNs, without the suffix; in any order
	Prefixes  []string // what the names or ARNs begin with, separator included, such as airflow/connections/
	Keys      []string // ARNs of the customer keys that encrypt them; AWS's own key needs no permission
	Scope     Scope
	Form      Form
	// Used is what other policies take of the limit: managed policies attached to the role, or the size of its other inline
	// policies.
	Used int
	// Limit is the number of managed policies that the role may have; 0 means MaxAttached.
	Limit int
}

// LeastPolicy is what Least writes.
type LeastPolicy struct {
	Documents []string // indented JSON; none where there is nothing to read
	Scope     Scope    // Prefix where Exact was asked for but does not fit
	Reason    string   // why the scope is not the one asked for; "" where it is
}

type statementJSON struct {
	Sid       string
	Effect    string
	Action    string
	Resource  []string
	Condition map[string]map[string]string `json:",omitempty"`
}

// Least writes the documents that let a role read the secrets and nothing else: secretsmanager:GetSecretValue on each ARN with
// its six random characters as wildcards, and kms:Decrypt on the customer keys, through Secrets Manager only. The same Reads give
// the same documents, and another name changes one document as long as their number stays the same.
func Least(r Reads) (LeastPolicy, error) {
	if err := r.check(); err != nil {
		return LeastPolicy{}, err
	}
	if r.Scope == Exact {
		documents, reason := r.exact()
		if reason == "" {
			return LeastPolicy{Documents: documents, Scope: Exact}, nil
		}
		if len(r.Prefixes) == 0 {
			return LeastPolicy{}, fmt.Errorf("%s, and there is no prefix to fall back to", reason)
		}
		documents, err := r.byPrefix()
		return LeastPolicy{documents, Prefix, reason}, err
	}
	documents, err := r.byPrefix()
	return LeastPolicy{Documents: documents, Scope: Prefix}, err
}

func (r *Reads) check() error {
	if r.Partition == "" {
		r.Partition = "aws"
	}
	if r.Limit == 0 {
		r.Limit = MaxAttached
	}
	if r.Region == "" || !isAccount(r.Account) {
		return fmt.Errorf("the least policy needs a region and an account of twelve digits, not %q and %q", r.Region, r.Account)
	}
	for _, list := range [][]string{r.Names, r.Prefixes} {
		for _, name := range list {
			arn, _ := ParseARN(name)
			if rest, is := strings.CutPrefix(arn.Resource, "secret:"); is && arn.Service == "secretsmanager" && isAccount(arn.Account) {
				name = rest
			}
			if name == "" || strings.Trim(name, secretNameChars) != "" {
				return fmt.Errorf("%q can be no secret's name: letters, digits and /_+=.@- only", name)
			}
		}
	}
	for _, key := range r.Keys {
		f := strings.SplitN(key, ":", 6)
		if len(f) < 6 || f[2] != "kms" || !strings.HasPrefix(f[5], "key/") || strings.ContainsAny(key, "*?") {
			return fmt.Errorf("%q is no key's ARN (arn:%s:kms:%s:%s:key/…); IAM does not follow aliases", key, r.Partition, r.Region, r.Account)
		}
	}
	return nil
}

func (r *Reads) arn(name string) string {
	if strings.HasPrefix(name, "arn:") {
		return name
	}
	return fmt.Sprintf("arn:%s:secretsmanager:%s:%s:secret:%s", r.Partition, r.Region, r.Account, name)
}

func sorted(list []string) []string { return slices.Compact(slices.Sorted(slices.Values(list))) }

// exact names each secret. The reason says why that does not fit.
func (r *Reads) exact() (documents []string, reason string) {
	var arns []string
	for _, name := range sorted(r.Names) {
		arns = append(arns, r.arn(name+suffix))
	}
	room := r.Limit - r.Used
	size := MaxManagedSize
	if r.Form == Inline {
		room, size = 1, MaxInlineSize-r.Used
	}
	if len(arns) == 0 {
		return nil, ""
	}
	for n := 1; n <= room; n++ {
		if documents, ok := r.fill(spread(arns, n), size); ok {
			return documents, ""
		}
	}
	// Close to the limit, full policies are worth more than stable ones.
	if documents, ok := r.fill(r.pack(arns, size), size); ok && len(documents) <= room {
		return documents, ""
	}
	if r.Form == Inline {
		return nil, fmt.Sprintf("%d secrets do not fit into an inline policy: a role's may have %d characters together, and %d are in use", len(arns), MaxInlineSize, r.Used)
	}
	return nil, fmt.Sprintf("%d secrets do not fit into managed policies of %d characters: the role may have %d of them, and %d are in use", len(arns), MaxManagedSize, r.Limit, r.Used)
}

// spread deals the ARNs to n policies, each to the one that its hash with the policy's number prefers: so an ARN stays where it is
// when others come and go.
func spread(arns []string, n int) [][]string {
	groups := make([][]string, n)
	for _, arn := range arns {
		best, weight := 0, uint64(0)
		for i := range n {
			h := fnv.New64a()
			fmt.Fprintf(h, "%s %d", arn, i)
			if w := mix(h.Sum64()); i == 0 || w > weight {
				best, weight = i, w
			}
		}
		groups[best] = append(groups[best], arn)
	}
	return groups
}

// mix spreads a hash whose inputs differ in the last byte only (the finalizer of MurmurHash3).
func mix(h uint64) uint64 {
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

// pack fills one policy after the other.
func (r *Reads) pack(arns []string, size int) [][]string {
	var groups [][]string
	left := 0
	for _, arn := range arns {
		need := len(arn) + len(`"",`)
		if left < need {
			groups = append(groups, nil)
			left = size - Size(r.document([]string{""}, len(groups) == 1)) + len(`"",`)
		}
		last := len(groups) - 1
		groups[last] = append(groups[last], arn)
		left -= need
	}
	return groups
}

// fill writes a document for each group, the keys in the first, and reports whether all are within the size.
func (r *Reads) fill(groups [][]string, size int) ([]string, bool) {
	var documents []string
	for i, group := range groups {
		if len(group) == 0 && (i > 0 || len(r.Keys) == 0) {
			continue
		}
		text := r.document(group, i == 0)
		if Size(text) > size {
			return nil, false
		}
		documents = append(documents, text)
	}
	return documents, true
}

// byPrefix names all that lies under the prefixes.
func (r *Reads) byPrefix() ([]string, error) {
	if len(r.Prefixes) == 0 {
		return nil, fmt.Errorf("a policy by prefix needs a prefix: without one it would open every secret of the account")
	}
	var arns []string
	for _, p := range sorted(r.Prefixes) {
		arns = append(arns, r.arn(p+"*"))
	}
	size, room := MaxManagedSize, r.Limit-r.Used
	if r.Form == Inline {
		size, room = MaxInlineSize-r.Used, 1
	}
	documents, ok := r.fill([][]string{arns}, size)
	if !ok || room < 1 {
		return nil, fmt.Errorf("not even the policy by prefix fits: it has %d characters, and the role has room for %d policies of %d", Size(r.document(arns, true)), max(room, 0), size)
	}
	return documents, nil
}

// document writes one policy: the secrets, and with keys the statement for the keys.
func (r *Reads) document(arns []string, keys bool) string {
	var statements []statementJSON
	if len(arns) > 0 {
		statements = append(statements, statementJSON{Sid: "ReadSecrets", Effect: "Allow", Action: readSecret, Resource: arns})
	}
	if keys && len(r.Keys) > 0 {
		via := map[string]map[string]string{"StringEquals": {"kms:ViaService": "secretsmanager." + r.Region + "." + domain(r.Partition)}}
		statements = append(statements, statementJSON{"DecryptThem", "Allow", decryptKey, sorted(r.Keys), via})
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(struct {
		Version   string
		Statement []statementJSON
	}{version2012, statements})
	if err != nil {
		panic(err) // strings always encode
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// domain is the DNS suffix of a partition's services.
func domain(partition string) string {
	if partition == "aws-cn" {
		return "amazonaws.com.cn"
	}
	return "amazonaws.com"
}
