package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	cryptorand "crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"math/big"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"aircon/aircontest"
	"aircon/internal/doctor"
	"aircon/localaws"
	"aircon/localaws/mwaa"
	versions "aircon/mwaa"
)

// scene is one setup, told by its parts so that faults can be put into any of them. build makes it for real: an environment with its role on
// a local AWS of its own, a secret, and a database on a real PostgreSQL.
type scene struct {
	t       testing.TB
	airflow string
	id      string // conn_id
	aws     *aircontest.LocalAWS
	db      aircontest.Database
	server  *aircontest.Postgres

	class  string         // secrets.backend
	kwargs map[string]any // secrets.backend_kwargs
	option map[string]string

	allowed  []string // resources that the role may read; none: it has no policy
	boundary bool     // one that allows nothing of Secrets Manager
	wide     bool     // the guide's shortcut
	key      string   // customer key; ""
	decrypt  bool     // whether the role may use it

	name    string // of the secret; ""
	deleted bool
	uri     bool
	fields  map[string]any
	extra   map[string]any
	damage  func(text string) string // of the whole text; nil

	sql []string // run on the server before doctor looks
}

const sceneAccount = "arn:aws:secretsmanager:us-east-1:" + localaws.DefaultAccount + ":secret:"

// healthyScene returns a setup in which everything fits, in one of many ways.
func healthyScene(t testing.TB, r *rand.Rand, server *aircontest.Postgres) *scene {
	s := &scene{t: t, server: server, db: server.NewDatabase(t), aws: aircontest.NewLocalAWS(t, localaws.Options{MWAA: mwaa.Options{Create: -1, Update: -1, Delete: -1}})}
	all := versions.Versions()
	s.airflow = all[r.IntN(len(all))]
	s.id = []string{"my_postgres_db", "warehouse", "reports-2", "etl.main"}[r.IntN(4)]
	prefix := []string{"airflow/connections", "team/airflow", "analytics/prod/connections"}[r.IntN(3)]
	s.name = prefix + "/" + s.id
	s.class = versions.BackendClass
	s.kwargs = map[string]any{"connections_prefix": prefix, "connections_lookup_pattern": "^" + strings.ReplaceAll(s.id, ".", `\.`) + "$"}
	s.allowed = []string{sceneAccount + s.name + "-??????"}
	if r.IntN(2) == 0 { // the role may read all under the prefix, and the backend is asked for all but aws_default
		s.kwargs["connections_lookup_pattern"] = "^(?!aws_default$).*$"
		s.allowed = []string{sceneAccount + prefix + "/*"}
	}
	if r.IntN(2) == 0 {
		s.kwargs["variables_prefix"] = nil
	}
	if r.IntN(4) == 0 {
		s.key, s.decrypt = "alias/scene", true
	}
	s.uri = r.IntN(3) == 0
	s.fields = map[string]any{
		"conn_type": "postgres", "host": server.Host, "port": server.Port, "login": s.db.Role, "password": s.db.Password.Reveal(), "schema": s.db.Name,
	}
	s.extra = map[string]any{"sslmode": []string{"require", "verify-ca", "verify-full"}[r.IntN(3)], "sslrootcert": server.CAFile}
	if r.IntN(2) == 0 {
		s.extra["application_name"] = "etl " + strconv.Itoa(r.IntN(100))
	}
	if r.IntN(2) == 0 {
		s.extra["connect_timeout"] = "10"
	}
	return s
}

// text is the secret's text.
func (s *scene) text() string {
	text := s.json()
	if s.uri {
		text = s.asURI()
	}
	if s.damage != nil {
		text = s.damage(text)
	}
	return text
}

func (s *scene) json() string {
	fields := maps.Clone(s.fields)
	if len(s.extra) > 0 && fields["extra"] == nil {
		fields["extra"] = s.extra
	}
	text, err := json.MarshalIndent(fields, "", "  ")
	if err != nil {
		panic(err)
	}
	return string(text)
}

func (s *scene) asURI() string {
	query := url.Values{}
	for name, value := range s.extra {
		query.Set(name, fmt.Sprint(value))
	}
	f := func(name string) string { return url.QueryEscape(fmt.Sprint(s.fields[name])) }
	return fmt.Sprintf("%s://%s:%s@%s:%v/%s?%s", s.fields["conn_type"], f("login"), f("password"), s.fields["host"], s.fields["port"], f("schema"), query.Encode())
}

