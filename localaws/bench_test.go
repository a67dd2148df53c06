//go:build unix

package localaws

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"aircon/localaws/op"
)

// BenchmarkGetSecretValue measures GetSecretValue with signature and IAM against a bare net/http handler that reads the
// same requests and answers the same bytes, in one run and in turns, with distinct freshly signed requests on
// keep-alive connections, spread over all secrets, each of which was read once before. Those on disk run as aircon local does, with the audit log
// written too. The metric ratio is the share of the bare handler's requests a second; cpu-ratio says the same in processor time, which other
// programs on the machine disturb less.
func BenchmarkGetSecretValue(b *testing.B) {
	for _, size := range []struct {
		kept                 string
		connections, secrets int
	}{
		{"memory", 16, 1},
		{"memory", 16, 1000},
		{"memory", 16, 100_000},
		{"memory", 64, 1},
		{"disk", 16, 1},
		{"disk", 16, 1000},
		{"disk", 16, 100_000},
		{"disk", 64, 1},
	} {
		b.Run(fmt.Sprintf("%s/connections=%d/secrets=%d", size.kept, size.connections, size.secrets), func(b *testing.B) {
			connections := size.connections
			s, sign := benchServer(b, benchOptions(b, size.kept), size.secrets)
			local, answer := listen(b, s), new(bytes.Buffer)
			first := exchange(b, local, [][]byte{sign(b, local, "GetSecretValue", `{"SecretId":"airflow/connections/db"}`)}, answer)
			if first != 1 {
				b.Fatal("no answer")
			}
			_, body, _ := strings.Cut(answer.String(), "\r\n\r\n")
			if !strings.Contains(body, "SecretString") {
				b.Fatalf("got %s", answer)
			}
			bare := listen(b, bareHandler(body))
			const requests = 16_000
			drive(b, local, connections, signAll(b, sign, local, size.secrets, size.secrets))
			var rates [2][]float64
			var cpu [2]time.Duration
			for b.Loop() {
				signed := signAll(b, sign, local, requests, size.secrets)
				runtime.GC() // what signing left is the client's
				for i, address := range []string{bare, local} {
					began, used := time.Now(), cpuTime(b)
					drive(b, address, connections, signed)
					rates[i] = append(rates[i], requests/time.Since(began).Seconds())
					cpu[i] += cpuTime(b) - used
				}
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(best(rates[0]), "bare/s")
			b.ReportMetric(best(rates[1]), "local/s")
			b.ReportMetric(best(rates[1])/best(rates[0]), "ratio")
			b.ReportMetric(cpu[0].Seconds()/cpu[1].Seconds(), "cpu-ratio")
			b.ReportMetric(float64(cpu[1]-cpu[0])/float64(b.N*requests), "extra-ns/request")
		})
	}
}

// signAll signs n reads, no two alike, of so many secrets in turns.
func signAll(b *testing.B, sign func(b *testing.B, address, operation, body string) []byte, address string, n, secrets int) [][]byte {
	b.Helper()
	signed := make([][]byte, n)
	for i := range signed {
		signed[i] = sign(b, address, "GetSecretValue", fmt.Sprintf(`{"SecretId":%q%*s}`, benchName(i*7919%secrets), i%500, ""))
	}
	return signed
}

// cpuTime returns what the process has used of the processors. It includes the client's part, in both turns.
func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func best(rates []float64) float64 {
	most := 0.0
	for _, r := range rates {
		most = max(most, r)
	}
	return most
}

// bareHandler reads a request and answers body with the headers that AWS's answers have.
func bareHandler(body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			panic(err)
		}
		h := w.Header()
		h["X-Amzn-Requestid"] = []string{"00000000-0000-4000-8000-000000000000"}
		h["Content-Type"] = jsonType
		h["Content-Length"] = []string{strconv.Itoa(len(body))}
		_, _ = io.WriteString(w, body)
	})
}

func listen(b *testing.B, h http.Handler) (address string) {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := HTTP(h)
	go func() { _ = server.Serve(l) }()
	b.Cleanup(func() { _ = server.Close() })
	return l.Addr().String()
}

// drive sends the requests over so many connections at once and reads all answers.
func drive(b *testing.B, address string, connections int, requests [][]byte) {
	b.Helper()
	var all sync.WaitGroup
	for i := range connections {
		part := requests[len(requests)*i/connections : len(requests)*(i+1)/connections]
		all.Go(func() {
			if n := exchange(b, address, part, io.Discard); n != len(part) {
				b.Errorf("%d of %d requests were answered with 200", n, len(part))
			}
		})
	}
	all.Wait()
}

