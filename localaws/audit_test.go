package localaws

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	awsmwaa "github.com/aws/aws-sdk-go-v2/service/mwaa"
	mwaatypes "github.com/aws/aws-sdk-go-v2/service/mwaa/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	awssts "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"aircon/localaws/op"
)

// trail keeps the events of a test.
type trail struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *trail) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// take returns the events since the last time, and forgets them.
func (l *trail) take(t *testing.T) (events []Event) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range bytes.Lines(l.text.Bytes()) {
		var e Event
		if err := json.Unmarshal(line, &e); err != nil {
			t.Errorf("%s: %v", line, err)
		}
		events = append(events, e)
	}
	l.text.Reset()
	return events
}

// last returns the one call since the last time.
func (l *trail) last(t *testing.T) Event {
	t.Helper()
	events := slices.DeleteFunc(l.take(t), func(e Event) bool { return e.EventType == "AwsServiceEvent" })
	if len(events) != 1 {
		t.Fatalf("there are %d events: %+v", len(events), events)
	}
	return events[0]
}

// required are the members that each event has, whatever the call. Source: the CloudTrail User Guide, "CloudTrail record contents": those that
// are not optional, and those that management events always carry.
var required = []string{
	"eventTime", "eventVersion", "userIdentity", "eventSource", "eventName", "awsRegion", "sourceIPAddress", "userAgent", "requestParameters",
	"responseElements", "requestID", "eventID", "eventType", "readOnly", "managementEvent", "recipientAccountId", "eventCategory",
}

// bare makes a request for an operation with as little input as the protocol lets through.
func bare(svc *service, o *op.Operation) *http.Request {
	method, path, kind, body := http.MethodPost, "/", "application/x-amz-json-1.1", "{}"
	switch svc.Protocol {
	case op.Query:
		kind, body = "application/x-www-form-urlencoded", "Action="+o.Name+"&Version="+svc.APIVersion
	case op.RESTJSON:
		method, path, kind = o.Method, o.Path, "application/json"
		for _, label := range []string{"{Name}", "{ID}", "{EnvironmentName}", "{ResourceArn}", "{ResourceArn+}"} {
			path = strings.ReplaceAll(path, label, "nothing")
		}
	}
	r := httptest.NewRequest(method, "http://local.test"+path, strings.NewReader(body))
	r.Header.Set("Content-Type", kind)
	if svc.Protocol == op.JSON11 {
		r.Header.Set("X-Amz-Target", svc.Target+"."+o.Name)
	}
	return r
}

// TestEveryOperationLeavesAnEvent asks for each operation of the table, and expects an event that says so and has the answer's request id and
// error.
func TestEveryOperationLeavesAnEvent(t *testing.T) {
	log := new(trail)
	s := serve(t, Options{Audit: log})
	n := 0
	for _, svc := range s.services {
		for i := range svc.Operations {
			o := &svc.Operations[i]
			r := bare(svc, o)
			signAs(t, r, s.Administrator(), svc.Name)
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			n++
			text := log.text.String()
			e := log.last(t)
			if e.EventName != o.Name || e.EventSource != styleOf(svc.Name).from || e.RequestID != w.Header().Get("X-Amzn-Requestid") {
				t.Errorf("%s %s: the event is of %s %s, request %s", svc.Name, o.Name, e.EventSource, e.EventName, e.RequestID)
			}
			if refused := w.Code >= 400; refused != (e.ErrorCode != "") || refused && !strings.Contains(w.Body.String(), strings.TrimSuffix(e.ErrorCode, "Exception")) {
				t.Errorf("%s %s: the event's error is %q, of %s", svc.Name, o.Name, e.ErrorCode, w.Body)
			}
			if e.UserIdentity.UserName != administratorName || e.RecipientAccountID != DefaultAccount || e.EventVersion != "1.11" || e.EventType != "AwsApiCall" {
				t.Errorf("%s %s: %+v", svc.Name, o.Name, e)
			}
			var members map[string]any
			if err := json.Unmarshal([]byte(text), &members); err != nil {
				t.Error(err)
			}
			for _, name := range required {
				if _, ok := members[name]; !ok {
					t.Errorf("%s %s: the event has no %s", svc.Name, o.Name, name)
				}
			}
		}
	}
	if n < 130 {
		t.Errorf("only %d operations were asked for", n)
	}
}

