package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"

	"aircon/localaws/model"
)

// awsMain is the aws of the scripts: it carries out the commands of the AWS CLI that mends print, against the script's local AWS, by
// the same models that the CLI goes by. make test-clients runs the same scripts with the CLI itself.
func awsMain() {
	if err := runAWS(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "aws:", err)
		os.Exit(254)
	}
}

func runAWS(args []string) error {
	if len(args) < 2 {
		return errors.New("usage: aws SERVICE OPERATION --member VALUE…")
	}
	if at := os.Getenv("AWS_ENDPOINT_URL_" + strings.ToUpper(args[0])); at != "" {
		return askAnswers(at, args[1], args[2:])
	}
	service := wireServices[args[0]]
	known := model.Of(service.sign)
	if known == nil {
		return fmt.Errorf("there is no service %s", args[0])
	}
	for _, o := range known.Operations {
		if kebab(o.Name) != args[1] {
			continue
		}
		input, region, err := inputOf(o, args[2:])
		if err != nil {
			return err
		}
		env := map[string]string{}
		for _, name := range []string{"AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"} {
			env[name] = os.Getenv(name)
		}
		if region != "" {
			env["AWS_REGION"] = region
		}
		answer, err := callLocal(context.Background(), env, args[0], o.Name, input)
		fmt.Println(string(answer))
		return err
	}
	return fmt.Errorf("%s has no operation %s", args[0], args[1])
}

// inputOf reads --member VALUE… as the members of an operation's input, and --region.
func inputOf(o *model.Operation, args []string) (input, region string, err error) {
	members := map[string]any{}
	for len(args) > 0 {
		name := strings.TrimPrefix(args[0], "--")
		values := args[1:]
		for i, word := range values {
			if strings.HasPrefix(word, "--") {
				values = values[:i]
				break
			}
		}
		args = args[1+len(values):]
		if name == "region" && len(values) == 1 {
			region = values[0]
			continue
		}
		member := memberOf(o, strings.TrimPrefix(name, "no-"))
		if member == nil {
			return "", "", fmt.Errorf("%s has no option --%s", o.Name, name)
		}
		if members[member.Name], err = valueOf(member.Shape, values, strings.HasPrefix(name, "no-")); err != nil {
			return "", "", fmt.Errorf("--%s: %w", name, err)
		}
	}
	text, err := json.Marshal(members)
	return string(text), region, err
}

func memberOf(o *model.Operation, option string) *model.Member {
	if o.Input == nil {
		return nil
	}
	for _, m := range o.Input.Members {
		if kebab(m.Name) == option {
			return m
		}
	}
	return nil
}

// valueOf reads what follows an option: nothing for a truth, words for a list of texts, JSON for what has parts, or a text.
func valueOf(shape *model.Shape, words []string, no bool) (any, error) {
	if shape.Kind == model.Boolean && len(words) == 0 {
		return !no, nil
	}
	if len(words) == 0 {
		return nil, errors.New("expected an argument")
	}
	first := words[0]
	if path, ok := strings.CutPrefix(first, "file://"); ok {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		first = string(text)
	}
	switch shape.Kind {
	case model.String, model.Blob, model.Timestamp:
		return first, nil
	case model.List:
		if strings.HasPrefix(first, "[") {
			break
		}
		list := make([]any, len(words))
		for i, word := range words {
			list[i] = shorthand(word)
		}
		return list, nil
	case model.Structure:
		if !strings.HasPrefix(first, "{") {
			return shorthand(first), nil
		}
	}
	var value any
	err := json.Unmarshal([]byte(first), &value)
	return value, err
}

// shorthand reads the CLI's short form of a structure, Key=VALUE,Key=VALUE, or else a text.
func shorthand(word string) any {
	members := map[string]any{}
	for pair := range strings.SplitSeq(word, ",") {
		name, value, ok := strings.Cut(pair, "=")
		if !ok {
			return word
		}
		members[name] = value
	}
	return members
}

var humps = regexp.MustCompile(`([a-z0-9])([A-Z])|([A-Z]+)([A-Z][a-z])`)

// kebab writes a name as the AWS CLI does: GetSecretValue as get-secret-value, PolicyARN as policy-arn.
func kebab(name string) string {
	for again := ""; again != name; {
		again = name
		name = humps.ReplaceAllString(name, "$1$3-$2$4")
	}
	return strings.ToLower(name)
}
