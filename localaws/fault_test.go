package localaws

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	awsmwaa "github.com/aws/aws-sdk-go-v2/service/mwaa"
	mwaatypes "github.com/aws/aws-sdk-go-v2/service/mwaa/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/smithy-go"

	"aircon/localaws/mwaa"
)

func codeIn(err error) string {
	var refused smithy.APIError
	if errors.As(err, &refused) {
		return refused.ErrorCode()
	}
	return ""
}

// TestThrottledByService expects each service's own code, which the SDK knows as a throttle, and retries until it has passed.
func TestThrottledByService(t *testing.T) {
	s := serve(t, Options{})
	calls := map[string]func(sdk) error{
		"secretsmanager": func(c sdk) error {
			_, err := c.secrets.ListSecrets(t.Context(), nil)
			return err
		},
		"iam": func(c sdk) error {
			_, err := c.iam.ListUsers(t.Context(), nil)
			return err
		},
		"sts": func(c sdk) error {
			_, err := c.sts.GetCallerIdentity(t.Context(), nil)
			return err
		},
		"kms": func(c sdk) error {
			_, err := c.kms.ListKeys(t.Context(), &awskms.ListKeysInput{})
			return err
		},
		"airflow": func(c sdk) error {
			_, err := c.mwaa.ListEnvironments(t.Context(), &awsmwaa.ListEnvironmentsInput{})
			return err
		},
	}
	if len(calls) != len(s.serviceNames()) {
		t.Errorf("calls of %d services, of %v", len(calls), s.serviceNames())
	}
	for service, call := range calls {
		remove := s.Inject(Fault{Service: service, Kind: FaultThrottle})
		if got, want := codeIn(call(s.administrator())), throttling[service].Code; got != want {
			t.Errorf("%s: a throttled call is refused with %q, want %s", service, got, want)
		}
		remove()
		s.Inject(Fault{Service: service, Kind: FaultThrottle, Next: 2})
		if err := call(s.as(s.Administrator(), "", DefaultRegion, 3)); err != nil {
			t.Errorf("%s: the third try: %v", service, err)
		}
		if left := s.Faults(); len(left) > 0 {
			t.Errorf("%s: %v is still there", service, left)
		}
	}
}

// TestDroppedAfterTheWrite loses the answer of a write. The SDK tries again with the same token where the connection is gone, and gives up on half
// of an answer: then the user tries again. The write must be there once, whichever way.
func TestDroppedAfterTheWrite(t *testing.T) {
	for _, test := range []struct {
		kind  FaultKind
		calls int
	}{{FaultDropBefore, 1}, {FaultDropAfter, 1}, {FaultTruncate, 2}} {
		s := serve(t, Options{})
		put(t, s.administrator(), "db", "first")
		s.Inject(Fault{Service: "secretsmanager", Operation: "PutSecretValue", Kind: test.kind, Next: 1})
		patient := s.as(s.Administrator(), "", DefaultRegion, 3)
		in := &secretsmanager.PutSecretValueInput{
			SecretId: aws.String("db"), SecretString: aws.String("second"), ClientRequestToken: aws.String("5a3c7d1e-8f5d-4a3c-9c7a-2b9a0d2f7c11"),
		}
		var err error
		var calls int
		for calls = 1; calls <= 3; calls++ {
			if _, err = patient.secrets.PutSecretValue(t.Context(), in); err == nil {
				break
			}
		}
		if err != nil || calls != test.calls {
			t.Errorf("%s: %d calls, the last with %v; want %d", test.kind, calls, err, test.calls)
		}
		all, err := patient.secrets.ListSecretVersionIds(t.Context(), &secretsmanager.ListSecretVersionIdsInput{SecretId: in.SecretId, IncludeDeprecated: aws.Bool(true)})
		if err != nil {
			t.Fatal(err)
		}
		if len(all.Versions) != 2 {
			t.Errorf("%s: there are %d versions", test.kind, len(all.Versions))
		}
		read, err := patient.secrets.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: in.SecretId})
		if err != nil || *read.SecretString != "second" || *read.VersionId != *in.ClientRequestToken {
			t.Errorf("%s: reads %+v, %v", test.kind, read, err)
		}
	}
}

