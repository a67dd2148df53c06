// Package awsapi asks AWS through its SDK, and is the only package that imports it. It satisfies the interfaces that others declare.
//
// Open makes a Client by the SDK's own credential chain: environment, profiles, single sign-on, web identity, container and instance roles;
// AWS_ENDPOINT_URL and its like point it elsewhere. The Client itself is what doctor asks and where lookup and pghook get
// secrets and tokens; Client.Plan is what plan and apply ask; Client.As gives a Client with a role's credentials; Backend makes the client that
// an Airflow backend's kwargs describe.
//
// Every error is an *Error: what was asked, AWS's code, message and request id, and what to type next.
package awsapi
