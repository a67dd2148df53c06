//go:build airflow

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"aircon/internal/supervise"
)

// credentialsDAG tells PostgreSQL what a task has in its environment, what it can do with the credentials that it finds, and which ones it has
// while five minutes pass.
const credentialsDAG = `import os
import time
from datetime import datetime

import boto3
from airflow import DAG
from airflow.providers.postgres.hooks.postgres import PostgresHook
from botocore.exceptions import ClientError

try:
    from airflow.providers.standard.operators.python import PythonOperator
except ImportError:  # Airflow 2
    from airflow.operators.python import PythonOperator

OUTSIDE = {
    "list secrets": ("secretsmanager", lambda c: c.list_secrets()),
    "read another secret": ("secretsmanager", lambda c: c.get_secret_value(SecretId="other")),
    "change its own secret": ("secretsmanager", lambda c: c.put_secret_value(SecretId="airflow/connections/json_form", SecretString="{}")),
    "list users": ("iam", lambda c: c.list_users()),
    "give itself a policy": ("iam", lambda c: c.attach_role_policy(RoleName="analytics-execution", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")),
    "take another role": ("sts", lambda c: c.assume_role(RoleArn="arn:aws:iam::123456789012:role/other", RoleSessionName="visit")),
    "make a key": ("kms", lambda c: c.create_key()),
}


def code(call):
    try:
        call()
        return "done"
    except ClientError as e:
        return e.response["Error"]["Code"]


def tell(table, rows):
    PostgresHook("json_form").insert_rows(table, rows)


def look():
    tell("environ", list(os.environ.items()))
    session = boto3.Session()
    tell("tried", [("who", session.client("sts").get_caller_identity()["Arn"]), ("method", session.get_credentials().method)])
    tell("tried", [(name, code(lambda: call(session.client(service)))) for name, (service, call) in OUTSIDE.items()])


def stay():
    session = boto3.Session()
    first = session.get_credentials().get_frozen_credentials()
    secrets = session.client("secretsmanager")
    began = time.monotonic()
    while time.monotonic() - began < 300:
        got = code(lambda: secrets.get_secret_value(SecretId="airflow/connections/json_form"))
        tell("held", [(session.get_credentials().get_frozen_credentials().access_key, got)])
        time.sleep(10)
    old = boto3.client("sts", aws_access_key_id=first.access_key, aws_secret_access_key=first.secret_key, aws_session_token=first.token)
    tell("tried", [("the first credentials, in the end", code(old.get_caller_identity))])


with DAG("etl", schedule=None, start_date=datetime(2026, 1, 1), catchup=False):
    PythonOperator(task_id="look", python_callable=look) >> PythonOperator(task_id="stay", python_callable=stay)
`

// Variables whose names could be those of credentials, and what each is good for.
var (
	couldBe = regexp.MustCompile(`(?i)^aws|key|secret|token|passw|cred|conn|auth|proxy|profile|pg`)
	goodFor = map[string]string{
		"AWS_CONTAINER_CREDENTIALS_FULL_URI": "the execution role's credentials", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "the execution role's credentials",
		"AWS_REGION": "no credential", "AWS_DEFAULT_REGION": "no credential", "AWS_ENDPOINT_URL": "no credential", "AWS_EXECUTION_ENV": "no credential",
		"AWS_EC2_METADATA_DISABLED": "no credential", "AWS_DISABLE_HOST_PREFIX_INJECTION": "no credential",
		"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AIRFLOW_CONN_AWS_DEFAULT": "aws://",
		"AIRFLOW__CORE__FERNET_KEY": "the environment's own metastore", "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "the environment's own metastore",
		"AIRFLOW__WEBSERVER__SECRET_KEY": "the environment's own web server", "AIRFLOW__API__SECRET_KEY": "the environment's own web server",
		"AIRFLOW__API_AUTH__JWT_SECRET": "the environment's own web server", "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": "the environment's own web server",
		"AIRFLOW__SECRETS__BACKEND": "no credential", "AIRFLOW__SECRETS__BACKEND_KWARGS": "no credential", "AIRFLOW__WORKERS__SECRETS_BACKEND_KWARGS": "no credential",
		"AIRFLOW__API__AUTH_BACKENDS": "no credential", "AIRFLOW__CORE__AUTH_MANAGER": "no credential", "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "no credential",
		"AIRFLOW__CORE__SENSITIVE_VAR_CONN_NAMES": "no credential", "AIRFLOW__API_AUTH__JWT_ALGORITHM": "no credential",
		"AIRFLOW__CORE__SQL_ALCHEMY_CONN": "airflow-db-not-allowed:///", // what Airflow 3 gives a task in the place of the metastore
	}
)

