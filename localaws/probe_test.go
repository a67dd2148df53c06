package localaws

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"aircon/internal/store"
	"aircon/localaws/op"
	"aircon/policy"
)

// probe is a service whose one need is what its input says: it shows the frame at work without any AWS service's own rules.
type probeInput struct {
	Action   string
	Resource string
	Owner    string
	Policy   string // the resource's
	Decides  bool
	Name     string // of what Store writes
}

type probeOutput struct{ Principal, Region string }

type probed struct{ Name string }

var probedThings = store.Table[probed]{Name: "probe.things"}

func probeNeeds(_ *op.Call, in *probeInput) ([]op.Need, error) {
	n := op.Need{Action: in.Action, Resource: in.Resource, Owner: in.Owner, PolicyDecides: in.Decides, Context: policy.Context{policy.One("probe:Own", "yes")}}
	if in.Policy != "" {
		n.Policy = mustParse(in.Policy)
	}
	return []op.Need{n}, nil
}

func probeAsk(c *op.Call, _ *probeInput) (*probeOutput, error) {
	return &probeOutput{c.Principal.ARN, c.Region}, nil
}

func probeStore(c *op.Call, in *probeInput) (*probeOutput, error) {
	if err := probedThings.Put(c.Tx, in.Name, &probed{in.Name}); err != nil {
		return nil, err
	}
	return &probeOutput{}, nil
}

func probeBreak(*op.Call, *probeInput) (*probeOutput, error) { panic("canary-secret") }

func probeService() op.Service {
	return op.Service{
		Name: "probe", Protocol: op.JSON11, Target: "probe", Tables: []store.Schema{probedThings.Schema()},
		Operations: []op.Operation{
			op.Read("Ask", probeNeeds, probeAsk),
			op.Write("Store", probeNeeds, probeStore),
			op.Write("Careless", nil, probeStore),
			op.Write("Break", probeNeeds, probeBreak),
			op.Read("Panic", probeNeeds, func(*op.Call, *probeInput) (*probeOutput, error) { panic("canary-secret") }),
			op.Read("Fail", probeNeeds, func(*op.Call, *probeInput) (*probeOutput, error) { return nil, errors.New("the disk sings") }),
		},
	}
}

// probeDirectory has one user, whose policies a test sets.
type probeDirectory struct {
	directory
	grants op.Grants
}

func (d *probeDirectory) Grants(store.Tx, policy.Principal) (op.Grants, error) { return d.grants, nil }

type probe struct {
	*Server
	directory *probeDirectory
	log       *bytes.Buffer
}

func newProbe(t *testing.T) *probe {
	t.Helper()
	p := &probe{directory: &probeDirectory{grants: op.Grants{Identity: everything}}, log: new(bytes.Buffer)}
	s, err := newServer(Options{Log: slog.New(slog.NewTextHandler(p.log, nil))}, p.directory, []op.Service{probeService()})
	if err != nil {
		t.Fatal(err)
	}
	p.Server = s
	return p
}

// request makes a JSON 1.1 request, not signed yet.
func (p *probe) request(t *testing.T, operation, body string) *http.Request {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "http://local.test/", strings.NewReader(body))
	r.Header.Set("X-Amz-Target", "probe."+operation)
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	return r
}

// sign signs r as the plain user.
func sign(t *testing.T, r *http.Request, service string) {
	t.Helper()
	signAs(t, r, Credentials{plainKey, plainSecret}, service)
}