// TestEvents makes calls as users do, and holds what the log says of each against CloudTrail's words.
func TestEvents(t *testing.T) {
	log := new(trail)
	s := serve(t, Options{Audit: log})
	c := s.administrator()
	ctx := t.Context()
	role := s.role(t, c, "worker", DefaultAccount)
	put(t, c, "db", "canary")
	log.take(t)
	for _, test := range []struct {
		name                string
		call                func() error
		source, event       string
		reads               bool
		parameters, answers string // JSON; "" means null, and … stands for anything
		code, resource      string
	}{
		{
			"a secret is made", func() error {
				_, err := c.secrets.CreateSecret(ctx, &secretsmanager.CreateSecretInput{
					Name: aws.String("one"), SecretString: aws.String("canary"), ClientRequestToken: aws.String("5a3c7d1e-8f5d-4a3c-9c7a-2b9a0d2f7c11"),
				})
				return err
			},
			"secretsmanager.amazonaws.com", "CreateSecret", false,
			`{"name":"one","clientRequestToken":"5a3c7d1e-8f5d-4a3c-9c7a-2b9a0d2f7c11"}`,
			`{"aRN":"arn:aws:secretsmanager:us-east-1:123456789012:secret:one-…","name":"one","versionId":"5a3c7d1e-8f5d-4a3c-9c7a-2b9a0d2f7c11"}`, "", "",
		},
		{
			"a secret is read", func() error {
				_, err := get(t, c, "db")
				return err
			},
			"secretsmanager.amazonaws.com", "GetSecretValue", true, `{"secretId":"db"}`, "", "", "AWS::SecretsManager::Secret",
		},
		{
			"a secret that is not there", func() error {
				_, err := get(t, c, "nothing")
				return err
			},
			"secretsmanager.amazonaws.com", "GetSecretValue", true, `{"secretId":"nothing"}`, "", "ResourceNotFoundException", "",
		},
		{
			"a secret is deleted", func() error {
				_, err := c.secrets.DeleteSecret(ctx, &secretsmanager.DeleteSecretInput{SecretId: aws.String("db"), RecoveryWindowInDays: aws.Int64(30)})
				return err
			},
			"secretsmanager.amazonaws.com", "DeleteSecret", false, `{"secretId":"db","recoveryWindowInDays":30}`,
			`{"aRN":"arn:aws:secretsmanager:us-east-1:123456789012:secret:db-…","name":"db","deletionDate":"…M"}`, "", "AWS::SecretsManager::Secret",
		},
		{
			"a user that is not there", func() error {
				_, err := c.iam.GetUser(ctx, &awsiam.GetUserInput{UserName: aws.String("nobody")})
				return err
			},
			"iam.amazonaws.com", "GetUser", true, `{"userName":"nobody"}`, "", "NoSuchEntityException", "AWS::IAM::User",
		},
		{
			"an access key is made", func() error {
				_, err := c.iam.CreateAccessKey(ctx, nil)
				return err
			},
			"iam.amazonaws.com", "CreateAccessKey", false, "",
			`{"accessKey":{"userName":"administrator","accessKeyId":"AKIA…","status":"Active","createDate":"…M"}}`, "", "AWS::IAM::User",
		},
		{
			"a role is assumed", func() error {
				_, err := c.sts.AssumeRole(ctx, &awssts.AssumeRoleInput{RoleArn: &role, RoleSessionName: aws.String("nightly")})
				return err
			},
			"sts.amazonaws.com", "AssumeRole", true, `{"roleArn":"` + role + `","roleSessionName":"nightly"}`,
			`{"credentials":{"accessKeyId":"ASIA…","expiration":"…M"},"assumedRoleUser":{"assumedRoleId":"AROA…:nightly","arn":"arn:aws:sts::123456789012:assumed-role/worker/nightly"}…}`,
			"", "AWS::IAM::Role",
		},
		{
			"a key is made", func() error {
				_, err := c.kms.CreateKey(ctx, &awskms.CreateKeyInput{Description: aws.String("for tests")})
				return err
			},
			"kms.amazonaws.com", "CreateKey", false, `{"…description":"for tests"…}`, `{"keyMetadata":{"aWSAccountId":"123456789012",…`, "", "",
		},
		{
			"a key that AWS makes when it is asked for", func() error {
				_, err := c.kms.DescribeKey(ctx, &awskms.DescribeKeyInput{KeyId: aws.String("alias/aws/secretsmanager")})
				return err
			},
			"kms.amazonaws.com", "DescribeKey", true, `{"keyId":"alias/aws/secretsmanager"}`, "", "", "AWS::KMS::Key",
		},
		{
			"an environment is refused", func() error {
				_, err := c.mwaa.CreateEnvironment(ctx, &awsmwaa.CreateEnvironmentInput{
					Name: aws.String("analytics"), DagS3Path: aws.String("dags"), SourceBucketArn: aws.String("arn:aws:s3:::bucket"), ExecutionRoleArn: aws.String("arn:aws:iam::123456789012:role/none"),
					AirflowConfigurationOptions: map[string]string{"smtp.smtp_password": "canary"},
					NetworkConfiguration:        &mwaatypes.NetworkConfiguration{SubnetIds: []string{"subnet-00000001", "subnet-00000002"}, SecurityGroupIds: []string{"sg-00000001"}},
				})
				return err
			},
			"airflow.amazonaws.com", "CreateEnvironment", false, `{"Name":"analytics",…"AirflowConfigurationOptions":"***"}`, "", "ValidationException", "",
		},
	} {
		err := test.call()
		if (err != nil) != (test.code != "") {
			t.Errorf("%s: %v", test.name, err)
		}
		e := log.last(t)
		if e.EventSource != test.source || e.EventName != test.event || e.ReadOnly != test.reads || e.ErrorCode != test.code || (e.ErrorMessage != "") != (test.code != "") {
			t.Errorf("%s: got %+v", test.name, e)
		}
		for what, pair := range map[string][2]string{"requestParameters": {string(e.RequestParameters), test.parameters}, "responseElements": {string(e.ResponseElements), test.answers}} {
			if want := or(pair[1], "null"); !like(strings.ReplaceAll(want, "…", "*"), pair[0]) {
				t.Errorf("%s: %s\ngot  %s\nwant %s", test.name, what, pair[0], want)
			}
		}
		if test.resource != "" && !slices.ContainsFunc(e.Resources, func(r EventResource) bool { return r.Type == test.resource && r.AccountID == DefaultAccount }) {
			t.Errorf("%s: got resources %+v, want one of %s", test.name, e.Resources, test.resource)
		}
	}
}