// TestAirflowCredentials holds that nothing in the environments of Airflow's processes can do more than the execution role: each variable that
// could be a credential is known, none holds what aircon's own caller had, and what the AWS SDK finds is refused all that the role's policy does
// not allow. The role's credentials live two minutes, and a run of five minutes has others in time.
func TestAirflowCredentials(t *testing.T) {
	for _, version := range []string{"2.10.3", "3.3.1"} {
		if !slices.Contains(versionsToRun(), version) {
			continue
		}
		t.Run(version, func(t *testing.T) {
			v := startVersion(t, t.Context(), version, credentialsDAG, "local", "--directory", demoState, "--address", "127.0.0.1:0", "--database", demoEnvironment)
			if code, out := v.aircon("local", "environment", demoEnvironment, "--airflow", version, "--directory", demoState); code != exitDone {
				t.Fatal(out)
			}
			v.apply()
			for _, table := range []string{"environ (name text, value text)", "tried (what text, code text)", "held (key text, code text)"} {
				v.sql("CREATE TABLE " + table)
			}
			v.call("secretsmanager", "CreateSecret", map[string]any{"Name": "other", "SecretString": "x"})
			v.call("iam", "CreateRole", map[string]any{"RoleName": "other", "AssumeRolePolicyDocument": strings.ReplaceAll(trustPolicy, "%s", "123456789012")})

			callers := map[string]string{
				"AWS_PROFILE": "canary-profile", "AWS_SECURITY_TOKEN": "canary-token", "AWS_WEB_IDENTITY_TOKEN_FILE": "/canary", "HTTPS_PROXY": "http://canary:canary@127.0.0.1:1",
				"AIRFLOW_CONN_STOLEN": "postgres://canary@127.0.0.1", "PGPASSFILE": "/canary",
			}
			v.airflowFor(callers, "--credentials-life", "2m")
			home := v.home()
			seen := environsOf(t, home)
			v.run("stays", "success")
			seen = append(seen, v.pairs("environ"))
			checkEnvirons(t, seen, append(slices.Collect(maps.Values(callers)), v.env["AWS_ACCESS_KEY_ID"], v.env["AWS_SECRET_ACCESS_KEY"], v.env["PGPASSWORD"]))
			checkTried(t, v.pairs("tried"))
			checkHeld(t, v.sql("SELECT key FROM held"), v.sql("SELECT code FROM held"))
		})
	}
}

// airflowFor starts the environment's Airflow by a caller with further variables, and waits until it is healthy.
func (v *inVersion) airflowFor(callers map[string]string, flags ...string) {
	v.test.Helper()
	c := v.command(v.ctx, append([]string{"local", "airflow", demoEnvironment, "--dags", "buckets/analytics-dags", "--directory", demoState, "--output", "json"}, flags...))
	for name, value := range callers {
		c.Env = append(c.Env, name+"="+value)
	}
	stdout, err := c.StdoutPipe()
	v.check(err)
	c.Stderr = v.shown
	p, err := supervise.Start(c, supervise.Options{Grace: time.Minute})
	v.check(err)
	v.test.Cleanup(func() { _ = p.Stop(context.WithoutCancel(v.ctx)) })
	var healthy struct{ URL string }
	if err := json.NewDecoder(stdout).Decode(&healthy); err != nil || healthy.URL == "" {
		<-p.Done()
		v.test.Fatalf("Airflow did not start: %v\n%s", err, v.shown)
	}
}

