package policy

// PrincipalKind is what sort of principal makes a request.
type PrincipalKind uint8

// The kinds of principal. The zero value is nobody.
const (
	Anonymous     PrincipalKind = iota
	AccountRoot                 // arn:aws:iam::111122223333:root
	User                        // arn:aws:iam::111122223333:user/path/name
	RoleSession                 // arn:aws:sts::111122223333:assumed-role/name/session
	FederatedUser               // arn:aws:sts::111122223333:federated-user/name
	Service                     // an AWS service, such as airflow-env.amazonaws.com
)

// Principal is who makes a request. What it implies of condition keys (aws:PrincipalArn, aws:PrincipalAccount, aws:PrincipalType,
// aws:PrincipalTag/KEY, aws:userid, aws:username) need not be in the request's Context.
type Principal struct {
	Kind    PrincipalKind
	ARN     string // as GetCallerIdentity gives it: of a session its own, of a service its name
	Issuer  string // of a session: the ARN, with path, of the role or user that it was made from
	Account string // twelve digits; "" for a service
	UserID  string // aws:userid: AIDA… of a user, AROA…:session of a session, the account of its root
	Name    string // aws:username, of a user only
	Tags    []Tag  // of the user or role and of the session, merged: aws:PrincipalTag
}

// Tag is a key and its value.
type Tag struct{ Key, Value string }
