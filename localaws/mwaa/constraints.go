package mwaa

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"aircon/localaws/constraint"
	"aircon/mwaa"
)

// rule is what the service's model says of a string: its length in characters, its pattern, its values.
type rule struct {
	min, max int
	pattern  *constraint.Pattern
	enum     []string
}

// The model's string shapes.
var (
	nameRule     = rule{1, 80, constraint.Matching(`[a-zA-Z][0-9a-zA-Z-_]*`), nil}
	arnRule      = rule{1, 1224, constraint.Matching(`arn:aws(-[a-z]+)?:airflow:[a-z0-9\-]+:\d{12}:environment/\w+.*`), nil}
	roleRule     = rule{1, 1224, constraint.Matching(`arn:aws(-[a-z]+)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+`), nil}
	bucketRule   = rule{1, 1224, constraint.Matching(`arn:aws(-[a-z]+)?:s3:::[a-z0-9.\-]+`), nil}
	pathRule     = rule{1, 1024, constraint.Matching(`.*`), nil}
	objectRule   = rule{min: 1, max: 1024}
	classRule    = rule{min: 1, max: 1024}
	keyRule      = rule{1, 1224, constraint.Matching(`(((arn:aws(-[a-z]+)?:kms:[a-z]{2}-[a-z]+-\d:\d+:)?key\/)?[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}|(arn:aws(-[a-z]+)?:kms:[a-z]{2}-[a-z]+-\d:\d+:)?alias/.+)`), nil}
	versionRule  = rule{1, 32, constraint.Matching(`[0-9a-z.]+`), nil}
	windowRule   = rule{1, 9, constraint.Matching(`.*(MON|TUE|WED|THU|FRI|SAT|SUN):([01]\d|2[0-3]):(00|30).*`), nil}
	levelRule    = rule{enum: []string{"CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG"}}
	accessRule   = rule{enum: []string{"PRIVATE_ONLY", "PUBLIC_ONLY", "PUBLIC_AND_PRIVATE"}}
	endpointRule = rule{enum: []string{"CUSTOMER", "SERVICE"}}
	strategyRule = rule{enum: []string{string(mwaa.Forced), string(mwaa.Graceful)}}
	optionKey    = rule{1, mwaa.MaxKeyLength, constraint.Matching(`[a-z]+([a-z0-9._]*[a-z0-9_]+)?`), nil}
	optionValue  = rule{1, mwaa.MaxValueLength, constraint.Matching(`[ -~]+`), nil}
	tagKeyRule   = rule{1, 128, constraint.Matching(`([\p{L}\p{Z}\p{N}_.:/=+\-@]*)`), nil}
	tagValueRule = rule{1, 256, constraint.Matching(`([\p{L}\p{Z}\p{N}_.:/=+\-@]*)`), nil}
	subnetRule   = rule{1, 1024, constraint.Matching(`subnet-[a-zA-Z0-9\-._]+`), nil}
	groupRule    = rule{1, 1024, constraint.Matching(`sg-[a-zA-Z0-9\-._]+`), nil}
)

// broken returns the constraints that a value does not satisfy, as AWS words them.
func (r rule) broken(value string) []string {
	var broken []string
	length := len([]rune(value))
	for _, c := range r.words() {
		if c.breaks(value, length) {
			broken = append(broken, c.text)
		}
	}
	return broken
}

// sentence is one constraint of a rule.
type sentence struct {
	text   string
	breaks func(value string, length int) bool
}

// words returns the rule's constraints in the order in which AWS lists them.
func (r rule) words() []sentence {
	var words []sentence
	if r.max > 0 {
		words = append(words,
			sentence{fmt.Sprintf("Member must have length less than or equal to %d", r.max), func(_ string, n int) bool { return n > r.max }},
			sentence{fmt.Sprintf("Member must have length greater than or equal to %d", r.min), func(_ string, n int) bool { return n < r.min }})
	}
	if r.pattern != nil {
		words = append(words, sentence{
			"Member must satisfy regular expression pattern: " + r.pattern.Text, func(v string, _ int) bool { return !r.pattern.Match(v) },
		})
	}
	if r.enum != nil {
		words = append(words, sentence{
			"Member must satisfy enum value set: [" + strings.Join(r.enum, ", ") + "]", func(v string, _ int) bool { return !slices.Contains(r.enum, v) },
		})
	}
	return words
}

// all returns the rule's constraints as AWS lists them for the members of a list or map.
func (r rule) all() string {
	var texts []string
	for _, c := range r.words() {
		texts = append(texts, c.text)
	}
	return "[" + strings.Join(texts, ", ") + "]"
}

// checker gathers what an input breaks. Members are named as AWS names them in messages: networkConfiguration.subnetIds.
type checker struct{ constraint.Errors }

func quoted(value string) string { return "'" + value + "'" }

// required checks a string that must be there.
func (c *checker) required(at, value string, r rule) {
	if value == "" {
		c.Null(at)
		return
	}
	c.text(at, value, r)
}

// text checks a string, if it was sent.
func (c *checker) text(at, value string, r rule) {
	if value == "" {
		return
	}
	for _, broken := range r.broken(value) {
		c.Fault(at, quoted(value), broken)
	}
}

// atLeastOne checks a number, if it was sent.
func (c *checker) atLeastOne(at string, value *int) {
	if value != nil && *value < 1 {
		c.Fault(at, quoted(fmt.Sprint(*value)), "Member must have value greater than or equal to 1")
	}
}

