package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"aircon"
	"aircon/internal/pause"
	"aircon/mwaa"
)

// trustPolicy lets MWAA assume the execution role, and the account's own people, so that they can look as a task does.
const trustPolicy = `{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Principal": {"Service": ["airflow.amazonaws.com", "airflow-env.amazonaws.com"]}, "Action": "sts:AssumeRole"},
  {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::%s:root"}, "Action": "sts:AssumeRole"}]}`

func newLocalEnvironment(w world, f *localFlags) *cobra.Command {
	versions := aircon.Versions()
	airflow := versions[len(versions)-1].String()
	c := &cobra.Command{
		Use:   "environment NAME",
		Short: "make an MWAA environment on the running local AWS, with an execution role that may do nothing yet",
		Long: `environment makes an IAM role NAME-execution, which MWAA and the account itself may assume, and an MWAA environment that
runs with it. It starts no Airflow: it is what plan, apply and doctor work on.`,
		Example: "  aircon local environment analytics --airflow 2.10.3",
		Args:    takes(1, 1),
		RunE: func(c *cobra.Command, args []string) error {
			if !mwaa.Supported(airflow) {
				return usageError{fmt.Errorf("--airflow %q: MWAA runs %s", airflow, strings.Join(mwaa.Versions(), ", "))}
			}
			env, err := f.environment(c.Context())
			if err != nil {
				return err
			}
			progress := w.terminal().Progress("waiting for environment " + args[0])
			defer progress.Stop()
			if err := makeEnvironment(c.Context(), env, args[0], airflow); err != nil {
				return err
			}
			progress.Stop()
			fmt.Fprintf(w.out, "environment %s runs Airflow %s as the role %s-execution\n", args[0], airflow, args[0])
			return nil
		},
	}
	c.Flags().StringVar(&airflow, "airflow", airflow, "the Airflow version")
	return c
}

// makeEnvironment makes role and environment, and waits until the environment is available.
func makeEnvironment(ctx context.Context, env map[string]string, name, airflow string) error {
	role := name + "-execution"
	account, err := localAccount(ctx, env)
	if err != nil {
		return err
	}
	for _, call := range []struct {
		service, operation string
		input              map[string]any
	}{
		{"iam", "CreateRole", map[string]any{"RoleName": role, "AssumeRolePolicyDocument": fmt.Sprintf(trustPolicy, account)}},
		{"mwaa", "CreateEnvironment", map[string]any{
			"Name": name, "AirflowVersion": airflow, "ExecutionRoleArn": "arn:aws:iam::" + account + ":role/" + role,
			"SourceBucketArn": "arn:aws:s3:::" + name + "-dags", "DagS3Path": "dags",
			"NetworkConfiguration": map[string]any{
				"SubnetIds": []string{"subnet-00000000000000001", "subnet-00000000000000002"}, "SecurityGroupIds": []string{"sg-00000000000000001"},
			},
		}},
	} {
		input, err := json.Marshal(call.input)
		if err != nil {
			return err
		}
		if _, err := callLocal(ctx, env, call.service, call.operation, string(input)); err != nil {
			return err
		}
	}
	return awaitAvailable(ctx, env, name)
}

// localAccount returns the account of the administrator's keys.
func localAccount(ctx context.Context, env map[string]string) (string, error) {
	answer, err := callLocal(ctx, env, "sts", "GetCallerIdentity", "{}")
	if err != nil {
		return "", err
	}
	return xmlText(answer, "Account")
}

// awaitAvailable asks until MWAA has made the environment.
func awaitAvailable(ctx context.Context, env map[string]string, name string) error {
	input, err := json.Marshal(map[string]string{"Name": name})
	if err != nil {
		return err
	}
	for {
		answer, err := callLocal(ctx, env, "mwaa", "GetEnvironment", string(input))
		if err != nil {
			return err
		}
		var got struct {
			Environment struct {
				Status     mwaa.Status
				LastUpdate struct{ Error struct{ ErrorMessage string } }
			}
		}
		if err := json.Unmarshal(answer, &got); err != nil {
			return err
		}
		switch status := got.Environment.Status; {
		case status == mwaa.Available:
			return nil
		case status.Failed():
			return fmt.Errorf("environment %s: %s: %s", name, status, got.Environment.LastUpdate.Error.ErrorMessage)
		}
		if err := pause.For(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
}
