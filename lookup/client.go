package lookup

import (
	"slices"

	"aircon"
	"aircon/internal/py"
)

// Client is how the backend's kwargs want the AWS client to be made. What is empty is left to the SDK's own ways.
//
// With a role, the backend calls sts:AssumeRole first, in a session named airflow_secretsmanagerbackend__connection.
type Client struct {
	Region           string
	Profile          string
	RoleARN          string
	AssumeRoleMethod string // assume_role, assume_role_with_saml or assume_role_with_web_identity; with RoleARN only
	ExternalID       string // from assume_role_kwargs
	EndpointURL      string
	APIVersion       string
	AccessKeyID      string
	SecretAccessKey  aircon.Secret
	SessionToken     aircon.Secret
	CABundle         string // verify, where it is a path
	InsecureTLS      bool   // verify is false: certificates are not checked
	PlainHTTP        bool   // use_ssl is false
	MaxAttempts      int    // config_kwargs.retries.max_attempts; 0: the SDK's default
	arguments        *py.Dict
	roleMethod       any
	region, profile  any
	assumeRole       any
}

// Arguments returns the client's keyword arguments as JSON: what the backend hands to boto3's Session.client. They hold no credentials.
func (c Client) Arguments() string { return py.Dumps(c.arguments) }

// Session returns what the backend hands to boto3's Session, as JSON: region, profile and role. It holds no credentials.
func (c Client) Session() string {
	session := new(py.Dict)
	for _, item := range []py.Item{
		{Key: "region_name", Value: c.region},
		{Key: "profile_name", Value: c.profile},
		{Key: "role_arn", Value: c.assumeRole},
		{Key: "assume_role_method", Value: c.roleMethod},
	} {
		if item.Value != nil {
			session.Set(item.Key, item.Value)
		}
	}
	return py.Dumps(session)
}

// roleMethods are the values of assume_role_method that the provider knows.
var roleMethods = []string{"assume_role", "assume_role_with_saml", "assume_role_with_web_identity"}

// newClient reads the kwargs that AwsConnectionWrapper and boto3 get. A problem is raised when the client is made, which is
// at the first secret asked for, and again at each lookup.
func newClient(kwargs *py.Dict, rt aircon.Runtime) (Client, *Problem) {
	c := Client{arguments: new(py.Dict)}
	session, problem := objectArgument(kwargs, "session_kwargs")
	if problem != nil {
		return c, problem
	}
	c.region, c.profile = argument(kwargs, "region_name"), argument(kwargs, "profile_name")
	endpoint := argument(kwargs, "endpoint_url")
	if !rt.Amazon.AtLeast(9, 0) {
		old := oldArguments(kwargs, session)
		c.region, c.profile = first(kwargs, "region_name", c.region, old.region), first(kwargs, "profile_name", c.profile, old.profile)
		if py.Truth(old.endpoint) {
			endpoint = old.endpoint
		}
	}
	verify, apiVersion, useSSL := argument(kwargs, "verify"), argument(kwargs, "api_version"), argument(kwargs, "use_ssl")
	for _, item := range []py.Item{
		{Key: "region_name", Value: c.region},
		{Key: "verify", Value: verify},
		{Key: "endpoint_url", Value: endpoint},
		{Key: "api_version", Value: apiVersion},
		{Key: "use_ssl", Value: useSSL},
	} {
		if item.Value != nil {
			c.arguments.Set(item.Key, item.Value)
		}
	}
	c.Region, c.Profile, c.EndpointURL, c.APIVersion = text(c.region), text(c.profile), text(endpoint), text(apiVersion)
	c.CABundle, c.InsecureTLS, c.PlainHTTP = text(verify), verify == false, useSSL == false
	c.credentials(kwargs, session)
	if problem := c.botocoreConfig(kwargs); problem != nil {
		return c, problem
	}
	return c, c.role(kwargs, rt)
}

func (c *Client) credentials(kwargs, session *py.Dict) {
	key, secret := argument(kwargs, "aws_access_key_id"), argument(kwargs, "aws_secret_access_key")
	if !py.Truth(key) || !py.Truth(secret) {
		key, secret = argument(session, "aws_access_key_id"), argument(session, "aws_secret_access_key")
	}
	if py.Truth(key) && py.Truth(secret) {
		c.AccessKeyID, c.SecretAccessKey = text(key), aircon.NewSecret(text(secret))
	}
	token := argument(kwargs, "aws_session_token")
	if !py.Truth(token) {
		token = argument(session, "aws_session_token")
	}
	if py.Truth(token) {
		c.SessionToken = aircon.NewSecret(text(token))
	}
}

// role reads role_arn and what belongs to it, which counts only where there is a role.
func (c *Client) role(kwargs *py.Dict, rt aircon.Runtime) *Problem {
	arn := argument(kwargs, "role_arn")
	if account, name := argument(kwargs, "aws_account_id"), argument(kwargs, "aws_iam_role"); !py.Truth(arn) &&
		!rt.Amazon.AtLeast(9, 0) && py.Truth(account) && py.Truth(name) {
		arn = "arn:aws:iam::" + py.Str(account) + ":role/" + py.Str(name)
	}
	if !py.Truth(arn) {
		return nil
	}
	method, found := kwargs.Get("assume_role_method")
	if !found {
		method = roleMethods[0]
	}
	if name, is := method.(string); !is || !slices.Contains(roleMethods, name) {
		return &Problem{Step: StepClient, Code: "NotImplementedError", Message: "assume_role_method must be one of assume_role, " +
			"assume_role_with_saml and assume_role_with_web_identity"}
	}
	c.assumeRole, c.roleMethod = arn, method
	c.RoleARN, c.AssumeRoleMethod = text(arn), text(method)
	if more, is := argument(kwargs, "assume_role_kwargs").(*py.Dict); is {
		c.ExternalID = text(argument(more, "ExternalId"))
	}
	return nil
}

func argument(kwargs *py.Dict, name string) any {
	value, _ := kwargs.Get(name)
	return value
}

// text is a value that is text, and "" for all else.
func text(value any) string {
	s, _ := value.(string)
	return s
}

// objectArgument is an argument that is an object. One that is null or otherwise empty counts as an empty object.
func objectArgument(kwargs *py.Dict, name string) (*py.Dict, *Problem) {
	value := argument(kwargs, name)
	if !py.Truth(value) {
		return new(py.Dict), nil
	}
	dict, is := value.(*py.Dict)
	if !is {
		return nil, &Problem{
			Step: StepClient, Code: "AttributeError",
			Message: name + " is a " + py.TypeName(value) + ", and must be an object",
		}
	}
	return dict, nil
}

// old are arguments that providers before 9.0 also took from session_kwargs and host.
type old struct{ region, profile, endpoint any }

func oldArguments(kwargs, session *py.Dict) old {
	return old{argument(session, "region_name"), argument(session, "profile_name"), argument(kwargs, "host")}
}

// first is given where the kwargs hold name, even as null, and the other value elsewhere.
func first(kwargs *py.Dict, name string, given, other any) any {
	if _, found := kwargs.Get(name); found {
		return given
	}
	return other
}
