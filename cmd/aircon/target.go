package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"aircon/internal/awsapi"
	"aircon/internal/doctor"
	"aircon/internal/spec"
)

// defaultSpec is the spec that commands read where the user names none.
const defaultSpec = "aircon.yaml"

// targetFlags say which environment is meant: one of a spec, or one of AWS without a spec.
type targetFlags struct {
	file, environment string
	region, profile   string
	literal           bool
	timeout           time.Duration
}

func (f *targetFlags) flag(c *cobra.Command) {
	f.place(c)
	c.Flags().BoolVar(&f.literal, "allow-literal-secrets", false, "let passwords stand in the spec itself")
}

// place adds the flags that say where the environment is.
func (f *targetFlags) place(c *cobra.Command) {
	c.Flags().StringVarP(&f.file, "file", "f", "", "the spec (default "+defaultSpec+", if it is there)")
	c.Flags().StringVarP(&f.environment, "environment", "e", "", "the environment, where the spec has several or there is none")
	c.Flags().StringVar(&f.region, "region", "", "AWS region (default: the spec's, then the AWS configuration's)")
	c.Flags().StringVar(&f.profile, "profile", "", "profile of the AWS configuration (default: the spec's)")
	c.Flags().DurationVar(&f.timeout, "timeout", 30*time.Second, "how long to wait for each answer of AWS's; a call is tried 5 times, or AWS_MAX_ATTEMPTS")
}

// errNoSpec says that a command needs a spec where there is none.
var errNoSpec = badInput{fmt.Errorf("there is no %s here; name a spec with --file, or write one with  aircon init", defaultSpec)}

// loaded is an environment together with the file that declares it.
type loaded struct {
	file *spec.File // nil: there is none
	doctor.Target
}

// load returns the environment that is meant. Its Spec is nil where there is no file and none was named.
func (f *targetFlags) load() (loaded, error) {
	path := f.file
	if path == "" {
		path = defaultSpec
	}
	file, err := spec.LoadWith(path, specOptions(f.literal))
	if f.file == "" && errors.Is(err, fs.ErrNotExist) {
		if f.environment == "" {
			return loaded{}, errNoSpec
		}
		return loaded{Target: doctor.Target{Name: f.environment}}, nil
	}
	if err != nil {
		return loaded{}, badInput{err}
	}
	env, err := f.choose(file)
	if err != nil {
		return loaded{}, err
	}
	return loaded{file, doctor.Target{Name: env.Name, Spec: env, File: path}}, nil
}

// choose picks the environment of a spec.
func (f *targetFlags) choose(file *spec.File) (*spec.Environment, error) {
	names := file.Environments.Keys()
	switch {
	case f.environment == "" && len(names) == 1:
		return file.Environments[0], nil
	case f.environment == "":
		return nil, usageError{fmt.Errorf("the spec has %d environments: name one with --environment: %s", len(names), strings.Join(names, ", "))}
	case !slices.Contains(names, f.environment):
		return nil, usageError{fmt.Errorf("the spec has no environment %q; it has %s", f.environment, strings.Join(names, ", "))}
	}
	return file.Environments.Get(f.environment), nil
}

// open loads the target and connects to its account.
func (f *targetFlags) open(ctx context.Context) (loaded, *awsapi.Client, error) {
	target, err := f.load()
	if err != nil {
		return target, nil, err
	}
	api, err := f.connect(ctx, target)
	return target, api, err
}

// openSpec is open for the commands that need a spec.
func (f *targetFlags) openSpec(ctx context.Context) (loaded, *awsapi.Client, error) {
	target, err := f.load()
	if err == nil && target.file == nil {
		err = errNoSpec
	}
	if err != nil {
		return target, nil, err
	}
	api, err := f.connect(ctx, target)
	return target, api, err
}

// connect readies the account of a target.
func (f *targetFlags) connect(ctx context.Context, target loaded) (*awsapi.Client, error) {
	if f.timeout <= 0 {
		return nil, usageError{errors.New("--timeout takes a time such as 10s")}
	}
	return awsapi.Open(ctx, f.account(target))
}

// account says how the account of a target is reached: the flags go before the spec.
func (f *targetFlags) account(target loaded) awsapi.Options {
	opts := awsapi.Options{Region: f.region, Profile: f.profile, Timeout: f.timeout}
	if s := target.Spec; s != nil {
		opts.AssumeRole = s.AssumeRole
		opts.Region = cmp.Or(opts.Region, s.Region)
		opts.Profile = cmp.Or(opts.Profile, s.Profile)
	}
	return opts
}

// oneOf refuses a flag's value that is none of the words.
func oneOf(flag, value string, words ...string) error {
	if slices.Contains(words, value) {
		return nil
	}
	return usageError{fmt.Errorf("%s %q: it takes %s", flag, value, strings.Join(words, " or "))}
}