// TestWhatADropLeaves tells, without a retry, whether the dropped write was carried out.
func TestWhatADropLeaves(t *testing.T) {
	for kind, want := range map[FaultKind]string{FaultDropBefore: "first", FaultDropAfter: "second", FaultTruncate: "second"} {
		s := serve(t, Options{})
		admin := s.administrator()
		put(t, admin, "db", "first")
		remove := s.Inject(Fault{Operation: "Put*", Kind: kind})
		_, err := admin.secrets.PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{SecretId: aws.String("db"), SecretString: aws.String("second")})
		if err == nil {
			t.Errorf("%s: the call succeeded", kind)
		}
		remove()
		if got, err := get(t, admin, "db"); got != want || err != nil {
			t.Errorf("%s: the secret is %q, %v, want %q", kind, got, err, want)
		}
	}
}

// TestEnvironmentsThatFail lets a create and updates be answered well and end badly, and strikes nothing else.
func TestEnvironmentsThatFail(t *testing.T) {
	s := serve(t, Options{MWAA: mwaa.Options{Create: -1, Update: -1}})
	c := s.administrator()
	made, err := c.iam.CreateRole(t.Context(), &awsiam.CreateRoleInput{RoleName: aws.String("execution"), AssumeRolePolicyDocument: aws.String(
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"airflow-env.amazonaws.com"},"Action":"sts:AssumeRole"}}`)})
	if err != nil {
		t.Fatal(err)
	}
	state := func(name string) string {
		t.Helper()
		got, err := c.mwaa.GetEnvironment(t.Context(), &awsmwaa.GetEnvironmentInput{Name: &name})
		if err != nil {
			t.Fatal(err)
		}
		text := string(got.Environment.Status)
		if failed := got.Environment.LastUpdate.Error; failed != nil {
			text += " " + *failed.ErrorCode + " " + *failed.ErrorMessage
		}
		return text
	}
	create := func(name string) {
		t.Helper()
		_, err := c.mwaa.CreateEnvironment(t.Context(), &awsmwaa.CreateEnvironmentInput{
			Name: &name, DagS3Path: aws.String("dags"), ExecutionRoleArn: made.Role.Arn, SourceBucketArn: aws.String("arn:aws:s3:::bucket"),
			NetworkConfiguration: &mwaatypes.NetworkConfiguration{SubnetIds: []string{"subnet-0a", "subnet-0b"}, SecurityGroupIds: []string{"sg-0a"}},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	s.Inject(Fault{Kind: FaultEnvironment, Next: 1})
	create("broken")
	if got := state("broken"); !strings.HasPrefix(got, "CREATE_FAILED INCORRECT_CONFIGURATION You may need to check the execution role") {
		t.Errorf("what could not be made is %s", got)
	}
	create("analytics")
	for _, test := range []struct {
		fault Fault
		want  string
	}{
		{Fault{Operation: "Update*", Code: "INTERNAL", Message: "no capacity"}, "UPDATE_FAILED INTERNAL no capacity"},
		{Fault{Operation: "CreateEnvironment"}, "AVAILABLE"},
		{Fault{Resource: "*:environment/other"}, "AVAILABLE"},
		{Fault{Lost: true, Code: "INTERNAL", Message: "gone", Service: "mwaa"}, "UNAVAILABLE INTERNAL gone"},
	} {
		test.fault.Kind = FaultEnvironment
		remove := s.Inject(test.fault)
		if _, err := c.mwaa.UpdateEnvironment(t.Context(), &awsmwaa.UpdateEnvironmentInput{Name: aws.String("analytics")}); err != nil {
			t.Fatal(err)
		}
		if got := state("analytics"); got != test.want {
			t.Errorf("%+v: the environment is %s, want %s", test.fault, got, test.want)
		}
		remove()
	}
}

// TestWhichAreStruck picks requests out by each member of a fault. Six reads are made, of two secrets by two callers in turns.
func TestWhichAreStruck(t *testing.T) {
	s := serve(t, Options{})
	admin := s.administrator()
	put(t, admin, "one", "1")
	put(t, admin, "two", "2")
	reader := s.assume(t, admin, s.role(t, admin, "reader", DefaultAccount), "reading")
	for name, test := range map[string]struct {
		fault Fault
		want  string // x where a read is struck: admin one, reader two, admin one, …
	}{
		"all":                 {Fault{}, "xxxxxx"},
		"service":             {Fault{Service: "secretsmanager"}, "xxxxxx"},
		"another service":     {Fault{Service: "kms"}, "......"},
		"operation":           {Fault{Operation: "GetSecretValue"}, "xxxxxx"},
		"another operation":   {Fault{Operation: "List*"}, "......"},
		"principal":           {Fault{Principal: "arn:aws:sts::*:assumed-role/reader/*"}, ".x.x.x"},
		"resource as sent":    {Fault{Resource: "one"}, "x.x.x."},
		"resource's ARN":      {Fault{Resource: "arn:aws:secretsmanager:*:secret:two-??????"}, ".x.x.x"},
		"another resource":    {Fault{Resource: "three"}, "......"},
		"the next two":        {Fault{Next: 2}, "xx...."},
		"each third":          {Fault{Every: 3}, "..x..x"},
		"one each third":      {Fault{Every: 3, Next: 1}, "..x..."},
		"always":              {Fault{Probability: 1}, "xxxxxx"},
		"by chance":           {Fault{Probability: 0.5, Seed: 3}, chance(3, 6)},
		"by another chance":   {Fault{Probability: 0.5, Seed: 4}, chance(4, 6)},
		"principal and count": {Fault{Principal: "*/reader/*", Next: 1}, ".x...."},
	} {
		test.fault.Kind, test.fault.Code, test.fault.Status = FaultError, "Injected", 418
		remove := s.Inject(test.fault)
		got := ""
		for i := range 6 {
			who, id := admin, "one"
			if i%2 == 1 {
				who, id = reader, "two"
			}
			_, err := get(t, who, id)
			switch codeIn(err) {
			case "Injected":
				got += "x"
			default:
				got += "."
				if err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
		if got != test.want {
			t.Errorf("%s: struck %s, want %s", name, got, test.want)
		}
		remove()
	}
}

// chance says which of n requests a fault of probability one half strikes: the same on every machine.
func chance(seed int64, n int) string {
	f := newActiveFault(Fault{Probability: 0.5, Seed: seed})
	out := ""
	for range n {
		out += map[bool]string{true: "x", false: "."}[f.due()]
	}
	return out
}

// TestFirstFaultAnswers injects two faults that strike the same request.
func TestFirstFaultAnswers(t *testing.T) {
	s := serve(t, Options{})
	s.Inject(Fault{Kind: FaultError, Code: "First", Next: 1})
	s.Inject(Fault{Kind: FaultError, Code: "Second"})
	for _, want := range []string{"First", "Second", "Second"} {
		if _, err := get(t, s.administrator(), "x"); codeIn(err) != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if n := s.ClearFaults(); n != 1 {
		t.Errorf("%d faults were left", n)
	}
	if _, err := get(t, s.administrator(), "x"); codeIn(err) != "ResourceNotFoundException" {
		t.Errorf("without faults: %v", err)
	}
}

// TestLatency waits on a clock that jumps: for an injected time, for a client that leaves, and for a server that ends.
func TestLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProbe(t)
		p.Inject(Fault{Kind: FaultLatency, Latency: time.Hour})
		began := time.Now()
		if w := p.do(t, "Ask", `{"Action":"probe:Ask","Resource":"*"}`); w.Code != 200 || time.Since(began) != time.Hour {
			t.Errorf("answered %d after %v", w.Code, time.Since(began))
		}
		began = time.Now()
		time.AfterFunc(time.Minute, p.Drain)
		if w := p.do(t, "Ask", `{"Action":"probe:Ask","Resource":"*"}`); w.Code != 200 || time.Since(began) != time.Minute {
			t.Errorf("at the end of the server: answered %d after %v", w.Code, time.Since(began))
		}
	})
	synctest.Test(t, func(t *testing.T) {
		p := newProbe(t)
		p.Inject(Fault{Kind: FaultLatency, Latency: time.Hour})
		r := p.request(t, "Ask", `{"Action":"probe:Ask","Resource":"*"}`)
		sign(t, r, "probe")
		ctx, leave := context.WithTimeout(t.Context(), time.Second)
		defer leave()
		began := time.Now()
		if w := p.answer(r.WithContext(ctx)); w.Code != 400 || time.Since(began) != time.Second {
			t.Errorf("the client left: answered %d after %v", w.Code, time.Since(began))
		}
	})
}

// TestFaultsThatMakeNoSense expects an error that says what would.
func TestFaultsThatMakeNoSense(t *testing.T) {
	s := serve(t, Options{})
	for want, f := range map[string]Fault{
		`kind "": the kinds of fault are throttle, error, latency, drop-before, drop-after, truncate and environment`: {},
		"a fault of kind error needs a code":      {Kind: FaultError},
		"a fault of kind latency needs a latency": {Kind: FaultLatency},
		"cannot be negative":                      {Kind: FaultThrottle, Next: -1},
		"probability 2":                           {Kind: FaultThrottle, Probability: 2},
		"status 200":                              {Kind: FaultError, Code: "X", Status: 200},
		`service "s3": local AWS has airflow, iam, kms, secretsmanager, sts`: {Kind: FaultThrottle, Service: "s3"},
		"only a fault of kind environment":                                   {Kind: FaultThrottle, Lost: true},
		"strikes airflow's CreateEnvironment and":                            {Kind: FaultEnvironment, Service: "kms"},
		"strikes airflow's CreateEnvironment":                                {Kind: FaultEnvironment, Operation: "Get*"},
		`service "aircon"`:                                                   {Kind: FaultThrottle, Service: "aircon"},
		`operation "GetSecret": secretsmanager has`:                          {Kind: FaultThrottle, Service: "secretsmanager", Operation: "GetSecret"},
	} {
		if _, err := s.AddFault(f); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: got %v, want %s", f, err, want)
		}
	}
	if got := s.Faults(); len(got) > 0 {
		t.Errorf("kept %v", got)
	}
	defer func() {
		if recover() == nil {
			t.Error("Inject took a fault that makes no sense")
		}
	}()
	s.Inject(Fault{})
}

// TestLike holds patterns against texts.
func TestLike(t *testing.T) {
	for _, test := range []struct {
		pattern, text string
		want          bool
	}{
		{"", "", true},
		{"", "x", true},
		{"*", "", true},
		{"a", "a", true},
		{"a", "ab", false},
		{"a", "", false},
		{"a*", "abc", true},
		{"*c", "abc", true},
		{"a*c", "abbbc", true},
		{"a*c", "abbb", false},
		{"a?c", "abc", true},
		{"a?c", "ac", false},
		{"*a*b*", "xxaxxbxx", true},
		{"*ab", "aab", true},
		{"?", "", false},
		{"a**", "a", true},
	} {
		if got := like(test.pattern, test.text); got != test.want {
			t.Errorf("like(%q, %q) = %v", test.pattern, test.text, got)
		}
	}
}

// TestPanicOfAWriteIsPlaced expects the stack of a write that panics to tell where, though the store runs writes together.
func TestPanicOfAWriteIsPlaced(t *testing.T) {
	p := newProbe(t)
	w := p.do(t, "Break", `{"Action":"probe:X","Resource":"*"}`)
	if log := p.log.String(); w.Code != 500 || !strings.Contains(log, "localaws.probeBreak") || strings.Contains(log, "canary") {
		t.Errorf("answers %d and logs %s", w.Code, log)
	}
	if got := p.do(t, "Ask", `{"Action":"probe:X","Resource":"*"}`); got.Code != 200 {
		t.Errorf("afterwards: %d", got.Code)
	}
}