// exchange sends requests one after the other over one connection, or over a new one where the server closes it, copies the answers to w, and
// returns how many were 200.
func exchange(b *testing.B, address string, requests [][]byte, w io.Writer) (good int) {
	var c net.Conn
	var r *bufio.Reader
	defer func() {
		if c != nil {
			c.Close()
		}
	}()
	for _, request := range requests {
		if c == nil {
			var err error
			if c, err = net.Dial("tcp", address); err != nil {
				b.Error(err)
				return good
			}
			r = bufio.NewReaderSize(c, 16<<10)
		}
		if _, err := c.Write(request); err != nil {
			b.Error(err)
			return good
		}
		ok, closes, err := readAnswer(r, w)
		if err != nil {
			b.Error(err)
			return good
		}
		if ok {
			good++
		}
		if closes {
			c.Close()
			c = nil
		}
	}
	return good
}

// readAnswer copies an answer to w. It reads no more of it than a client must, as its own cost counts in both turns.
func readAnswer(r *bufio.Reader, w io.Writer) (ok, closes bool, err error) {
	length := 0
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return false, false, err
		}
		_, _ = w.Write(line)
		switch {
		case bytes.HasPrefix(line, []byte("HTTP/1.1 200")):
			ok = true
		case bytes.HasPrefix(line, []byte("Content-Length: ")):
			length, _ = strconv.Atoi(string(bytes.TrimSpace(line[len("Content-Length: "):])))
		case bytes.HasPrefix(line, []byte("Connection: close")):
			closes = true
		}
		if len(line) == 2 {
			_, err = io.CopyN(w, r, int64(length))
			return ok, closes, err
		}
	}
}

// benchOptions are those of a local AWS in memory, or on disk with its audit log.
// The heap grows as in aircon local.
func benchOptions(b *testing.B, kept string) Options {
	b.Helper()
	before := debug.SetGCPercent(200)
	b.Cleanup(func() { debug.SetGCPercent(before) })
	if kept == "memory" {
		return Options{}
	}
	return Options{Directory: b.TempDir()}
}

