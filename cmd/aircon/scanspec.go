package main

import (
	"cmp"
	"context"
	"fmt"

	"aircon/dags"
	"aircon/internal/plan"
	"aircon/internal/spec"
	"aircon/mwaa"
)

// specOf makes a spec that declares the ids which DAG files use, for a person to fill in.
func specOf(files []*dags.File, environment, airflow string) ([]byte, error) {
	ids, _ := group(files)
	env := &spec.Environment{Name: cmp.Or(environment, "my-environment"), AirflowVersion: airflow}
	var connections []string
	for _, id := range ids {
		switch {
		case id.Kind == dags.Variable:
			value := ""
			env.Variables = append(env.Variables, &spec.Variable{Key: id.ID, Value: &value})
		case id.ID != awsDefault:
			connections = append(connections, id.ID)
			env.Connections = append(env.Connections, &spec.Connection{ID: id.ID, ConnType: dags.ConnType(&id.Uses[0].Use)})
		}
	}
	note := "What the DAG files use. Fill in hosts, logins and where the passwords are; then  aircon plan\n" + example(ids) +
		"The lookup pattern is computed from the ids: " + mwaa.LookupPattern(connections)
	file := spec.File{Version: 1, Note: note, Environments: spec.Named[*spec.Environment]{env}}
	return file.Write()
}

// example is a line about one of the ids that are to be filled in, with the place that uses it; "" where there is none.
func example(ids []usedID) string {
	for _, id := range ids {
		if u := id.Uses[0]; id.Kind != dags.Connection || id.ID != awsDefault {
			return fmt.Sprintf("For example, the %s %s is used at %s:%d:%d: %s\n", id.Kind, id.ID, u.File, u.Line, u.Column, sayHow(u.Use))
		}
	}
	return ""
}

// awsDefault is there in every environment of MWAA; its own lookups must not go to Secrets Manager.
const awsDefault = "aws_default"

// environment reads what an environment has.
func (s *scanning) environment(ctx context.Context, target loaded) (*spec.Environment, error) {
	api, err := s.at.connect(ctx, target)
	if err != nil {
		return nil, err
	}
	env := &spec.Environment{Name: target.Name, Region: s.at.region, Profile: s.at.profile}
	if _, err := plan.FromEnvironment(ctx, api.Plan(), env); err != nil {
		return nil, err
	}
	return env, nil
}
