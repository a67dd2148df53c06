//go:build unix

package localaws

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	sm "aircon/localaws/secretsmanager"
)

// Variables that make the test binary, run as a local AWS, do more than serve.
const (
	replaceVariable = "AIRCON_TEST_REPLACE" // anything: put snapshots a and b and an empty state in each other's place all the time
	rotatorVariable = "AIRCON_TEST_ROTATOR" // the endpoint of the function crashFunction
)

const crashFunction = "arn:aws:lambda:eu-west-1:123456789012:function:rotate"

// crashRotators are those of a local AWS that runs as a process of its own.
func crashRotators() (map[string]sm.Rotator, error) {
	endpoint := os.Getenv(rotatorVariable)
	if endpoint == "" {
		return nil, nil
	}
	r, err := sm.NewHTTPRotator(endpoint, 0, false)
	return map[string]sm.Rotator{crashFunction: r}, err
}

// replaceForever goes from one state to the next until the process is killed.
func replaceForever(s *Server) error {
	for {
		for _, step := range []func() error{
			func() error { return s.LoadSnapshot("a") }, s.Reset, func() error { return s.LoadSnapshot("b") },
		} {
			if err := step(); err != nil {
				return err
			}
		}
	}
}

// crashRuns is how often the crash tests kill.
func crashRuns(t *testing.T) int {
	s := os.Getenv("RUNS")
	if s == "" {
		return 5
	}
	runs, err := strconv.Atoi(s)
	fatal(t, err)
	return runs
}

// TestCrashReplacement kills local AWS with signal 9 while it loads snapshots and resets, and expects of the next one that it serves one of the
// states, whole: all secrets of a snapshot with that snapshot's values, or none.
func TestCrashReplacement(t *testing.T) {
	const secrets = 50
	dir := t.TempDir()
	process, endpoint := launch(t, dir)
	client := clientsOf(t, dir, endpoint).secrets
	for i := range secrets {
		_, err := client.CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: aws.String(fmt.Sprintf("s-%d", i)), SecretString: aws.String("a")})
		fatal(t, err)
	}
	stop(process)
	saveBoth(t, dir, secrets)
	t.Setenv(replaceVariable, "yes")
	found := map[string]int{}
	for range crashRuns(t) {
		process, _ = launch(t, dir)
		time.Sleep(time.Duration(rand.IntN(30_000)) * time.Microsecond) // the random moment
		stop(process)
		state, n := stateOf(t, dir)
		if n != 0 && n != secrets || len(state) > 1 {
			t.Fatalf("%d secrets with the values %v are neither state", n, state)
		}
		found[fmt.Sprint(state)]++
	}
	t.Logf("states after the kills: %v", found)
}

// saveBoth saves what the directory holds as snapshot a, and the same secrets with other values as b.
func saveBoth(t *testing.T, dir string, secrets int) {
	t.Helper()
	withServer(t, dir, func(s *Server, client *secretsmanager.Client) {
		fatal(t, s.SaveSnapshot("a"))
		for i := range secrets {
			_, err := client.PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{SecretId: aws.String(fmt.Sprintf("s-%d", i)), SecretString: aws.String("b")})
			fatal(t, err)
		}
		fatal(t, s.SaveSnapshot("b"))
	})
}

// stateOf opens a directory and returns the values of its secrets, each once, and how many secrets there are.
func stateOf(t *testing.T, dir string) (values []string, n int) {
	t.Helper()
	withServer(t, dir, func(_ *Server, client *secretsmanager.Client) {
		list, err := client.ListSecrets(t.Context(), &secretsmanager.ListSecretsInput{MaxResults: aws.Int32(100)})
		fatal(t, err)
		for _, s := range list.SecretList {
			got, err := client.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: s.ARN})
			fatal(t, err)
			values = append(values, *got.SecretString)
		}
		n = len(values)
	})
	slices.Sort(values)
	return slices.Compact(values), n
}

// withServer runs fn with a local AWS in this process.
func withServer(t *testing.T, dir string, fn func(*Server, *secretsmanager.Client)) {
	t.Helper()
	s, err := New(Options{Directory: dir})
	fatal(t, err)
	served := httptest.NewServer(s)
	fn(s, clientsOf(t, dir, served.URL).secrets)
	served.Close()
	fatal(t, s.Close())
}