// TestLineIsJSON writes events of all sorts as the server does, and as encoding/json does, and expects the same.
func TestLineIsJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.Just(""), rapid.Just(`a"b\c<&>`+"\x00\xff\u2028é"))
		identity := rapid.Custom(func(t *rapid.T) EventIdentity {
			return EventIdentity{Type: text.Draw(t, "type"), PrincipalID: text.Draw(t, "id"), ARN: text.Draw(t, "arn"), UserName: text.Draw(t, "name"), InvokedBy: text.Draw(t, "service")}
		})
		e := Event{
			UserIdentity: identity.Draw(t, "who"), EventName: text.Draw(t, "event"), UserAgent: text.Draw(t, "agent"), ErrorMessage: text.Draw(t, "message"),
			ReadOnly: rapid.Bool().Draw(t, "reads"), SharedEventID: text.Draw(t, "shared"),
			RequestParameters: rapid.SampledFrom([]json.RawMessage{nil, json.RawMessage(`{"a":1}`)}).Draw(t, "parameters"),
			Resources: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) EventResource {
				return EventResource{text.Draw(t, "account"), text.Draw(t, "kind"), text.Draw(t, "resource")}
			}), 0, 2).Draw(t, "resources"),
		}
		if rapid.Bool().Draw(t, "session") {
			issuer := identity.Draw(t, "issuer")
			e.UserIdentity.SessionContext = &EventSession{SourceIdentity: text.Draw(t, "source"), SessionIssuer: &issuer}
		}
		var got, want any
		marshalled, err := json.Marshal(&e)
		if err == nil {
			err = errors.Join(json.Unmarshal(marshalled, &want), json.Unmarshal(e.appendLine(nil), &got))
		}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Fatalf("%v %s", err, diff)
		}
	})
}

