package mwaa

import (
	"net/http"
	"time"

	"aircon/internal/store"
	"aircon/localaws/op"
	"aircon/policy"
)

// Roles knows the roles of IAM.
type Roles interface {
	// TrustPolicy returns a role's trust policy, and nil where there is no such role.
	TrustPolicy(tx store.Tx, roleARN string) (*policy.Document, error)
	// LinkedNeeds returns what the caller needs so that its account has the service-linked role: nothing where it has.
	LinkedNeeds(c *op.Call) ([]op.Need, error)
	// MakeLinked makes the service-linked role in the caller's account where there is none.
	MakeLinked(c *op.Call) error
}

// Options say how long things take on the service's clock, and how they end.
type Options struct {
	Create   time.Duration // until a new environment is AVAILABLE; 0 means 2 s, below 0 at once
	Update   time.Duration // until a FORCED update ends; 0 means 2 s, below 0 at once
	Graceful time.Duration // until a GRACEFUL update ends, which waits for running tasks; 0 means as long as Update
	Delete   time.Duration // until a deleted environment is gone; 0 means 2 s, below 0 at once
	Snapshot bool          // whether every update is CREATING_SNAPSHOT on its way, and not only one that changes Airflow's version

	// Maintenance is for how long an AVAILABLE environment made now is in MAINTENANCE from each start of its weekly window. AWS has something
	// to do in few of them; 0 means in none.
	Maintenance time.Duration

	// Fails says how a create or update that begins now will end: nil means well. A nil function means always well.
	Fails func(environment string, operation string) *Failure

	// WebServers are where InvokeRestApi's requests go, and which tokens are for; nil means that no Airflow runs.
	WebServers WebServers

	// Runtime runs environments' Airflows: what is under way ends when it says so, and not after a time. Nil means that none run.
	Runtime Runtime
}

// Failure is how a create or an update ends badly. What failed to be created is CREATE_FAILED. What failed to be updated is ROLLING_BACK for a
// while, and then UPDATE_FAILED with its former settings, or UNAVAILABLE.
type Failure struct {
	UpdateError      // what LastUpdate tells
	Lost        bool // whether rolling back fails too
}

const usual = 2 * time.Second

// lasts resolves the zero value of a duration.
func lasts(d time.Duration) time.Duration {
	if d == 0 {
		return usual
	}
	return max(d, 0)
}

// service is the state that operations share besides the store.
type service struct {
	roles   Roles
	options Options
}

// Service returns the service. Roles is where execution roles are looked up.
func Service(roles Roles, options Options) op.Service {
	s := &service{roles, options}
	return op.Service{
		Name:     "airflow",
		Protocol: op.RESTJSON,
		Tables:   []store.Schema{environments.Schema(), redeemed.Schema()},
		Work:     s.work(),
		Operations: []op.Operation{
			op.Write("CreateEnvironment", s.createNeeds, s.create).REST(http.MethodPut, "/environments/{Name}"),
			op.Read("GetEnvironment", onEnvironment[getInput]("GetEnvironment"), s.get).REST(http.MethodGet, "/environments/{Name}"),
			op.Read("ListEnvironments", listNeeds, list).REST(http.MethodGet, "/environments"),
			op.Write("UpdateEnvironment", s.updateNeeds, s.update).REST(http.MethodPatch, "/environments/{Name}"),
			op.Write("DeleteEnvironment", onEnvironment[deleteInput]("DeleteEnvironment"), s.remove).REST(http.MethodDelete, "/environments/{Name}"),
			op.Write("TagResource", tagNeeds, tag).REST(http.MethodPost, "/tags/{ResourceArn+}"),
			op.Write("UntagResource", untagNeeds, untag).REST(http.MethodDelete, "/tags/{ResourceArn+}"),
			op.Read("ListTagsForResource", listTagsNeeds, listTags).REST(http.MethodGet, "/tags/{ResourceArn+}"),
			op.Read("CreateWebLoginToken", nil, s.createWebToken).REST(http.MethodPost, "/webtoken/{Name}"),
			op.Read("CreateCliToken", onUntagged[cliTokenInput]("CreateCliToken"), s.createCLIToken).REST(http.MethodPost, "/clitoken/{Name}"),
			op.After(op.Operation{Name: "InvokeRestApi"}, granted, s.invokeRestAPI).REST(http.MethodPost, "/restapi/{Name}"),
			op.Read("PublishMetrics", onUntagged[metricsInput]("PublishMetrics"), publishMetrics).REST(http.MethodPost, "/metrics/environments/{EnvironmentName}"),
		},
	}
}
