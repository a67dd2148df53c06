package mwaa

import (
	"strings"
	"testing"
)

func TestCheckOptions(t *testing.T) {
	for _, test := range []struct {
		name, version, key, value string
		trouble                   Trouble
		nearest                   string
	}{
		{"fine", "2.10.3", "core.log_format", "%(message)s", 0, ""},
		{"a section of the user's own", "2.10.3", "foo.user", "x", 0, ""},
		{"the backend", "2.10.3", OptionBackend, BackendClass, 0, ""},
		{"key: empty", "2.10.3", "", "x", BadKey, ""},
		{"key: upper case", "2.10.3", "Core.log_format", "x", BadKey, ""},
		{"key: hyphen", "2.10.3", "core.log-format", "x", BadKey, ""},
		{"key: digit first", "2.10.3", "1core.x", "x", BadKey, ""},
		{"key: ends with a dot", "2.10.3", "core.", "x", BadKey, ""},
		{"key: no section", "2.10.3", "weekly_maintenance_window_start", "x", BadKey, ""},
		{"key: as long as may be", "2.10.3", "core." + strings.Repeat("x", MaxKeyLength-5), "x", 0, ""},
		{"key: too long", "2.10.3", "core." + strings.Repeat("x", MaxKeyLength-4), "x", BadKey, ""},
		{"value: empty", "2.10.3", "core.x", "", BadValue, ""},
		{"value: as long as may be", "2.10.3", "core.x", strings.Repeat("x", MaxValueLength), 0, ""},
		{"value: too long", "2.10.3", "core.x", strings.Repeat("x", MaxValueLength+1), BadValue, ""},
		{"value: line break", "2.10.3", "core.x", "a\nb", BadValue, ""},
		{"value: not ASCII", "2.10.3", "core.x", "é", BadValue, ""},
		{"executor is MWAA's", "2.10.3", "core.executor", "LocalExecutor", NoEffect, ""},
		{"base URL is MWAA's", "3.0.6", "api.base_url", "https://example.com", NoEffect, ""},
		{"multi-team came with 3.2", "3.0.6", "core.multi_team", "True", 0, ""},
		{"multi-team is off", "3.2.1", "core.multi_team", "True", NoEffect, ""},
		{"visibility timeout ended with 3.2", "3.2.1", "celery_broker_transport_options.visibility_timeout", "1", 0, ""},
		{"metrics are MWAA's", "2.10.3", "metrics.statsd_host", "example.com", NoEffect, ""},
		{"some metrics options are handed on", "2.10.3", "metrics.metrics_allow_list", "scheduler", 0, ""},
		{"misspelt option", "2.10.3", "secrets.backends", BackendClass, Unknown, "secrets.backend"},
		{"misspelt section", "2.10.3", "secret.backend_kwargs", "{}", Unknown, "secrets.backend_kwargs"},
		{"no such option, nothing like it", "2.10.3", "secrets.region", "x", Unknown, ""},
		{"workers is a section from 3.0", "3.0.6", "workers.secret_backend", BackendClass, Unknown, "workers.secrets_backend"},
		{"workers may gain options", "3.3.1", "workers.concurrency", "1", 0, ""},
		{"one letter off a section, but nothing like its options", "3.3.1", "worker.concurrency", "1", 0, ""},
		{"one kwarg by itself from 3.2", "3.2.1", "secrets.backend_kwarg__sep", "-", 0, ""},
		{"one kwarg by itself before", "3.0.6", "secrets.backend_kwarg__sep", "-", Unknown, "secrets.backend_kwargs"},
	} {
		t.Run(test.name, func(t *testing.T) {
			faults := CheckOptions(test.version, map[string]string{test.key: test.value})
			var got Fault
			if len(faults) > 0 {
				got = faults[0]
			}
			if got.Trouble != test.trouble || got.Nearest != test.nearest {
				t.Errorf("got %+v, want trouble %d, nearest %q", faults, test.trouble, test.nearest)
			}
		})
	}
}

func TestCheckOptionsNeverShowsAValue(t *testing.T) {
	const canary = "s3cr3t-canary"
	for _, fault := range CheckOptions("2.10.3", map[string]string{"core.x": canary + "\n", "core.executor": canary, "secrets.backends": canary, "x": canary}) {
		if strings.Contains(fault.Error(), canary) {
			t.Errorf("%s", fault.Error())
		}
	}
}

func TestFaultError(t *testing.T) {
	faults := CheckOptions("2.10.3", map[string]string{"secrets.backends": "x"})
	const want = `option "secrets.backends": Airflow 2.10.3 has no such option and ignores it; did you mean secrets.backend?`
	if got := faults[0].Error(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if faults[0].Refused() {
		t.Error("the API takes it")
	}
}

func TestVariable(t *testing.T) {
	if got := Variable("secrets.backend_kwargs"); got != "AIRFLOW__SECRETS__BACKEND_KWARGS" {
		t.Error(got)
	}
}

func TestVersions(t *testing.T) {
	for _, v := range Versions() {
		if !Supported(v) {
			t.Error(v)
		}
	}
	if Supported("2.8.1") || LatestVersion() != "3.3.1" {
		t.Error("2.8.1 is not public, and 3.3.1 the latest")
	}
	if (since{3, 0}).includes("nonsense") || !(since{3, 0}).includes("3.0.6") || (since{3, 0}).includes("2.11.2") {
		t.Error("a version is compared by its numbers")
	}
}