// TestIdentities tells who called, by the kind of credentials, and nothing of whoever did not prove it.
func TestIdentities(t *testing.T) {
	log := new(trail)
	s := serve(t, Options{Audit: log})
	admin := s.administrator()
	role := s.role(t, admin, "worker", DefaultAccount)
	token, err := admin.sts.GetSessionToken(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	worker := s.assume(t, admin, role, "nightly")
	wrong := s.as(Credentials{s.Administrator().AccessKeyID, "canary"}, "", "eu-west-1", 1)
	log.take(t)
	identify := func(who sdk) Event {
		_, _ = who.sts.GetCallerIdentity(t.Context(), nil) // one of them fails, as it must
		return log.last(t)
	}
	if e := identify(admin); e.UserIdentity.Type != "IAMUser" || !strings.HasPrefix(e.UserIdentity.PrincipalID, "AIDA") || e.UserIdentity.ARN != "arn:aws:iam::123456789012:user/administrator" ||
		e.UserIdentity.AccountID != DefaultAccount || e.UserIdentity.AccessKeyID != s.Administrator().AccessKeyID || e.UserIdentity.UserName != "administrator" || e.UserIdentity.SessionContext != nil {
		t.Errorf("a user: %+v", e.UserIdentity)
	}
	if e := identify(s.session(token.Credentials)); e.UserIdentity.Type != "IAMUser" || e.UserIdentity.SessionContext == nil || e.UserIdentity.SessionContext.SessionIssuer != nil ||
		e.UserIdentity.SessionContext.Attributes.MFAAuthenticated != "false" || e.UserIdentity.AccessKeyID != *token.Credentials.AccessKeyId {
		t.Errorf("a user's session: %+v", e.UserIdentity)
	}
	e := identify(worker)
	issuer := e.UserIdentity.SessionContext.SessionIssuer
	if e.UserIdentity.Type != "AssumedRole" || e.UserIdentity.ARN != "arn:aws:sts::123456789012:assumed-role/worker/nightly" || !strings.HasSuffix(e.UserIdentity.PrincipalID, ":nightly") ||
		issuer.Type != "Role" || issuer.ARN != role || issuer.UserName != "worker" || issuer.AccountID != DefaultAccount || issuer.PrincipalID+":nightly" != e.UserIdentity.PrincipalID ||
		e.UserIdentity.SessionContext.Attributes.CreationDate == "" {
		t.Errorf("a role's session: %+v %+v", e.UserIdentity, issuer)
	}
	e = identify(wrong)
	if e.UserIdentity.Type != "Unknown" || e.UserIdentity.AccessKeyID != "" || e.ErrorCode != "SignatureDoesNotMatch" || e.RecipientAccountID != "" || e.AWSRegion != "eu-west-1" {
		t.Errorf("nobody: %+v", e)
	}
}

// TestStrangersInTheLog records a call to a service that is not here, and nothing of what is no call of AWS's.
func TestStrangersInTheLog(t *testing.T) {
	log := new(trail)
	s := serve(t, Options{Audit: log})
	for path, signed := range map[string]string{"/bucket": "s3", "/favicon.ico": ""} {
		r := httptest.NewRequest(http.MethodGet, "http://local.test"+path, nil)
		if signed != "" {
			signAs(t, r, s.Administrator(), signed)
		}
		s.ServeHTTP(httptest.NewRecorder(), r)
	}
	if e := log.last(t); e.EventSource != "s3.amazonaws.com" || e.ErrorCode != "UnknownOperationException" || e.UserIdentity.Type != "Unknown" || !strings.HasPrefix(e.EventTime, "2") {
		t.Errorf("got %+v", e)
	}
}

// TestMisplacedSecretsInTheLog sends a secret access key in the place of the key's id, and an age identity in that of a recipient: nothing of them is recorded.
func TestMisplacedSecretsInTheLog(t *testing.T) {
	log := new(trail)
	s := serve(t, Options{Audit: log})
	const secret, identity = "canary0/canary1+canary2/canary3", "AGE-SECRET-KEY-1CANARY"
	swapped := Credentials{AccessKeyID: secret, SecretAccessKey: s.Administrator().AccessKeyID}
	for _, call := range []struct {
		service, path, body, code string
		keys                      Credentials
	}{
		{"iam", "/", "Action=ListUsers&Version=2010-05-08", "IncompleteSignature", swapped},
		{"secretsmanager", "/", "{}", "IncompleteSignatureException", swapped},
		{adminService, adminPath + "backup", `{"recipients":["` + identity + `"],"includeKey":true}`, "ValidationException", s.Administrator()},
		{adminService, adminPath + "environments/absent/token", `{"kind":"web","token":"canary"}`, "ResourceNotFoundException", s.Administrator()},
	} {
		r := httptest.NewRequest(http.MethodPost, "http://local.test"+call.path, strings.NewReader(call.body))
		switch call.service {
		case "iam":
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		case "secretsmanager":
			r.Header.Set("X-Amz-Target", "secretsmanager.ListSecrets")
		}
		signAs(t, r, call.keys, call.service)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		text := log.text.String()
		if e := log.last(t); e.ErrorCode != call.code || e.ErrorMessage == "" || strings.Contains(strings.ToLower(text), "canary") {
			t.Errorf("%s: %s\n%s", call.service, w.Body, text)
		}
	}
}

// TestNoSecretInTheLog lets every secret there is pass through local AWS, and looks for each in the log.
func TestNoSecretInTheLog(t *testing.T) {
	log := new(trail)
	s := serve(t, Options{Audit: log})
	c, ctx := s.administrator(), t.Context()
	put(t, c, "db", "canary-secret-string")
	secrets := map[string]string{"administrator's key": s.Administrator().SecretAccessKey, "canary": "canary"}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := c.secrets.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: aws.String("db"), SecretBinary: []byte("canary-binary")})
	must(err)
	_, err = c.secrets.UpdateSecret(ctx, &secretsmanager.UpdateSecretInput{SecretId: aws.String("db"), SecretString: aws.String("canary-updated")})
	must(err)
	_, err = get(t, c, "db")
	must(err)
	_, err = c.secrets.BatchGetSecretValue(ctx, &secretsmanager.BatchGetSecretValueInput{SecretIdList: []string{"db"}})
	must(err)
	password, err := c.secrets.GetRandomPassword(ctx, nil)
	must(err)
	secrets["random password"] = *password.RandomPassword
	_, err = c.secrets.CreateSecret(ctx, &secretsmanager.CreateSecretInput{Name: aws.String("too large"), SecretString: aws.String(strings.Repeat("canary", 20_000))})
	if err == nil {
		t.Error("a secret of 120,000 bytes was taken")
	}
	key, err := c.iam.CreateAccessKey(ctx, nil)
	must(err)
	secrets["access key"] = *key.AccessKey.SecretAccessKey
	role := s.role(t, c, "worker", DefaultAccount)
	session, err := c.sts.AssumeRole(ctx, &awssts.AssumeRoleInput{RoleArn: &role, RoleSessionName: aws.String("nightly")})
	must(err)
	secrets["session's key"], secrets["session token"] = *session.Credentials.SecretAccessKey, *session.Credentials.SessionToken
	own, err := c.kms.CreateKey(ctx, nil)
	must(err)
	sealed, err := c.kms.Encrypt(ctx, &awskms.EncryptInput{KeyId: own.KeyMetadata.KeyId, Plaintext: []byte("canary-plaintext")})
	must(err)
	_, err = c.kms.Decrypt(ctx, &awskms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob})
	must(err)
	data, err := c.kms.GenerateDataKey(ctx, &awskms.GenerateDataKeyInput{KeyId: own.KeyMetadata.KeyId, KeySpec: "AES_256"})
	must(err)
	secrets["data key"] = string(data.Plaintext)
	text := log.text.String()
	if len(log.take(t)) < 15 {
		t.Error("the log holds too little")
	}
	for what, secret := range secrets {
		quoted, err := json.Marshal(secret)
		must(err)
		encoded, err := json.Marshal([]byte(secret))
		must(err)
		for _, form := range []string{secret, strings.Trim(string(quoted), `"`), strings.TrimRight(strings.Trim(string(encoded), `"`), "=")} {
			if strings.Contains(text, form) {
				t.Errorf("the %s stands in the log", what)
			}
		}
	}
}