// signAs signs r for a service in eu-west-1, or us-east-1 where it has no region.
func signAs(t *testing.T, r *http.Request, keys Credentials, service string) {
	t.Helper()
	region := "eu-west-1"
	if service == "iam" {
		region = globalRegion
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	sum := sha256.Sum256(body)
	r.RequestURI = "" // the signer refuses a server's request otherwise
	err = v4.NewSigner().SignHTTP(t.Context(), aws.Credentials{AccessKeyID: keys.AccessKeyID, SecretAccessKey: keys.SecretAccessKey}, r, hex.EncodeToString(sum[:]), service, region, time.Now())
	if err != nil {
		t.Fatal(err)
	}
}

// do signs and answers a request.
func (p *probe) do(t *testing.T, operation, body string) *httptest.ResponseRecorder {
	t.Helper()
	r := p.request(t, operation, body)
	sign(t, r, "probe")
	return p.answer(r)
}

func (p *probe) answer(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return w
}

// TestGlobalKeys makes each condition key that the frame provides decide: the right value allows, and another does not.
func TestGlobalKeys(t *testing.T) {
	p := newProbe(t)
	for _, test := range []struct{ operator, key, right, wrong string }{
		{"IpAddress", "aws:SourceIp", "192.0.2.0/24", "198.51.100.0/24"},
		{"Bool", "aws:SecureTransport", "false", "true"},
		{"StringEquals", "aws:RequestedRegion", "eu-west-1", "us-east-1"},
		{"DateLessThan", "aws:CurrentTime", "2999-01-01T00:00:00Z", "2001-01-01T00:00:00Z"},
		{"NumericGreaterThan", "aws:EpochTime", "1000000000", "99999999999"},
		{"StringLike", "aws:UserAgent", "probe/*", "other/*"},
		{"StringEquals", "aws:Referer", "http://local.test", "http://other.test"},
		{"Bool", "aws:ViaAWSService", "false", "true"},
		{"Bool", "aws:PrincipalIsAWSService", "false", "true"},
		{"StringEquals", "aws:PrincipalArn", user("plain").ARN, user("admin").ARN},
		{"StringEquals", "aws:PrincipalAccount", DefaultAccount, "111122223333"},
		{"StringEquals", "aws:PrincipalType", "User", "AssumedRole"},
		{"StringEquals", "aws:PrincipalTag/team", "data", "web"},
		{"StringEquals", "aws:userid", "AIDAplain", "AIDAadmin"},
		{"StringEquals", "aws:username", "plain", "admin"},
		{"StringEquals", "probe:Own", "yes", "no"},
		{"Null", "aws:TokenIssueTime", "true", "false"},
		{"Null", "aws:MultiFactorAuthPresent", "true", "false"},
	} {
		for value, want := range map[string]int{test.right: 200, test.wrong: 400} {
			text := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"probe:*","Resource":"*","Condition":{"` +
				test.operator + `":{"` + test.key + `":"` + value + `"}}}]}`
			p.directory.grants = op.Grants{
				Identity: []policy.Policy{{Name: "p", Document: mustParse(text)}}, Tags: []policy.Tag{{Key: "team", Value: "data"}},
			}
			r := p.request(t, "Ask", `{"Action":"probe:Ask","Resource":"*"}`)
			r.Header.Set("User-Agent", "probe/1")
			r.Header.Set("Referer", "http://local.test")
			sign(t, r, "probe")
			if w := p.answer(r); w.Code != want {
				t.Errorf("%s %s %s: got %d %s, want %d", test.key, test.operator, value, w.Code, w.Body, want)
			}
		}
	}
}

// TestDecision walks the kinds of policy that the frame hands to package policy.
func TestDecision(t *testing.T) {
	allow := []policy.Policy{{Name: "p", Document: mustParse(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"probe:Ask","Resource":"arn:aws:probe:::x"}]}`)}}
	nothing := &policy.Policy{Name: "b", Document: allowsNothing}
	resource := `{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"` + user("plain").ARN + `\"},\"Action\":\"probe:Ask\",\"Resource\":\"*\"}]}`
	who := "User: " + user("plain").ARN + " is not authorized to perform: probe:Ask on resource: arn:aws:probe:::x because no "
	for name, test := range map[string]struct {
		grants op.Grants
		extra  string // further members of the input
		want   string // the message of the refusal
	}{
		"identity":                          {op.Grants{Identity: allow}, "", ""},
		"nothing":                           {op.Grants{}, "", who + "identity-based policy allows the probe:Ask action"},
		"boundary lacks it":                 {op.Grants{Identity: allow, Boundary: nothing}, "", who + "permissions boundary allows the probe:Ask action"},
		"resource policy alone":             {op.Grants{}, `,"Policy":"` + resource + `"`, ""},
		"another account, identity alone":   {op.Grants{Identity: allow}, `,"Owner":"111122223333"`, who + "resource-based policy allows the probe:Ask action"},
		"another account, both":             {op.Grants{Identity: allow}, `,"Owner":"111122223333","Policy":"` + resource + `"`, ""},
		"another account, resource alone":   {op.Grants{}, `,"Owner":"111122223333","Policy":"` + resource + `"`, who + "identity-based policy allows the probe:Ask action"},
		"resource's policy decides, not it": {op.Grants{Identity: allow}, `,"Decides":true`, who + "resource-based policy allows the probe:Ask action"},
		"resource's policy decides":         {op.Grants{}, `,"Decides":true,"Policy":"` + resource + `"`, ""},
	} {
		p := newProbe(t)
		p.directory.grants = test.grants
		w := p.do(t, "Ask", `{"Action":"probe:Ask","Resource":"arn:aws:probe:::x"`+test.extra+`}`)
		want := `{"Principal":"` + user("plain").ARN + `","Region":"eu-west-1"}`
		if test.want != "" {
			want = `{"__type":"AccessDeniedException","message":"` + test.want + `"}`
		}
		if w.Body.String() != want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, w.Body, want)
		}
	}
}

// bomb is a body whose reading panics.
type bomb struct{ io.ReadCloser }

func (bomb) Read([]byte) (int, error) { panic("canary-secret") }

// TestPanicOutsideOfAnOperation expects that what net/http is handed says nothing, so that it logs nothing.
func TestPanicOutsideOfAnOperation(t *testing.T) {
	p := newProbe(t)
	r := p.request(t, "Ask", "{}")
	r.Body = bomb{}
	defer func() {
		log := p.log.String()
		if err, _ := recover().(error); !errors.Is(err, http.ErrAbortHandler) || !strings.Contains(log, "panic") || strings.Contains(log, "canary") {
			t.Errorf("panics with %v, and logs %s", err, log)
		}
	}()
	p.ServeHTTP(httptest.NewRecorder(), r)
}

// TestFaults expects that no fault of an operation reaches the caller, that all are logged, and that nothing is written.
func TestFaults(t *testing.T) {
	for operation, logged := range map[string]string{
		"Careless": "asked for no permission", "Panic": "probe.probeService", "Fail": "the disk sings",
	} {
		p := newProbe(t)
		w := p.do(t, operation, `{"Action":"probe:X","Resource":"*","Name":"thing"}`)
		want := `{"__type":"InternalFailure","message":"The request processing has failed because of an unknown error, exception or failure."}`
		if w.Code != 500 || w.Body.String() != want {
			t.Errorf("%s: got %d %s", operation, w.Code, w.Body)
		}
		log := p.log.String()
		if strings.Contains(log, "canary") {
			t.Errorf("%s: the log shows what was in the panic", operation)
		}
		if operation != "Panic" && !strings.Contains(log, logged) || !strings.Contains(log, w.Header().Get("X-Amzn-Requestid")) {
			t.Errorf("%s: the log says %s", operation, log)
		}
		err := p.store.View(func(tx store.Tx) error {
			thing, err := probedThings.Get(tx, "thing")
			if thing != nil {
				t.Errorf("%s: what it wrote is there", operation)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}
