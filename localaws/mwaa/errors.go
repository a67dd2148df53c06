package mwaa

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"aircon/localaws/op"
	"aircon/mwaa"
)

// Messages that users of the real service have published.

// badRole: idealo/terraform-aws-mwaa issue 156.
func badRole(arn string) error {
	return invalid("Failed to assume role " + arn + ". This could be due to the role's trust policy. Please ensure your role is assumable by '" +
		servicePrincipal + "' Service Principal and try again.")
}

// notDotted: LBHackney-IT/Data-Platform pull request 1849.
func notDotted(keys []string) error {
	return invalid("Some of the provided configurations do not have the expected format: " + strings.Join(keys, ", ") + ", e.g: core.log_format.")
}

// notUpdatable: cloud-custodian/cloud-custodian pull request 8866.
func notUpdatable(status mwaa.Status) error {
	return invalid(fmt.Sprintf("Environments with %s status cannot be updated.", status))
}

// IncorrectConfiguration is the LastUpdate error that most failed environments have: LBHackney-IT/Data-Platform pull request 1764.
func IncorrectConfiguration() *Failure {
	return &Failure{UpdateError: UpdateError{
		"INCORRECT_CONFIGURATION",
		"You may need to check the execution role permissions policy for your environment, and that each of the VPC networking components required by the " +
			"environment are configured to allow traffic. Troubleshooting: https://docs.aws.amazon.com/mwaa/latest/userguide/troubleshooting.html",
	}}
}

// onlyOne: hashicorp/terraform-provider-aws issue 41681, which has it of the web servers; the others are worded alike.
func onlyOne(what, class string) error {
	return invalid("The " + what + " count for environment class " + class + " must be 1.")
}

// Messages whose wording is not publicly known: the code and status are AWS's, the words are ours.

func notDeletable(status mwaa.Status) error {
	return invalid(fmt.Sprintf("Environments with %s status cannot be deleted.", status))
}

func notFound(name string) error {
	return &op.Error{Code: "ResourceNotFoundException", Message: "Environment " + name + " not found.", Status: http.StatusNotFound}
}

func exists(name string) error { return invalid("Environment " + name + " already exists.") }

func badVersion(version string) error {
	return invalid("Apache Airflow version " + version + " is not supported. Valid values: " + strings.Join(mwaa.Versions(), ", ") + ".")
}

func otherAccount() error {
	return &op.Error{Code: "AccessDeniedException", Message: "Cross-account pass role is not allowed.", Status: http.StatusForbidden}
}

// between is said of what the user guide bounds for the classes above the smallest.
func between(what, class string, low, high int) error {
	return invalid(fmt.Sprintf("The %s count for environment class %s must be between %d and %d.", what, class, low, high))
}

func badAccess(mode, version string) error {
	return invalid("Web server access mode " + mode + " is not supported for Apache Airflow version " + version + ".")
}

// maintenanceSource is LastUpdate.Source of an update that AWS made in the weekly window.
const maintenanceSource = "MAINTENANCE"

// noWebServer is what InvokeRestApi answers while nothing listens behind an environment's web server: as a web server's own failure.
func noWebServer() error {
	return &op.Error{Code: "RestApiServerException", Status: http.StatusBadRequest, Fields: map[string]any{
		"RestApiStatusCode": http.StatusServiceUnavailable,
		"RestApiResponse": json.RawMessage(`{"title":"Service Unavailable","status":503,` +
			`"detail":"The web server of this environment cannot be reached: no Airflow of it runs. aircon local airflow starts one."}`),
	}}
}

func badToken() error { return invalid("Invalid NextToken.") }

func badCombination(message string) error { return invalid(message) }

// invalid is a ValidationException.
func invalid(message string) error {
	return &op.Error{Code: "ValidationException", Message: message, Status: http.StatusBadRequest}
}

// undotted returns the option keys that name no section, in order.
func undotted(options map[string]string) []string {
	var keys []string
	for key := range options {
		if section, option, ok := strings.Cut(key, "."); !ok || section == "" || option == "" {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}
