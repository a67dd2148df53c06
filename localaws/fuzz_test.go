package localaws

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"aircon/localaws/op"
)

// FuzzServe sends requests of any shape, none of them rightly signed, and expects a refusal without a fault of the server.
func FuzzServe(f *testing.F) {
	for _, seed := range [][6]string{
		{"POST", "/", "secretsmanager.GetSecretValue", "application/x-amz-json-1.1", "AWS4-HMAC-SHA256 Credential=A/20260101/eu-west-1/secretsmanager/aws4_request, SignedHeaders=host;x-amz-date, Signature=00", `{"SecretId":"x"}`},
		{"POST", "/", "", "application/x-www-form-urlencoded", "AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/iam/aws4_request", "Action=GetUser&Version=2010-05-08"},
		{"PUT", "/environments/x%2Fy?a=b", "", "application/json", "AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/airflow/aws4_request", "{}"},
		{"GET", "/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A%2F20260101%2Fus-east-1%2Fsts%2Faws4_request", "", "", "", ""},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3], seed[4], seed[5])
	}
	log := new(bytes.Buffer)
	s, err := New(Options{Log: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, method, target, operation, kind, authorization, body string) {
		u, err := url.ParseRequestURI(target)
		if err != nil || u.Path == "/healthz" || u.Path == "/metrics" {
			return
		}
		r := httptest.NewRequest(http.MethodPost, "http://local.test/", strings.NewReader(body))
		r.Method, r.URL, r.RequestURI = method, u, target
		for name, value := range map[string]string{
			"X-Amz-Target": operation, "Content-Type": kind, "Authorization": authorization, "X-Amz-Date": "20260101T000000Z", "X-Amz-Security-Token": authorization,
		} {
			r.Header.Set(name, value)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code < 400 || w.Code >= 500 || log.Len() > 0 {
			t.Errorf("answered with %d %s; log: %s", w.Code, w.Body, log)
		}
	})
}

// fuzzed is a local AWS that is thrown away now and then, so that what fuzzing makes in it does not add up.
type fuzzed struct {
	server *Server
	log    *bytes.Buffer
	calls  int
}

func (z *fuzzed) fresh(t testing.TB) *Server {
	if z.calls++; z.calls%1000 == 1 {
		var err error
		z.log = new(bytes.Buffer)
		if z.server, err = New(Options{Log: slog.New(slog.NewTextHandler(z.log, nil))}); err != nil {
			t.Fatal(err)
		}
	}
	return z.server
}

// callable is an operation of a service.
type callable struct {
	service   *service
	operation *op.Operation
}

// callables lists every operation.
func (s *Server) callables() (all []callable) {
	for _, svc := range s.services {
		for i := range svc.Operations {
			all = append(all, callable{svc, &svc.Operations[i]})
		}
	}
	return all
}

var pathMember = regexp.MustCompile(`\{\w+\+?\}`)

// callText writes a request for an operation as its protocol does; outside is what stands in the path of REST-JSON.
func callText(svc *service, o *op.Operation, outside, body string) (method, target, kind, text string) {
	switch svc.Protocol {
	case op.Query:
		return http.MethodPost, "/", "application/x-www-form-urlencoded", "Action=" + o.Name + "&Version=" + svc.APIVersion + "&" + body
	case op.RESTJSON:
		path := pathMember.ReplaceAllLiteralString(o.Path, url.PathEscape(outside))
		return o.Method, path, "application/json", body
	default:
		return http.MethodPost, "/", "application/x-amz-json-1.1", body
	}
}

// FuzzOperations calls every operation as the administrator, with inputs of any shape, and expects an answer or a refusal, never a fault
// of the server.
func FuzzOperations(f *testing.F) {
	z := new(fuzzed)
	n := len(z.fresh(f).callables())
	for i := range n {
		f.Add(uint16(i), "x", `{"SecretId":"x","Name":"x","KeyId":"alias/x","ClientRequestToken":"00000000-0000-0000-0000-000000000000","Filters":[{"Key":"name","Values":["!x"]}],"NextToken":"x","Marker":"x"}`)
		f.Add(uint16(i), "arn:aws:airflow:us-east-1:123456789012:environment/x", "UserName=x&RoleName=x&PolicyName=x&GroupName=x&PolicyArn=arn:aws:iam::123456789012:policy/x&PolicyDocument={}&Tags.member.1.Key=a&Tags.member.1.Value=b&Marker=x&Path=/x/")
	}
	signer := v4.NewSigner()
	f.Fuzz(func(t *testing.T, which uint16, outside, body string) {
		s := z.fresh(t)
		all := s.callables()
		svc, o := all[int(which)%n].service, all[int(which)%n].operation
		method, target, kind, text := callText(svc, o, outside, body)
		if _, err := url.ParseRequestURI(target); err != nil {
			return
		}
		r := httptest.NewRequest(method, "http://local.test"+target, strings.NewReader(text))
		r.RequestURI = target
		r.Header.Set("Content-Type", kind)
		if svc.Target != "" {
			r.Header.Set("X-Amz-Target", svc.Target+"."+o.Name)
		}
		sum := sha256.Sum256([]byte(text))
		keys := aws.Credentials{AccessKeyID: s.admin.AccessKeyID, SecretAccessKey: s.admin.SecretAccessKey}
		if err := signer.SignHTTP(context.Background(), keys, r, hex.EncodeToString(sum[:]), svc.Name, "us-east-1", time.Now()); err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		s.ClearFaults() // which the admin API may just have been asked for
		if w.Code >= 500 || z.log.Len() > 0 {
			t.Errorf("%s %s answered with %d %s; log: %s", svc.Name, o.Name, w.Code, w.Body, z.log)
		}
		if w.Code == http.StatusForbidden && strings.Contains(w.Body.String(), "Signature") {
			t.Errorf("%s %s: %s", svc.Name, o.Name, w.Body)
		}
	})
}
