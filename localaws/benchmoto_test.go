//go:build moto && unix

package localaws

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// BenchmarkAgainstMoto reads a secret from local AWS and from moto_server, which checks neither signatures nor policies here, in turns, with
// the same client. The metric ratio is how many times as many requests local AWS answers. AIRCON_MOTO names a Python that has moto.
func BenchmarkAgainstMoto(b *testing.B) {
	moto := startMoto(b)
	makeSecret(b, moto)
	for _, connections := range []int{1, 16} {
		b.Run(fmt.Sprintf("connections=%d", connections), func(b *testing.B) {
			s, sign := benchServer(b, Options{}, 1)
			local := listen(b, s)
			var rates [2][]float64
			for b.Loop() {
				for i, turn := range []struct {
					address  string
					requests int
				}{{moto, 400}, {local, 8000}} {
					signed := signAll(b, sign, turn.address, turn.requests, 1)
					began := time.Now()
					drive(b, turn.address, connections, signed)
					rates[i] = append(rates[i], float64(turn.requests)/time.Since(began).Seconds())
				}
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(slices.Max(rates[0]), "moto/s")
			b.ReportMetric(slices.Max(rates[1]), "local/s")
			b.ReportMetric(slices.Max(rates[1])/slices.Max(rates[0]), "ratio")
		})
	}
}

// startMoto starts moto_server on a free port, and returns its address.
func startMoto(b *testing.B) string {
	b.Helper()
	python := os.Getenv("AIRCON_MOTO")
	if python == "" {
		b.Fatal("AIRCON_MOTO is not set: make bench sets it")
	}
	process := exec.Command(python, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0")
	said, err := process.StderrPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := process.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = process.Process.Kill()
		_ = process.Wait()
	})
	lines := bufio.NewScanner(said)
	for listening := regexp.MustCompile(`http://(127\.0\.0\.1:\d+)`); lines.Scan(); {
		if found := listening.FindSubmatch(lines.Bytes()); found != nil {
			go func() {
				for lines.Scan() { // it says a line for each request
				}
			}()
			return string(found[1])
		}
	}
	b.Fatal("moto_server did not start")
	return ""
}

func makeSecret(b *testing.B, address string) {
	b.Helper()
	if _, err := net.Dial("tcp", address); err != nil {
		b.Fatal(err)
	}
	client := secretsmanager.New(secretsmanager.Options{
		BaseEndpoint: aws.String("http://" + address), Region: "eu-west-1",
		Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
	})
	_, err := client.CreateSecret(context.Background(), &secretsmanager.CreateSecretInput{Name: aws.String(benchName(0)), SecretString: aws.String(
		`{"conn_type":"postgres","host":"db.example.internal","login":"etl","password":"p","schema":"analytics","port":5432}`)})
	if err != nil {
		b.Fatal(err)
	}
}
