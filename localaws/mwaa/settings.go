package mwaa

import (
	"fmt"
	"slices"
	"strings"

	"aircon/localaws/op"
	"aircon/mwaa"
)

// modules are the five logs of an environment: how messages and log groups name them.
var modules = []struct {
	member string
	group  string
	of     func(*logging) **moduleLogging
}{
	{"dagProcessingLogs", "DAGProcessing", func(l *logging) **moduleLogging { return &l.DagProcessingLogs }},
	{"schedulerLogs", "Scheduler", func(l *logging) **moduleLogging { return &l.SchedulerLogs }},
	{"webserverLogs", "WebServer", func(l *logging) **moduleLogging { return &l.WebserverLogs }},
	{"workerLogs", "Worker", func(l *logging) **moduleLogging { return &l.WorkerLogs }},
	{"taskLogs", "Task", func(l *logging) **moduleLogging { return &l.TaskLogs }},
}

// apply puts the settings that were sent into e, which must be the caller's own, and checks what the model cannot say.
func (s *service) apply(c *op.Call, e *environment, in *settings) error {
	if keys := undotted(in.AirflowConfigurationOptions); len(keys) > 0 {
		return notDotted(keys)
	}
	if in.AirflowVersion != "" && !mwaa.Supported(in.AirflowVersion) {
		return badVersion(in.AirflowVersion)
	}
	if in.EnvironmentClass != "" && !slices.Contains(classes, in.EnvironmentClass) {
		return badCombination("Environment class " + in.EnvironmentClass + " is not supported. Valid values: " + strings.Join(classes, ", ") + ".")
	}
	if in.ExecutionRoleArn != "" {
		if err := s.assumable(c, in.Name, in.ExecutionRoleArn); err != nil {
			return err
		}
	}
	overwrite(e, in)
	logs(c, e, in.LoggingConfiguration)
	return coherent(e)
}

// overwrite replaces each member that was sent.
func overwrite(e *environment, in *settings) {
	for _, m := range []struct {
		to   *string
		from string
	}{
		{&e.ExecutionRoleArn, in.ExecutionRoleArn},
		{&e.AirflowVersion, in.AirflowVersion},
		{&e.DagS3Path, in.DagS3Path},
		{&e.EnvironmentClass, in.EnvironmentClass},
		{&e.PluginsS3Path, in.PluginsS3Path},
		{&e.PluginsS3ObjectVersion, in.PluginsS3ObjectVersion},
		{&e.RequirementsS3Path, in.RequirementsS3Path},
		{&e.RequirementsS3ObjectVersion, in.RequirementsS3ObjectVersion},
		{&e.SourceBucketArn, in.SourceBucketArn},
		{&e.StartupScriptS3Path, in.StartupScriptS3Path},
		{&e.StartupScriptS3ObjectVersion, in.StartupScriptS3ObjectVersion},
		{&e.WebserverAccessMode, in.WebserverAccessMode},
		{&e.WeeklyMaintenanceWindowStart, in.WeeklyMaintenanceWindowStart},
	} {
		if m.from != "" {
			*m.to = m.from
		}
	}
	for _, m := range []struct{ to, from *int }{
		{&e.MaxWorkers, in.MaxWorkers},
		{&e.MinWorkers, in.MinWorkers},
		{&e.MaxWebservers, in.MaxWebservers},
		{&e.MinWebservers, in.MinWebservers},
		{&e.Schedulers, in.Schedulers},
	} {
		if m.from != nil {
			*m.to = *m.from
		}
	}
	if in.NetworkConfiguration != nil {
		e.NetworkConfiguration.SecurityGroupIds = in.NetworkConfiguration.SecurityGroupIds
	}
}

// logs replaces the logging of each module that was sent, and names the log groups of those that are on.
func logs(c *op.Call, e *environment, in *logging) {
	fresh := e.LoggingConfiguration
	for _, m := range modules {
		current := **m.of(&e.LoggingConfiguration)
		if in != nil && *m.of(in) != nil {
			sent := *m.of(in)
			current.Enabled, current.LogLevel = sent.Enabled, sent.LogLevel
		}
		if *current.Enabled {
			current.CloudWatchLogGroupArn = fmt.Sprintf("arn:%s:logs:%s:%s:log-group:airflow-%s-%s", c.Partition, c.Region, c.Account, e.Name, m.group)
		}
		*m.of(&fresh) = &current
	}
	e.LoggingConfiguration = fresh
}

// coherent checks members against each other.
func coherent(e *environment) error {
	switch {
	case e.MinWorkers > e.MaxWorkers:
		return badCombination("MinWorkers must be less than or equal to MaxWorkers.")
	case e.MinWebservers > e.MaxWebservers:
		return badCombination("MinWebservers must be less than or equal to MaxWebservers.")
	case e.RequirementsS3Path != "" && e.RequirementsS3ObjectVersion == "":
		return badCombination("RequirementsS3ObjectVersion is required with RequirementsS3Path.")
	case e.PluginsS3Path != "" && e.PluginsS3ObjectVersion == "":
		return badCombination("PluginsS3ObjectVersion is required with PluginsS3Path.")
	case e.StartupScriptS3Path != "" && e.StartupScriptS3ObjectVersion == "":
		return badCombination("StartupScriptS3ObjectVersion is required with StartupScriptS3Path.")
	case !slices.Contains(mwaa.AccessModes(e.AirflowVersion), e.WebserverAccessMode):
		return badAccess(e.WebserverAccessMode, e.AirflowVersion)
	}
	return counted(e)
}

// counted checks how many of each process an environment's class has: one of each in the smallest, two to five schedulers and web servers in
// all others.
//
// Source: the API reference, CreateEnvironment, Schedulers, MinWebservers and MaxWebservers.
func counted(e *environment) error {
	for _, p := range []struct {
		what  string
		count int
		high  int // 0: any number, but in the smallest class
	}{
		{"web server", e.MinWebservers, 5}, {"web server", e.MaxWebservers, 5}, {"scheduler", e.Schedulers, 5}, {"worker", e.MaxWorkers, 0},
	} {
		switch {
		case e.EnvironmentClass == micro && p.count != 1:
			return onlyOne(p.what, micro)
		case e.EnvironmentClass != micro && p.high > 0 && (p.count < 2 || p.count > p.high):
			return between(p.what, e.EnvironmentClass, 2, p.high)
		}
	}
	return nil
}