// environsOf reads the environments of the processes that work in a directory, as far as those have not overwritten theirs with a title.
func environsOf(t *testing.T, home string) (all []map[string]string) {
	t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/cwd")
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range links {
		if at, err := os.Readlink(link); err != nil || !strings.HasPrefix(at, home) {
			continue
		}
		text, _ := os.ReadFile(filepath.Join(filepath.Dir(link), "environ")) // it may have ended
		one := map[string]string{}
		for entry := range bytes.SplitSeq(text, []byte{0}) {
			if name, value, ok := strings.Cut(string(entry), "="); ok {
				one[name] = value
			}
		}
		all = append(all, one)
	}
	if len(all) < 2 {
		t.Errorf("only %d processes work in %s", len(all), home)
	}
	return all
}

func checkEnvirons(t *testing.T, all []map[string]string, foreign []string) {
	t.Helper()
	whole := 0
	for _, one := range all {
		if one["AIRFLOW_HOME"] != "" {
			whole++
		}
		for name, value := range one {
			if couldBe.MatchString(name) && goodFor[name] == "" {
				t.Errorf("%s could be a credential, and nobody has said what it is good for", name)
			}
			if want := goodFor[name]; (strings.HasPrefix(want, "/") || strings.HasSuffix(want, "//")) && value != want {
				t.Errorf("%s is not %s", name, want)
			}
			for _, text := range foreign {
				if strings.Contains(value, text) {
					t.Errorf("%s holds what aircon's caller had", name)
				}
			}
		}
	}
	t.Logf("%d environments of processes, %d of them whole", len(all), whole)
	if whole == 0 {
		t.Error("no environment was seen whole")
	}
}

// checkTried expects the role alone, which may do nothing but what its policy says.
func checkTried(t *testing.T, tried map[string]string) {
	t.Helper()
	if !strings.Contains(tried["who"], ":assumed-role/analytics-execution/") || tried["method"] != "container-role" {
		t.Errorf("the SDK finds the credentials of %s by %s", tried["who"], tried["method"])
	}
	want := map[string]string{
		"list secrets": "AccessDeniedException", "read another secret": "AccessDeniedException", "change its own secret": "AccessDeniedException",
		"list users": "AccessDenied", "give itself a policy": "AccessDenied", "take another role": "AccessDenied", "make a key": "AccessDeniedException",
		"the first credentials, in the end": "ExpiredToken",
	}
	delete(tried, "who")
	delete(tried, "method")
	if !maps.Equal(tried, want) {
		t.Errorf("with what it finds a task gets %v instead of %v", tried, want)
	}
}

// checkHeld expects that each call succeeded, and with ever new credentials.
func checkHeld(t *testing.T, keys, codes []string) {
	t.Helper()
	if len(keys) < 10 || slices.ContainsFunc(codes, func(code string) bool { return code != "done" }) {
		t.Errorf("%d calls ended with %q", len(keys), codes)
	}
	slices.Sort(keys)
	distinct := len(slices.Compact(keys))
	t.Logf("%d calls in five minutes, with %d access keys", len(codes), distinct)
	if distinct < 3 {
		t.Errorf("in five minutes only %d access keys were used", distinct)
	}
}

// pairs reads a table of names and values.
func (v *inVersion) pairs(table string) map[string]string {
	v.test.Helper()
	got := map[string]string{}
	for _, row := range v.sql("SELECT json_build_array(" + map[string]string{"environ": "name, value", "tried": "what, code"}[table] + ")::text FROM " + table) {
		var pair [2]string
		v.check(json.Unmarshal([]byte(row), &pair))
		got[pair[0]] = pair[1]
	}
	return got
}
