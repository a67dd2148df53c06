package plan

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"aircon"
	"aircon/mwaa"
)

const (
	testAccount = "123456789012"
	testRole    = "arn:aws:iam::123456789012:role/service-role/analytics"
	testKey     = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"
)

// fake is AWS in memory. It counts calls, and can crash before or after any of them.
type fake struct {
	mu        sync.Mutex // guards what is counted: reads come several at a time
	calls     map[string]int
	writes    int
	crashAt   int  // the number of the write at which it crashes, from 1; 0 for never
	crashLate bool // whether the write takes effect before the crash
	hook      func(op string) error

	secrets  map[string]*fakeSecret
	unlisted map[string]bool // what ListSecrets does not show yet
	env      *MWAAEnvironment
	busy     int // looks at the environment until it is settled
	policies map[string]ManagedPolicy
	attached []AttachedPolicy
}

type fakeSecret struct {
	Secret
	text   aircon.Secret
	tokens []string
}

type codeError struct{ code, message string }

func (e codeError) Error() string     { return e.code + ": " + e.message }
func (e codeError) ErrorCode() string { return e.code }

var errCrash = errors.New("killed")

func newFake() *fake {
	return &fake{
		calls: map[string]int{}, secrets: map[string]*fakeSecret{}, unlisted: map[string]bool{}, policies: map[string]ManagedPolicy{},
		env: &MWAAEnvironment{
			Name: "analytics", ARN: "arn:aws:airflow:eu-west-1:123456789012:environment/analytics", AirflowVersion: "2.10.3",
			Status: mwaa.Available, ExecutionRole: testRole, Options: map[string]string{"core.parallelism": "8"}, Tags: map[string]string{},
		},
	}
}

func (f *fake) aws() AWS {
	return AWS{Identity: f, Environments: f, Roles: f, Secrets: f, Keys: f}
}

func (f *fake) read(op string) error {
	f.mu.Lock()
	f.calls[op]++
	f.mu.Unlock()
	if f.hook != nil {
		return f.hook(op)
	}
	return nil
}

// write counts, crashes where it is told to, and otherwise lets the effect happen.
func (f *fake) write(op string, effect func() error) error {
	if err := f.read(op); err != nil {
		return err
	}
	f.writes++
	crash := f.crashAt == f.writes
	if crash && !f.crashLate {
		return errCrash
	}
	if err := effect(); err != nil {
		return err
	}
	if crash {
		return errCrash
	}
	return nil
}

func (f *fake) Caller(context.Context) (Caller, error) {
	return Caller{"aws", "eu-west-1", testAccount, "arn:aws:iam::123456789012:user/ada"}, f.read("GetCallerIdentity")
}

func (f *fake) KeyARN(_ context.Context, key string) (string, error) {
	if key != "alias/airflow" {
		return "", codeError{"NotFoundException", "no such alias"}
	}
	return testKey, f.read("DescribeKey")
}

func (f *fake) Environment(_ context.Context, name string) (*MWAAEnvironment, error) {
	if err := f.read("GetEnvironment"); err != nil {
		return nil, err
	}
	if f.env == nil || f.env.Name != name {
		return nil, codeError{"ResourceNotFoundException", "no environment " + name}
	}
	if f.busy--; f.busy <= 0 && f.env.Status == mwaa.Updating {
		f.env.Status = mwaa.Available
	}
	copied := *f.env
	copied.Options, copied.Tags = maps.Clone(f.env.Options), maps.Clone(f.env.Tags)
	return &copied, nil
}

func (f *fake) UpdateOptions(_ context.Context, _ string, options map[string]string, _ mwaa.Strategy) error {
	return f.write("UpdateEnvironment", func() error {
		if f.env.Status != mwaa.Available {
			return codeError{"ValidationException", "the environment is not available"}
		}
		f.env.Options, f.env.Status, f.busy = maps.Clone(options), mwaa.Updating, 3
		return nil
	})
}

func (f *fake) TagEnvironment(_ context.Context, _ string, tags map[string]string) error {
	return f.write("TagResource", func() error { maps.Copy(f.env.Tags, tags); return nil })
}

func (f *fake) UntagEnvironment(_ context.Context, _ string, keys []string) error {
	return f.write("UntagResource", func() error {
		for _, key := range keys {
			delete(f.env.Tags, key)
		}
		return nil
	})
}

func (f *fake) AttachedPolicies(context.Context, string) ([]AttachedPolicy, error) {
	return slices.Clone(f.attached), f.read("ListAttachedRolePolicies")
}

func (f *fake) Policy(_ context.Context, arn string) (*ManagedPolicy, error) {
	if err := f.read("GetPolicy"); err != nil {
		return nil, err
	}
	p, ok := f.policies[arn]
	if !ok {
		return nil, codeError{"NoSuchEntity", "no policy"}
	}
	p.Tags = maps.Clone(p.Tags)
	return &p, nil
}

func (f *fake) CreatePolicy(_ context.Context, p ManagedPolicy) error {
	return f.write("CreatePolicy", func() error {
		if _, ok := f.policies[p.ARN]; ok {
			return codeError{"EntityAlreadyExists", p.Name}
		}
		f.policies[p.ARN] = p
		return nil
	})
}

func (f *fake) ReplacePolicy(_ context.Context, arn, document string) error {
	return f.write("CreatePolicyVersion", func() error {
		p := f.policies[arn]
		p.Document = document
		f.policies[arn] = p
		return nil
	})
}