// atMost checks a number, if it was sent.
func (c *checker) atMost(at string, value *int, high int) {
	if value != nil && *value > high {
		c.Fault(at, quoted(fmt.Sprint(*value)), fmt.Sprintf("Member must have value less than or equal to %d", high))
	}
}

// list checks a list's length and members.
func (c *checker) list(at string, values []string, low, high int, r rule) {
	shown := quoted("[" + strings.Join(values, ", ") + "]")
	switch {
	case len(values) > high:
		c.Fault(at, shown, fmt.Sprintf("Member must have length less than or equal to %d", high))
	case len(values) < low:
		c.Fault(at, shown, fmt.Sprintf("Member must have length greater than or equal to %d", low))
	}
	if slices.ContainsFunc(values, func(v string) bool { return len(r.broken(v)) > 0 }) {
		c.Fault(at, shown, "Member must satisfy constraint: "+r.all())
	}
}

// table checks a map's keys and values. Shown is "" for a map that the model calls sensitive.
func (c *checker) table(at, shown string, m map[string]string, key, value rule) {
	badKey, badValue := false, false
	for k, v := range m {
		badKey = badKey || len(key.broken(k)) > 0
		badValue = badValue || len(value.broken(v)) > 0
	}
	if badKey {
		c.Fault(at, shown, "Map keys must satisfy constraint: "+key.all())
	}
	if badValue {
		c.Fault(at, shown, "Map value must satisfy constraint: "+value.all())
	}
}

// tags checks a map of tags.
func (c *checker) tags(at string, tags map[string]string) {
	var shown []string
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		shown = append(shown, k+"="+tags[k])
	}
	text := quoted("{" + strings.Join(shown, ", ") + "}")
	if len(tags) > maxTags {
		c.Fault(at, text, fmt.Sprintf("Member must have length less than or equal to %d", maxTags))
	}
	c.table(at, text, tags, tagKeyRule, tagValueRule)
}

// settings checks what create and update have in common.
func (c *checker) settings(in *settings) {
	c.required("name", in.Name, nameRule)
	c.table("airflowConfigurationOptions", "", in.AirflowConfigurationOptions, optionKey, optionValue)
	c.text("airflowVersion", in.AirflowVersion, versionRule)
	c.text("environmentClass", in.EnvironmentClass, classRule)
	for _, p := range []struct{ at, path, version string }{
		{"pluginsS3", in.PluginsS3Path, in.PluginsS3ObjectVersion},
		{"requirementsS3", in.RequirementsS3Path, in.RequirementsS3ObjectVersion},
		{"startupScriptS3", in.StartupScriptS3Path, in.StartupScriptS3ObjectVersion},
	} {
		c.text(p.at+"Path", p.path, pathRule)
		c.text(p.at+"ObjectVersion", p.version, objectRule)
	}
	c.atLeastOne("maxWorkers", in.MaxWorkers)
	c.atLeastOne("minWorkers", in.MinWorkers)
	c.atLeastOne("maxWebservers", in.MaxWebservers)
	c.atLeastOne("minWebservers", in.MinWebservers)
	c.atMost("schedulers", in.Schedulers, 5)
	c.text("webserverAccessMode", in.WebserverAccessMode, accessRule)
	c.text("weeklyMaintenanceWindowStart", in.WeeklyMaintenanceWindowStart, windowRule)
	if in.LoggingConfiguration != nil {
		for _, m := range modules {
			c.module("loggingConfiguration."+m.member, *m.of(in.LoggingConfiguration))
		}
	}
}

func (c *checker) module(at string, m *moduleLogging) {
	if m == nil {
		return
	}
	if m.Enabled == nil {
		c.Null(at + ".enabled")
	}
	c.required(at+".logLevel", m.LogLevel, levelRule)
}

func checkCreate(in *createInput) error {
	var c checker
	c.settings(&in.settings)
	c.required("executionRoleArn", in.ExecutionRoleArn, roleRule)
	c.required("sourceBucketArn", in.SourceBucketArn, bucketRule)
	c.required("dagS3Path", in.DagS3Path, pathRule)
	c.text("kmsKey", in.KmsKey, keyRule)
	c.text("endpointManagement", in.EndpointManagement, endpointRule)
	c.tags("tags", in.Tags)
	if in.NetworkConfiguration == nil {
		c.Null("networkConfiguration")
	} else {
		c.list("networkConfiguration.subnetIds", in.NetworkConfiguration.SubnetIds, 2, 2, subnetRule)
		c.list("networkConfiguration.securityGroupIds", in.NetworkConfiguration.SecurityGroupIds, 1, 5, groupRule)
	}
	return c.Err()
}

func checkUpdate(in *updateInput) error {
	var c checker
	c.settings(&in.settings)
	c.text("executionRoleArn", in.ExecutionRoleArn, roleRule)
	c.text("sourceBucketArn", in.SourceBucketArn, bucketRule)
	c.text("dagS3Path", in.DagS3Path, pathRule)
	c.text("workerReplacementStrategy", string(in.WorkerReplacementStrategy), strategyRule)
	if in.NetworkConfiguration != nil {
		c.list("networkConfiguration.securityGroupIds", in.NetworkConfiguration.SecurityGroupIds, 1, 5, groupRule)
	}
	return c.Err()
}
