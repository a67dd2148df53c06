package mwaa

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestComposePrecedence(t *testing.T) {
	const kwargs = "AIRFLOW__SECRETS__BACKEND_KWARGS"
	for _, test := range []struct {
		name  string
		setup Setup
		ask   string
		want  Value // the zero value: not set
		lost  []Overridden
	}{
		{
			"a default",
			Setup{Version: "2.10.3"},
			kwargs,
			Value{DefaultKwargs, Default},
			nil,
		},
		{
			"a default from 3.0",
			Setup{Version: "3.0.6"},
			"AIRFLOW__WORKERS__SECRETS_BACKEND_KWARGS",
			Value{DefaultKwargs, Default},
			nil,
		},
		{"… and not before", Setup{Version: "2.11.2"}, "AIRFLOW__WORKERS__SECRETS_BACKEND_KWARGS", Value{}, nil},
		{
			"a default over the container",
			Setup{Version: "2.10.3", Container: map[string]string{kwargs: "{}"}},
			kwargs,
			Value{DefaultKwargs, Default},
			nil,
		},
		{
			"the startup script over a default",
			Setup{Version: "2.10.3", Startup: map[string]string{kwargs: "{}"}},
			kwargs,
			Value{"{}", StartupScript},
			nil,
		},
		{
			"an option over the startup script",
			Setup{Version: "2.10.3", Startup: map[string]string{kwargs: "{}"}, Options: map[string]string{OptionBackendKwargs: `{"sep": "-"}`}},
			kwargs,
			Value{`{"sep": "-"}`, Option},
			[]Overridden{{kwargs, StartupScript, Option}},
		},
		{
			"the startup script repeats what options set, and nothing is lost",
			Setup{Version: "2.10.3", Startup: map[string]string{kwargs: "{}"}, Options: map[string]string{OptionBackendKwargs: "{}"}},
			kwargs,
			Value{"{}", Option},
			nil,
		},
		{
			"a protected variable of the container",
			Setup{Version: "2.10.3", Container: map[string]string{"AWS_REGION": "eu-west-1"}, Startup: map[string]string{"AWS_REGION": "us-east-1"}},
			"AWS_REGION",
			Value{"eu-west-1", ProtectedVariable},
			[]Overridden{{"AWS_REGION", StartupScript, ProtectedVariable}},
		},
		{
			"a protected variable that the container lacks",
			Setup{Version: "2.10.3", Startup: map[string]string{"MWAA__X__Y": "1"}},
			"MWAA__X__Y",
			Value{"1", StartupScript},
			nil,
		},
		{
			"an essential over an option",
			Setup{Version: "2.10.3", Options: map[string]string{"core.load_examples": "True"}},
			"AIRFLOW__CORE__LOAD_EXAMPLES",
			Value{"False", Essential},
			[]Overridden{{"AIRFLOW__CORE__LOAD_EXAMPLES", Option, Essential}},
		},
		{
			"an essential of unknown value",
			Setup{Version: "2.10.3", Options: map[string]string{"core.fernet_key": "x"}},
			"AIRFLOW__CORE__FERNET_KEY",
			Value{},
			[]Overridden{{"AIRFLOW__CORE__FERNET_KEY", Option, Essential}},
		},
		{
			"an essential whose value is given",
			Setup{Version: "2.10.3", Essential: map[string]string{"AIRFLOW__CORE__FERNET_KEY": "k"}},
			"AIRFLOW__CORE__FERNET_KEY",
			Value{"k", Essential},
			nil,
		},
		{
			"an essential that came later",
			Setup{Version: "2.10.3", Options: map[string]string{"core.multi_team": "True"}},
			"AIRFLOW__CORE__MULTI_TEAM",
			Value{"True", Option},
			nil,
		},
		{
			"metrics",
			Setup{Version: "2.10.3", Options: map[string]string{"metrics.statsd_host": "example.com"}},
			"AIRFLOW__METRICS__STATSD_HOST",
			Value{},
			[]Overridden{{"AIRFLOW__METRICS__STATSD_HOST", Option, Essential}},
		},
		{"what boto3 adds to its user agent", Setup{Version: "2.10.3"}, "AWS_EXECUTION_ENV", Value{"Amazon_MWAA_2103", Essential}, nil},
		{"aws_default", Setup{Version: "3.3.1"}, "AIRFLOW_CONN_AWS_DEFAULT", Value{"aws://", Default}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			vars, lost := Compose(test.setup)
			if got := vars[test.ask]; got != test.want {
				t.Errorf("%s = %+v, want %+v", test.ask, got, test.want)
			}
			if diff := cmp.Diff(test.lost, lost); diff != "" {
				t.Error("overridden (-want +got):\n" + diff)
			}
			if vars.Map()[test.ask] != test.want.Text {
				t.Error("Map gives something else")
			}
		})
	}
}

// CheckOptions and Compose judge the same thing from two sides.
func TestOptionsWithoutEffectAreOverridden(t *testing.T) {
	for _, version := range Versions() {
		for _, e := range essentials {
			key := optionOf(e.name)
			if key == "" {
				continue
			}
			options := map[string]string{key: "the user's"}
			_, lost := Compose(Setup{Version: version, Options: options})
			faults := CheckOptions(version, options)
			said := len(faults) == 1 && faults[0].Trouble == NoEffect
			if said != (len(lost) == 1) {
				t.Errorf("%s, Airflow %s: faults %v, overridden %v", key, version, faults, lost)
			}
		}
	}
}