// benchServer serves so many secrets to a user with a policy of twenty statements and a boundary, and returns what signs the user's requests.
func benchServer(b *testing.B, o Options, size int) (*Server, func(b *testing.B, address, operation, body string) []byte) {
	b.Helper()
	s, err := New(o)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	admin := s.Administrator()
	address, ctx := "http://"+listen(b, s), context.Background()
	provider := credentials.NewStaticCredentialsProvider(admin.AccessKeyID, admin.SecretAccessKey, "")
	createSecrets(b, s, size, benchName, `{"conn_type":"postgres","host":"db.example.internal","login":"etl","password":"p","schema":"analytics","port":5432}`)
	var statements []string
	for i := range 19 {
		statements = append(statements, fmt.Sprintf(`{"Effect":"Allow","Action":["s3:GetObject","s3:ListBucket"],"Resource":"arn:aws:s3:::bucket-%d/*"}`, i))
	}
	statements = append(statements, `{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"arn:aws:secretsmanager:eu-west-1:123456789012:secret:airflow/connections/*"}`)
	accounts := iam.New(iam.Options{BaseEndpoint: &address, Region: "us-east-1", Credentials: provider})
	arns := map[string]*string{}
	for name, text := range map[string]string{
		"boundary": `{"Effect":"Allow","Action":["secretsmanager:*","kms:*"],"Resource":"*"}`, "reader": strings.Join(statements, ","),
	} {
		managed, err := accounts.CreatePolicy(ctx, &iam.CreatePolicyInput{
			PolicyName: &name, PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[` + text + `]}`),
		})
		if err != nil {
			b.Fatal(err)
		}
		arns[name] = managed.Policy.Arn
	}
	name := aws.String("reader")
	if _, err = accounts.CreateUser(ctx, &iam.CreateUserInput{UserName: name, PermissionsBoundary: arns["boundary"]}); err != nil {
		b.Fatal(err)
	}
	if _, err = accounts.AttachUserPolicy(ctx, &iam.AttachUserPolicyInput{UserName: name, PolicyArn: arns["reader"]}); err != nil {
		b.Fatal(err)
	}
	key, err := accounts.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: name})
	if err != nil {
		b.Fatal(err)
	}
	return s, signerFor(*key.AccessKey.AccessKeyId, *key.AccessKey.SecretAccessKey)
}

// createSecrets makes so many secrets with the operation itself, many in one transaction and without a request for each.
func createSecrets(b *testing.B, s *Server, size int, name func(int) string, text string) {
	b.Helper()
	service := s.services[slices.IndexFunc(s.services, func(svc *service) bool { return svc.Name == "secretsmanager" })]
	create := service.Operations[slices.IndexFunc(service.Operations, func(o op.Operation) bool { return o.Name == "CreateSecret" })]
	for first := 0; first < size; first += 1000 {
		err := background{s}.Update(func(c *op.Call) error {
			c.Account, c.Region = "123456789012", "eu-west-1"
			for i := first; i < min(first+1000, size); i++ {
				input := create.Input()
				if err := json.Unmarshal(fmt.Appendf(nil, `{"Name":%q,"ClientRequestToken":"%036d","SecretString":%q}`, name(i), i, text), input); err != nil {
					return err
				}
				if _, err := create.Do(c, input); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// benchName names the i-th secret.
func benchName(i int) string {
	if i == 0 {
		return "airflow/connections/db"
	}
	return fmt.Sprintf("airflow/connections/db%06d", i)
}

func signerFor(key, secret string) func(b *testing.B, address, operation, body string) []byte {
	signer := v4.NewSigner()
	return func(b *testing.B, address, operation, body string) []byte {
		r, err := http.NewRequest(http.MethodPost, "http://"+address+"/", strings.NewReader(body))
		if err != nil {
			b.Fatal(err)
		}
		r.Header.Set("X-Amz-Target", "secretsmanager."+operation)
		r.Header.Set("Content-Type", "application/x-amz-json-1.1")
		r.Header.Set("User-Agent", "aws-sdk-go-v2/1.47.7 ua/2.1 os/linux lang/go#1.26 md/GOOS#linux md/GOARCH#amd64 api/secretsmanager#1.50.10")
		r.Header.Set("Amz-Sdk-Invocation-Id", "5b8c4d1e-8f5d-4a3c-9c7a-2b9a0d2f7c11")
		r.Header.Set("Amz-Sdk-Request", "attempt=1; max=3")
		sum := sha256.Sum256([]byte(body))
		err = signer.SignHTTP(context.Background(), aws.Credentials{AccessKeyID: key, SecretAccessKey: secret}, r, hex.EncodeToString(sum[:]), "secretsmanager", "eu-west-1", time.Now())
		if err != nil {
			b.Fatal(err)
		}
		var text bytes.Buffer
		if err := r.Write(&text); err != nil {
			b.Fatal(err)
		}
		return text.Bytes()
	}
}

// BenchmarkServe runs one GetSecretValue after the other through the handler without a network: what the frame and the services cost, and on disk the
// audit log too. Events that find no room are told by the metric dropped: they would cost less than those that are written.
func BenchmarkServe(b *testing.B) {
	for _, size := range []struct {
		kept    string
		secrets int
	}{{"memory", 1}, {"disk", 1}, {"disk", 100_000}} {
		b.Run(fmt.Sprintf("%s/secrets=%d", size.kept, size.secrets), func(b *testing.B) {
			s, sign := benchServer(b, benchOptions(b, size.kept), size.secrets)
			reads := make([][]byte, size.secrets)
			for i := range reads {
				reads[i] = sign(b, "local.test", "GetSecretValue", fmt.Sprintf(`{"SecretId":%q}`, benchName(i*7919%size.secrets)))
			}
			w := &discard{header: http.Header{}}
			runtime.GC()
			b.ReportAllocs()
			used := cpuTime(b)
			for i := 0; b.Loop(); i++ {
				r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(reads[i%len(reads)])))
				if err != nil {
					b.Fatal(err)
				}
				r.RemoteAddr = "127.0.0.1:50000"
				clear(w.header)
				s.ServeHTTP(w, r)
			}
			b.ReportMetric(float64(cpuTime(b)-used)/float64(b.N), "cpu-ns/op")
			b.ReportMetric(float64(s.metrics.auditDropped.n.Load())/float64(b.N), "dropped/op")
			if w.status != http.StatusOK {
				b.Fatalf("answered with %d", w.status)
			}
		})
	}
}

type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) WriteHeader(status int)      { d.status = status }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
