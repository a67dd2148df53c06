//go:build recorded

package secretsmanager_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aircon/localaws/internal/calltest"
	"aircon/localaws/op"
)

// recordedEnv names the directory with the answers recorded against AWS, which are not part of the repository (make test-recorded).
const recordedEnv = "AIRCON_RECORDED"

// scenario replays one recorded scenario: it makes the calls and hands each answer to the step that recorded it.
type scenario struct {
	aws      *calltest.AWS
	rotating *rotating
	steps    map[string]any // recorded
	seen     map[string]bool
	tokens   int
}

// scenarios is how many were recorded.
const scenarios = 36

// TestRecorded replays every scenario that AWS's own answers were recorded of: all fields, codes and messages are equal.
func TestRecorded(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(os.Getenv(recordedEnv), "secretsmanager.json"))
	if err != nil {
		t.Fatalf("%s does not name the directory with the recorded answers: %v", recordedEnv, err)
	}
	var recorded map[string]struct{ Answers map[string]any }
	if err := json.Unmarshal(raw, &recorded); err != nil {
		t.Fatal(err)
	}
	replayed, compared := 0, 0
	for name, r := range recorded {
		base, parameter, _ := strings.Cut(strings.TrimSuffix(name, "]"), "[")
		play := scripts[base]
		if play == nil {
			t.Errorf("no script replays %s", name)
			continue
		}
		t.Run(name, func(t *testing.T) {
			s := &scenario{steps: r.Answers, seen: map[string]bool{}}
			s.rotating = newRotatingEmpty(t)
			s.aws = s.rotating.AWS
			play(s, parameter)
			for step := range r.Answers {
				if !s.seen[step] {
					t.Errorf("the script does not make the step %s", step)
				}
			}
			replayed, compared = replayed+1, compared+len(s.seen)
		})
	}
	if t.Logf("%d scenarios replayed, %d answers equal", replayed, compared); replayed != scenarios {
		t.Errorf("%d scenarios were replayed, want %d", replayed, scenarios)
	}
}

// step makes a call and compares its answer or error with the recorded one.
func (s *scenario) step(step, operation string, input calltest.M) calltest.M {
	s.aws.T.Helper()
	got, err := s.aws.Call("secretsmanager."+operation, s.fill(operation, input))
	s.compare(step, operation, got, err)
	return got
}

// do makes a call whose answer was not recorded; it must succeed.
func (s *scenario) do(operation string, input calltest.M) calltest.M {
	s.aws.T.Helper()
	return s.aws.OK("secretsmanager."+operation, s.fill(operation, input))
}

// fill adds the token that clients make up.
func (s *scenario) fill(operation string, input calltest.M) calltest.M {
	switch operation {
	case "CreateSecret", "PutSecretValue", "UpdateSecret", "RotateSecret":
		if _, ok := input["ClientRequestToken"]; !ok {
			s.tokens++
			input["ClientRequestToken"] = token(s.tokens)
		}
	}
	return input
}

func token(n int) string { return id(n) }

func (s *scenario) compare(step, operation string, got calltest.M, err error) {
	s.aws.T.Helper()
	want, ok := s.steps[step]
	if !ok {
		s.aws.T.Fatalf("no step %s was recorded", step)
	}
	s.seen[step] = true
	if err != nil {
		got = refusal(s.aws.T, err)
	}
	if line, ok := want.(string); ok { // recorded as boto3 prints it
		text := fmt.Sprintf("An error occurred (%s) when calling the %s operation: %s", got["Code"], operation, got["Message"])
		if line = strings.ReplaceAll(line, "<version-id>", missingVersion); text != line {
			s.aws.T.Errorf("%s: got %q, want %q", step, text, line)
		}
		return
	}
	recorded := want.(map[string]any)
	if e, ok := recorded["Error"].(map[string]any); ok {
		recorded = e
	}
	delete(recorded, "ResponseMetadata")
	if diff := cmp.Diff(s.normal(recorded), s.normal(got)); diff != "" {
		s.aws.T.Errorf("%s (-recorded +answered):\n%s", step, diff)
	}
}

const missingVersion = "99999999-9999-4999-8999-999999999999"

func refusal(t testing.TB, err error) calltest.M {
	t.Helper()
	var refused *op.Error
	if !errors.As(err, &refused) {
		t.Fatal(err)
	}
	return calltest.M{"Code": refused.Code, "Message": refused.Message}
}

// Placeholders of the recording, and what stands for the same in an answer.
var (
	arnPattern     = regexp.MustCompile(`^arn:[^:]+:secretsmanager:[^:]+:\d+:secret:(.*?)(-[A-Za-z0-9]{6}|<ArnPart-\didx>)$`)
	versionPattern = regexp.MustCompile(`^00000000-0000-4000-8000-0+([1-9]\d*)$`)
	namePattern    = regexp.MustCompile(`secret-(\d)-name`)
)

// normal brings a recorded answer and one of ours to one form: dates, ARNs and versions as placeholders.
func (s *scenario) normal(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, member := range v {
			if strings.HasSuffix(key, "Date") {
				out[key] = "datetime"
				continue
			}
			if text, ok := member.(string); ok && key == "ResourcePolicy" {
				var document map[string]any
				if err := json.Unmarshal([]byte(text), &document); err != nil {
					s.aws.T.Fatal(err)
				}
				member = document
			}
			out[s.word(key)] = s.normal(member)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = s.normal(v[i])
		}
		return out
	case string:
		return s.word(v)
	case json.Number:
		return v.String()
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return v
}

func (s *scenario) word(text string) string {
	if m := arnPattern.FindStringSubmatch(text); m != nil {
		text = "arn of " + m[1]
	}
	if m := versionPattern.FindStringSubmatch(text); m != nil {
		return "<version_uuid:" + m[1] + ">"
	}
	if text == lambda {
		return "<lambda-arn:1>"
	}
	if text == "b'footest'" {
		return "Zm9vdGVzdA=="
	}
	return namePattern.ReplaceAllString(text, "<SecretId-${1}idx>")
}

// name is the name of a scenario's nth secret, from 0.
func name(n int) string { return fmt.Sprintf("secret-%d-name", n) }