func (f *fake) TagPolicy(_ context.Context, arn string, tags map[string]string) error {
	return f.write("TagPolicy", func() error {
		p := f.policies[arn]
		all := map[string]string{}
		maps.Copy(all, p.Tags)
		maps.Copy(all, tags)
		p.Tags = all
		f.policies[arn] = p
		return nil
	})
}

func (f *fake) DeletePolicy(_ context.Context, arn string) error {
	return f.write("DeletePolicy", func() error {
		f.attached = slices.DeleteFunc(f.attached, func(a AttachedPolicy) bool { return a.ARN == arn })
		delete(f.policies, arn)
		return nil
	})
}

func (f *fake) AttachPolicy(_ context.Context, _, arn string) error {
	return f.write("AttachRolePolicy", func() error {
		if _, ok := f.policies[arn]; !ok {
			return codeError{"NoSuchEntity", "no policy"}
		}
		if !slices.ContainsFunc(f.attached, func(a AttachedPolicy) bool { return a.ARN == arn }) {
			f.attached = append(f.attached, AttachedPolicy{f.policies[arn].Name, arn})
		}
		return nil
	})
}

func (f *fake) DetachPolicy(_ context.Context, _, arn string) error {
	return f.write("DetachRolePolicy", func() error {
		f.attached = slices.DeleteFunc(f.attached, func(a AttachedPolicy) bool { return a.ARN == arn })
		return nil
	})
}

func (f *fake) ListSecrets(_ context.Context, filter Filter) iter.Seq2[Secret, error] {
	return func(yield func(Secret, error) bool) {
		n := 0
		for _, name := range sortedKeys(f.secrets) {
			s := f.secrets[name].Secret
			if f.unlisted[name] || !filter.takes(s) {
				continue
			}
			if n%100 == 0 {
				if err := f.read("ListSecrets"); err != nil {
					yield(Secret{}, err)
					return
				}
			}
			n++
			if !yield(s, nil) {
				return
			}
		}
		if n == 0 {
			f.calls["ListSecrets"]++
		}
	}
}

func (filter Filter) takes(s Secret) bool {
	if filter.TagValue != "" {
		return slices.ContainsFunc(slices.Collect(maps.Values(s.Tags)), func(v string) bool { return strings.HasPrefix(v, filter.TagValue) })
	}
	return len(filter.Prefixes) == 0 || slices.ContainsFunc(filter.Prefixes, func(p string) bool { return strings.HasPrefix(s.Name, p) })
}

func (f *fake) BatchGetSecretValue(_ context.Context, names []string) (map[string]Version, map[string]Fault, error) {
	versions, faults := map[string]Version{}, map[string]Fault{}
	for _, name := range names {
		switch s, ok := f.secrets[name]; {
		case !ok:
			faults[name] = Fault{"ResourceNotFoundException", "Secrets Manager can't find the specified secret."}
		case !s.Deleted.IsZero():
			faults[name] = Fault{"InvalidRequestException", "marked for deletion"}
		default:
			versions[name] = Version{s.ARN, s.Current, s.text}
		}
	}
	return versions, faults, f.read("BatchGetSecretValue")
}

func (f *fake) DescribeSecret(_ context.Context, name string) (Secret, error) {
	if err := f.read("DescribeSecret"); err != nil {
		return Secret{}, err
	}
	s, ok := f.secrets[name]
	if !ok {
		return Secret{}, codeError{"ResourceNotFoundException", "Secrets Manager can't find the specified secret."}
	}
	copied := s.Secret
	copied.Tags = maps.Clone(s.Tags)
	return copied, nil
}

func (f *fake) CreateSecret(_ context.Context, s Secret, text aircon.Secret, token string) error {
	return f.write("CreateSecret", func() error {
		if _, ok := f.secrets[s.Name]; ok {
			return codeError{"ResourceExistsException", s.Name}
		}
		s.ARN, s.Current = fmt.Sprintf("arn:aws:secretsmanager:eu-west-1:%s:secret:%s-AbCdEf", testAccount, s.Name), token
		s.Tags = maps.Clone(s.Tags)
		f.secrets[s.Name] = &fakeSecret{Secret: s, text: text, tokens: []string{token}}
		return nil
	})
}

func (f *fake) PutSecretValue(_ context.Context, name string, text aircon.Secret, token string) error {
	return f.write("PutSecretValue", func() error {
		s := f.secrets[name]
		if slices.Contains(s.tokens, token) {
			return codeError{"ResourceExistsException", "the version exists with other content"}
		}
		s.text, s.Current, s.tokens = text, token, append(s.tokens, token)
		return nil
	})
}

func (f *fake) UpdateSecret(_ context.Context, name string, description, kmsKey *string) error {
	return f.write("UpdateSecret", func() error {
		if description != nil {
			f.secrets[name].Description = *description
		}
		if kmsKey != nil {
			f.secrets[name].KMSKey = *kmsKey
		}
		return nil
	})
}

func (f *fake) TagSecret(_ context.Context, name string, tags map[string]string) error {
	return f.write("TagResource", func() error {
		s := f.secrets[name]
		if s.Tags == nil {
			s.Tags = map[string]string{}
		}
		maps.Copy(s.Tags, tags)
		return nil
	})
}

func (f *fake) RestoreSecret(_ context.Context, name string) error {
	return f.write("RestoreSecret", func() error { f.secrets[name].Deleted = time.Time{}; return nil })
}

func (f *fake) DeleteSecret(_ context.Context, name string, _ int) error {
	return f.write("DeleteSecret", func() error {
		f.secrets[name].Deleted = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		return nil
	})
}
