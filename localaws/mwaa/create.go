package mwaa

import (
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"aircon/localaws/op"
	"aircon/mwaa"
)

// classes are the environment classes, and micro the one that runs everything once.
const micro = "mw1.micro"

var classes = []string{micro, "mw1.small", "mw1.medium", "mw1.large", "mw1.xlarge", "mw1.2xlarge"}

// create makes an environment, CREATING until Options.Create has passed. One whose VPC endpoints the customer makes is PENDING for the middle third
// of that time: local AWS has no VPC, and takes the endpoints for made.
//
// The first environment of an account makes its service-linked role (MWAA User Guide, "Service-linked role for Amazon MWAA").
//
// IAM: airflow:CreateEnvironment, iam:PassRole on the execution role, airflow:TagResource if there are tags, and iam:CreateServiceLinkedRole for the
// first environment ("Accessing an Amazon MWAA environment", the policy for full API access).
func (s *service) create(c *op.Call, in *createInput) (*arnOutput, error) {
	if err := purge(c); err != nil {
		return nil, err
	}
	if _, taken, err := lookup(c, in.Name); err != nil || taken {
		if err == nil {
			err = exists(in.Name)
		}
		return nil, err
	}
	if in.NetworkConfiguration.SubnetIds[0] == in.NetworkConfiguration.SubnetIds[1] {
		return nil, badCombination("The two subnets must be different, in two Availability Zones.")
	}
	v := version{Environment: s.fresh(c, in)}
	if err := s.apply(c, &v.Environment, &in.settings); err != nil {
		return nil, err
	}
	if err := v.seal(c, in.AirflowConfigurationOptions); err != nil {
		return nil, err
	}
	v.Environment.Status = mwaa.Creating
	v.Environment.LastUpdate = &lastUpdate{Status: "PENDING", CreatedAt: c.Now}
	r := record{
		Settled: v, Begun: c.Now, Ends: c.Now.Add(lasts(s.options.Create)), Fails: s.fate(c, in.Name, "CreateEnvironment"), Maintained: s.options.Maintenance,
	}
	if s.options.Runtime != nil {
		r.Waits = true
	} else if v.Environment.EndpointManagement == byCustomer {
		r.Visits = []mwaa.Status{mwaa.Creating, mwaa.Pending, mwaa.Creating}
	}
	if err := s.roles.MakeLinked(c); err != nil {
		return nil, err
	}
	return &arnOutput{v.Environment.Arn}, r.put(c)
}

// byCustomer is the EndpointManagement of an environment whose VPC endpoints its owner makes.
const byCustomer = "CUSTOMER"

// fate is how what begins now will end.
func (s *service) fate(c *op.Call, name, operation string) *Failure {
	switch {
	case c.Ends != nil && c.Ends.Code == "":
		usual := IncorrectConfiguration()
		usual.Lost = c.Ends.Lost
		return usual
	case c.Ends != nil:
		return &Failure{UpdateError{c.Ends.Code, c.Ends.Message}, c.Ends.Lost}
	case s.options.Fails != nil:
		return s.options.Fails(name, operation)
	}
	return nil
}

// fresh returns a new environment with AWS's defaults and everything that AWS makes up.
func (s *service) fresh(c *op.Call, in *createInput) environment {
	id, once := uuid(), 2
	class := orDefault(in.EnvironmentClass, "mw1.small")
	if class == micro {
		once = 1
	}
	workers := 10
	if class == micro {
		workers = 1
	}
	e := environment{
		Name: in.Name, Arn: arn(c, in.Name), CreatedAt: c.Now.Truncate(time.Second),
		ServiceRoleArn:               fmt.Sprintf("arn:%s:iam::%s:role/aws-service-role/airflow.amazonaws.com/AWSServiceRoleForAmazonMWAA", c.Partition, c.Account),
		KmsKey:                       in.KmsKey,
		AirflowVersion:               mwaa.LatestVersion(),
		EnvironmentClass:             class,
		MaxWorkers:                   workers,
		MinWorkers:                   1,
		Schedulers:                   once,
		MinWebservers:                once,
		MaxWebservers:                once,
		NetworkConfiguration:         *in.NetworkConfiguration,
		WeeklyMaintenanceWindowStart: "SUN:03:30",
		Tags:                         in.Tags,
		WebserverAccessMode:          "PRIVATE_ONLY",
		EndpointManagement:           orDefault(in.EndpointManagement, "SERVICE"),
		WebserverUrl:                 fmt.Sprintf("%s.c1.airflow.%s.on.aws", id, c.Region),
		CeleryExecutorQueue:          fmt.Sprintf("arn:%s:sqs:%s:%s:airflow-celery-%s", c.Partition, c.Region, c.Account, id),
		DatabaseVpcEndpointService:   endpointService(c.Region),
	}
	if e.EndpointManagement == byCustomer {
		e.WebserverVpcEndpointService = endpointService(c.Region)
	}
	for _, m := range modules {
		off := m.member != "taskLogs" // task logs alone are on by default
		enabled := !off
		*m.of(&e.LoggingConfiguration) = &moduleLogging{Enabled: &enabled, LogLevel: "INFO"}
	}
	return e
}

func orDefault(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}

// uuid returns a random UUID, version 4.
func uuid() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func endpointService(region string) string {
	return "com.amazonaws.vpce." + region + ".vpce-svc-" + strings.ReplaceAll(uuid(), "-", "")[:17]
}
