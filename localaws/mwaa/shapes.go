package mwaa

import (
	"time"

	"aircon/mwaa"
)

// environment is the service's shape Environment. In the store it has no configuration options: those are sealed beside it.
type environment struct {
	Name                         string
	Status                       mwaa.Status
	Arn                          string
	CreatedAt                    time.Time
	WebserverUrl                 string `json:",omitempty"`
	ExecutionRoleArn             string
	ServiceRoleArn               string
	KmsKey                       string `json:",omitempty"`
	AirflowVersion               string
	SourceBucketArn              string
	DagS3Path                    string
	PluginsS3Path                string            `json:",omitempty"`
	PluginsS3ObjectVersion       string            `json:",omitempty"`
	RequirementsS3Path           string            `json:",omitempty"`
	RequirementsS3ObjectVersion  string            `json:",omitempty"`
	StartupScriptS3Path          string            `json:",omitempty"`
	StartupScriptS3ObjectVersion string            `json:",omitempty"`
	AirflowConfigurationOptions  map[string]string `json:",omitempty"`
	EnvironmentClass             string
	MaxWorkers                   int
	MinWorkers                   int
	Schedulers                   int
	MinWebservers                int
	MaxWebservers                int
	NetworkConfiguration         network
	LoggingConfiguration         logging
	LastUpdate                   *lastUpdate `json:",omitempty"`
	WeeklyMaintenanceWindowStart string
	Tags                         map[string]string `json:",omitempty"`
	WebserverAccessMode          string
	WebserverVpcEndpointService  string `json:",omitempty"`
	DatabaseVpcEndpointService   string `json:",omitempty"`
	CeleryExecutorQueue          string `json:",omitempty"`
	EndpointManagement           string
}

type network struct {
	SubnetIds        []string `json:",omitempty"`
	SecurityGroupIds []string `json:",omitempty"`
}

// logging is LoggingConfiguration, and as an input LoggingConfigurationInput, whose modules have no log group.
type logging struct {
	DagProcessingLogs *moduleLogging `json:",omitempty"`
	SchedulerLogs     *moduleLogging `json:",omitempty"`
	WebserverLogs     *moduleLogging `json:",omitempty"`
	WorkerLogs        *moduleLogging `json:",omitempty"`
	TaskLogs          *moduleLogging `json:",omitempty"`
}

type moduleLogging struct {
	Enabled               *bool  `json:",omitempty"`
	LogLevel              string `json:",omitempty"`
	CloudWatchLogGroupArn string `json:",omitempty"`
}

type lastUpdate struct {
	Status                    string // SUCCESS, PENDING or FAILED
	CreatedAt                 time.Time
	Error                     *UpdateError  `json:",omitempty"`
	Source                    string        `json:",omitempty"`
	WorkerReplacementStrategy mwaa.Strategy `json:",omitempty"`
}

// UpdateError is why a create or update failed, as LastUpdate tells it.
type UpdateError struct {
	ErrorCode    string // such as INCORRECT_CONFIGURATION
	ErrorMessage string
}

// settings are the members that CreateEnvironment and UpdateEnvironment have in common. Nil and "" mean that a member was not sent.
type settings struct {
	Name                         string            `location:"uri" locationName:"Name"`
	ExecutionRoleArn             string            `json:",omitempty"`
	AirflowConfigurationOptions  map[string]string `json:",omitempty"`
	AirflowVersion               string            `json:",omitempty"`
	DagS3Path                    string            `json:",omitempty"`
	EnvironmentClass             string            `json:",omitempty"`
	LoggingConfiguration         *logging          `json:",omitempty"`
	MaxWorkers                   *int              `json:",omitempty"`
	MinWorkers                   *int              `json:",omitempty"`
	MaxWebservers                *int              `json:",omitempty"`
	MinWebservers                *int              `json:",omitempty"`
	NetworkConfiguration         *network          `json:",omitempty"`
	PluginsS3Path                string            `json:",omitempty"`
	PluginsS3ObjectVersion       string            `json:",omitempty"`
	RequirementsS3Path           string            `json:",omitempty"`
	RequirementsS3ObjectVersion  string            `json:",omitempty"`
	Schedulers                   *int              `json:",omitempty"`
	SourceBucketArn              string            `json:",omitempty"`
	StartupScriptS3Path          string            `json:",omitempty"`
	StartupScriptS3ObjectVersion string            `json:",omitempty"`
	WebserverAccessMode          string            `json:",omitempty"`
	WeeklyMaintenanceWindowStart string            `json:",omitempty"`
}

type createInput struct {
	settings
	KmsKey             string            `json:",omitempty"`
	EndpointManagement string            `json:",omitempty"`
	Tags               map[string]string `json:",omitempty"`
}

type updateInput struct {
	settings
	WorkerReplacementStrategy mwaa.Strategy `json:",omitempty"`
}

// named is an input that names an environment in its path.
type named interface{ environmentName() string }

type (
	getInput struct {
		Name string `location:"uri"`
	}
	deleteInput struct {
		Name string `location:"uri"`
	}
	webTokenInput struct {
		Name string `location:"uri"`
	}
	cliTokenInput struct {
		Name string `location:"uri"`
	}
)

func (in *getInput) environmentName() string      { return in.Name }
func (in *deleteInput) environmentName() string   { return in.Name }
func (in *webTokenInput) environmentName() string { return in.Name }
func (in *cliTokenInput) environmentName() string { return in.Name }

type (
	arnOutput   struct{ Arn string }
	emptyOutput struct{}
	getOutput   struct{ Environment *environment }
	listInput   struct {
		MaxResults *int   `location:"querystring"`
		NextToken  string `location:"querystring"`
	}
	listOutput struct {
		Environments []string
		NextToken    string `json:",omitempty"`
	}
	tagInput struct {
		ResourceArn string `location:"uri"`
		Tags        map[string]string
	}
	untagInput struct {
		ResourceArn string   `location:"uri"`
		TagKeys     []string `location:"querystring" locationName:"tagKeys"`
	}
	listTagsInput struct {
		ResourceArn string `location:"uri"`
	}
	listTagsOutput struct {
		Tags map[string]string `json:",omitempty"`
	}
)
