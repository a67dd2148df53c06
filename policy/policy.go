// Package policy reads, evaluates, explains and writes IAM policy documents. It is pure: no network, no clock, no AWS SDK.
//
// Which function to use when:
//
//   - Parse reads a document from JSON, strictly as AWS does, with line and column in its errors;
//     Document.Check then says whether it may serve as an identity, resource or trust policy.
//   - Evaluate decides a request in well under a microsecond, without allocating: what a server calls on every request.
//   - Decision.Denial words a refusal as AWS does.
//   - Explain decides the same request and says what part each statement of each policy had in it: what a person reads.
//   - Changes says what would change the decision, as edits that Change.Apply carries out.
//   - Least writes the smallest documents that let a role read a set of secrets.
//
// The algorithm is the one of the IAM User Guide, "Policy evaluation logic"
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html); the places that need a
// closer reading cite their own page.
package policy

// Kind is a kind of policy: what part a policy has in a decision.
type Kind uint8

// The kinds of policy.
const (
	NoKind          Kind = iota // none: what an allowed account root has
	Identity                    // attached to the user or role, or inline in it
	Boundary                    // the user's or role's permissions boundary
	Session                     // passed when the session was made
	Resource                    // attached to the resource, such as a secret's policy or a key's
	Trust                       // a role's trust policy
	Organisation                // a service control policy
	ResourceControl             // a resource control policy
	Endpoint                    // a VPC endpoint's policy
)

var kindNames = [...]string{
	"no", "identity-based policy", "permissions boundary", "session policy", "resource-based policy", "role trust policy",
	"service control policy", "resource control policy", "VPC endpoint policy",
}

// String returns AWS's term for the kind, as its denials use it.
func (k Kind) String() string { return kindNames[k] }

// Policy is a document together with the name that a decision cites it by.
type Policy struct {
	Name     string // ARN of a managed policy; name of an inline one; ARN of the resource that has it
	Document *Document
}

// Request is a question to Evaluate: may this principal do this to that, given these policies. It is only read.
type Request struct {
	Principal *Principal // nil means an anonymous one
	Action    string     // such as secretsmanager:GetSecretValue
	Resource  string     // the full ARN, or * where the action has no resource
	Owner     string     // account that owns the resource; "" means the principal's own
	Context   Context    // condition keys that the principal and resource do not imply

	Identity        []Policy   // every policy attached to the principal or inline in it
	Boundary        *Policy    // nil means that there is none
	Session         []Policy   // empty means that the session has none
	ResourcePolicy  *Policy    // nil means that the resource has none
	Organisation    [][]Policy // service control policies of the principal's account, a list for each level from the root; empty means none
	ResourceControl [][]Policy // resource control policies of the owner's account, likewise
	Endpoint        *Policy    // of the VPC endpoint that the request came through; nil means none

	// ResourcePolicyRequired says that nobody is allowed without the resource's policy, not even in the owner's account: so it is
	// with KMS keys and with sts:AssumeRole. A statement there that names the account hands the decision to identity policies.
	ResourcePolicyRequired bool
	// TrustPolicy says that the resource's policy is a role's trust policy, which denials then call it.
	TrustPolicy bool
	// ContextFirst says that the Context wins over what the principal implies, as in a simulation.
	ContextFirst bool
}

// Effect is the outcome of a decision.
type Effect uint8

// The outcomes. The zero value refuses.
const (
	ImplicitDeny Effect = iota // nothing allowed it
	ExplicitDeny               // a statement denied it
	Allowed
)

// String returns the outcome as SimulatePrincipalPolicy names it.
func (e Effect) String() string {
	return [...]string{"implicitDeny", "explicitDeny", "allowed"}[e]
}

// Decision is the outcome of a request and its reason.
type Decision struct {
	Effect Effect
	// Kind is the kind of policy that allowed or denied; for an implicit deny the kind that lacked an allow.
	Kind Kind
	// Policy is the name of the policy that decided; "" for an implicit deny, and for what an account's root is allowed.
	Policy string
	// Statement is the index of the statement that decided in its document, from 0; -1 when no statement did.
	Statement int
	// Sid is that statement's Sid, if it has one.
	Sid string
}

// Allowed reports whether the request may be carried out.
func (d Decision) Allowed() bool { return d.Effect == Allowed }