// call calls the local AWS as its administrator.
func (s *scene) call(t testing.TB, service, operation string, input map[string]any) []byte {
	t.Helper()
	text, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := callLocal(t.Context(), s.aws.Env(), service, operation, string(text))
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

const sceneRole = "scene-execution"

// build makes the setup.
func (s *scene) build(t testing.TB) {
	t.Helper()
	if err := makeEnvironment(t.Context(), s.aws.Env(), "scene", s.airflow); err != nil {
		t.Fatal(err)
	}
	s.setOptions(t)
	s.grant(t)
	s.store(t)
	s.server.Exec(t, "", s.sql...)
}

func (s *scene) setOptions(t testing.TB) {
	kwargs, err := json.Marshal(s.kwargs)
	if err != nil {
		t.Fatal(err)
	}
	options := map[string]string{versions.OptionBackend: s.class, versions.OptionBackendKwargs: string(kwargs)}
	for name, value := range s.option {
		if options[name] = value; value == "" {
			delete(options, name)
		}
	}
	s.call(t, "mwaa", "UpdateEnvironment", map[string]any{"Name": "scene", "AirflowConfigurationOptions": options})
	if err := awaitAvailable(t.Context(), s.aws.Env(), "scene"); err != nil {
		t.Fatal(err)
	}
}

func (s *scene) grant(t testing.TB) {
	if s.key != "" {
		var made struct{ KeyMetadata struct{ KeyId, Arn string } }
		if err := json.Unmarshal(s.call(t, "kms", "CreateKey", map[string]any{}), &made); err != nil {
			t.Fatal(err)
		}
		s.call(t, "kms", "CreateAlias", map[string]any{"AliasName": s.key, "TargetKeyId": made.KeyMetadata.KeyId})
		if s.decrypt {
			s.inline(t, "key", "kms:Decrypt", made.KeyMetadata.Arn)
		}
	}
	if len(s.allowed) > 0 {
		s.inline(t, "secrets", "secretsmanager:GetSecretValue", s.allowed...)
	}
	if s.wide {
		s.call(t, "iam", "AttachRolePolicy", map[string]any{"RoleName": sceneRole, "PolicyArn": "arn:aws:iam::aws:policy/SecretsManagerReadWrite"})
	}
	if s.boundary {
		s.call(t, "iam", "PutRolePermissionsBoundary", map[string]any{"RoleName": sceneRole, "PermissionsBoundary": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"})
	}
}

func (s *scene) inline(t testing.TB, name, action string, resources ...string) {
	document := map[string]any{"Version": "2012-10-17", "Statement": map[string]any{"Effect": "Allow", "Action": action, "Resource": resources}}
	s.call(t, "iam", "PutRolePolicy", map[string]any{"RoleName": sceneRole, "PolicyName": name, "PolicyDocument": document})
}

func (s *scene) store(t testing.TB) {
	if s.name == "" {
		return
	}
	input := map[string]any{"Name": s.name, "SecretString": s.text()}
	if s.key != "" {
		input["KmsKeyId"] = s.key
	}
	s.call(t, "secretsmanager", "CreateSecret", input)
	if s.deleted {
		s.call(t, "secretsmanager", "DeleteSecret", map[string]any{"SecretId": s.name})
	}
}

// examine runs doctor on the setup, and returns what it reports.
func (s *scene) examine(t *testing.T) *doctor.Report {
	t.Helper()
	s.aws.Setenv(t)
	var out, said bytes.Buffer
	w := world{in: strings.NewReader(""), out: &out, err: &said, getenv: os.Getenv}
	code := run(context.WithoutCancel(t.Context()), w, []string{"doctor", "--environment", "scene", "--output", "json", s.id})
	if code > exitFindings {
		t.Fatalf("doctor ended with %d: %s%s", code, &out, &said)
	}
	report := new(doctor.Report)
	if err := json.Unmarshal(out.Bytes(), report); err != nil {
		t.Fatalf("%v: %s", err, &out)
	}
	return report
}

// allFindings are those of the environment and of its connections.
func allFindings(r *doctor.Report) []doctor.Finding {
	all := r.Findings
	for _, v := range r.Connections {
		all = append(all, v.Findings...)
	}
	return all
}

// strangeCA writes the certificate of a CA that signed nothing here, and returns the file's path.
func strangeCA(t testing.TB) string {
	key, err := ecdsa.GenerateKey(elliptic.P256(), cryptorand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "another CA"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(cryptorand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "other.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