// rotation is a rotation function that lives on while local AWS is killed.
type rotation struct {
	mu       sync.RWMutex // held for writing while there is no local AWS
	client   *secretsmanager.Client
	finished chan string // versions whose last step was done, some of them twice
}

// ServeHTTP does a step, as Lambda's runtime interface emulator would.
func (r *rotation) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	var e sm.Event
	err := json.NewDecoder(request.Body).Decode(&e)
	r.mu.RLock()
	client := r.client
	r.mu.RUnlock()
	if err == nil {
		err = request.Context().Err() // who asked was killed meanwhile
	}
	if err == nil {
		err = r.step(request.Context(), client, e)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
}

func (r *rotation) step(ctx context.Context, client *secretsmanager.Client, e sm.Event) error {
	switch e.Step {
	case "createSecret":
		_, err := client.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{
			SecretId: &e.SecretId, ClientRequestToken: &e.ClientRequestToken, SecretString: &e.ClientRequestToken, VersionStages: []string{"AWSPENDING"},
		})
		return err
	case "finishSecret":
		current, err := client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &e.SecretId})
		if err == nil && *current.VersionId != e.ClientRequestToken {
			_, err = client.UpdateSecretVersionStage(ctx, &secretsmanager.UpdateSecretVersionStageInput{
				SecretId: &e.SecretId, VersionStage: aws.String("AWSCURRENT"), MoveToVersionId: &e.ClientRequestToken, RemoveFromVersionId: current.VersionId,
			})
		}
		if err == nil {
			r.finished <- e.ClientRequestToken
		}
		return err
	}
	return nil
}

// TestCrashRotation kills local AWS with signal 9 during a rotation, and expects that the next one goes on with it: AWSCURRENT has moved to the
// rotation's version, and once, as AWSPREVIOUS is on the version before.
func TestCrashRotation(t *testing.T) {
	r := &rotation{finished: make(chan string, 1000)}
	function := httptest.NewServer(r)
	defer function.Close()
	t.Setenv(rotatorVariable, function.URL)
	dir := t.TempDir()
	process, endpoint := launch(t, dir)
	r.client = clientsOf(t, dir, endpoint).secrets
	_, err := r.client.CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: aws.String("db"), ClientRequestToken: aws.String(roundToken(0)), SecretString: aws.String("first")})
	fatal(t, err)
	during := 0
	for round := 1; round <= crashRuns(t); round++ {
		r.rotate(t, roundToken(round))
		time.Sleep(time.Duration(rand.IntN(30_000)) * time.Microsecond) // the random moment
		r.mu.Lock()
		stop(process)
		if len(r.finished) == 0 {
			during++
		}
		process, endpoint = launch(t, dir)
		r.client = clientsOf(t, dir, endpoint).secrets
		r.mu.Unlock()
		for <-r.finished != roundToken(round) {
		}
		described, err := r.client.DescribeSecret(t.Context(), &secretsmanager.DescribeSecretInput{SecretId: aws.String("db")})
		fatal(t, err)
		stages := described.VersionIdsToStages
		if !slices.Contains(stages[roundToken(round)], "AWSCURRENT") || !slices.Contains(stages[roundToken(round-1)], "AWSPREVIOUS") {
			t.Fatalf("after rotation %d the labels are %v", round, stages)
		}
	}
	stop(process)
	t.Logf("%d kills, %d before the rotation's end", crashRuns(t), during)
}

func roundToken(round int) string { return fmt.Sprintf("rotation-%023d", round) }

// rotate begins a rotation, as soon as the one before is over.
func (r *rotation) rotate(t *testing.T, version string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		_, err := r.client.RotateSecret(ctx, &secretsmanager.RotateSecretInput{
			SecretId: aws.String("db"), ClientRequestToken: &version, RotationLambdaARN: aws.String(crashFunction),
			RotationRules: &types.RotationRulesType{AutomaticallyAfterDays: aws.Int64(1)},
		})
		if err == nil {
			return
		}
		fatal(t, unless(err, "InvalidRequestException"))
	}
}
