package main

import (
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"aircon/aircontest"
	"aircon/internal/doctor"
)

// sceneFault is one thing that is wrong with a scene, and how doctor must name it.
type sceneFault struct {
	name  string
	id    string   // the finding
	words string   // of what was seen or of the title: they name the cause
	part  string   // of the scene that it changes: two faults of one part do not meet
	hides []string // parts whose faults cannot be seen behind it
	make  func(*scene)
}

// The parts of a scene, in the order of the chain, and what is hidden by an end there: nothing beyond can be tried.
var (
	beyondText    = []string{"field", "hook", "network", "tls", "login", "database"}
	beyondSecret  = append([]string{"text", "key"}, beyondText...)
	beyondPattern = append([]string{"permission", "secret"}, beyondSecret...)
	beyondHook    = []string{"network", "tls", "login", "database"}
	beyondNetwork = []string{"tls", "login", "database"}
	beyondTLS     = []string{"login", "database"}
	beyondLogin   = []string{"database"}
)

// sceneFaults: what they hide is the masking table.
var sceneFaults = []sceneFault{
	{"wrong class", "AC011", "could not be loaded", "options", append([]string{"kwargs", "pattern", "wide"}, beyondPattern...), func(s *scene) {
		s.class = "airflow.providers.amazon.aws.secrets.secrets_manager.SecretManagerBackend"
	}},
	{"backend not set", "AC011", "secrets.backend", "options", append([]string{"kwargs", "pattern", "wide"}, beyondPattern...), func(s *scene) {
		s.option = map[string]string{"secrets.backend": ""}
	}},
	{"misspelt kwarg", "AC011", "region", "kwargs", nil, func(s *scene) { s.kwargs["region"] = "us-east-1" }},
	{"pattern keeps the id away", "AC103", "pattern", "pattern", beyondPattern, func(s *scene) { s.kwargs["connections_lookup_pattern"] = "^other_" }},
	{"no pattern", "AC007", "aws_default", "pattern", nil, func(s *scene) { delete(s.kwargs, "connections_lookup_pattern") }},
	{"no policy", "AC104", "no identity-based policy allows", "permission", nil, func(s *scene) { s.allowed = nil }},
	{"no suffix", "AC005", "the secret's ARN is", "permission", nil, func(s *scene) { s.allowed = []string{sceneAccount + s.name} }},
	{"boundary", "AC104", "permissions boundary", "permission", nil, func(s *scene) { s.boundary = true }},
	{"shortcut", "AC052", "any secret", "permission", []string{"key"}, func(s *scene) { s.wide = true }},
	{"key", "AC009", "kms:Decrypt", "key", nil, func(s *scene) { s.key, s.decrypt = "alias/other", false }},
	{"deleted", "AC030", "deletion", "secret", beyondSecret, func(s *scene) { s.deleted = true }},
	{"no secret", "AC039", "there is no secret", "secret", beyondSecret, func(s *scene) { s.name = "" }},
	{"doubled prefix", "AC039", "there is ", "secret", beyondSecret, func(s *scene) {
		s.name = strings.TrimSuffix(s.name, s.id) + s.name
	}},
	{"comment", "AC037", "", "text", beyondText, func(s *scene) {
		s.uri, s.damage = false, func(text string) string { return strings.Replace(text, "{", "{ // the warehouse", 1) }
	}},
	{"trailing comma", "AC037", "", "text", beyondText, func(s *scene) {
		s.uri, s.damage = false, func(text string) string { return strings.TrimSuffix(text, "\n}") + ",\n}" }
	}},
	{"byte order mark", "AC046", "", "text", beyondText, func(s *scene) {
		s.uri, s.damage = false, func(text string) string { return "\ufeff" + text }
	}},
	{"prose", "AC046", "", "text", beyondText, func(s *scene) { s.damage = func(string) string { return "see the wiki" } }},
	{"dbname", "AC003", "dbname", "field", []string{"database"}, func(s *scene) {
		s.uri, s.fields["dbname"] = false, s.fields["schema"]
		delete(s.fields, "schema")
	}},
	{"number", "AC045", "login", "field", beyondLogin, func(s *scene) { s.uri, s.fields["login"] = false, 4711 }},
	{"extra twice", "AC038", "extra", "field", append([]string{"hook"}, beyondHook...), func(s *scene) { s.uri, s.fields["extra"] = false, `"{\"sslmode\": \"require\"}"` }},
	{"unknown option", "AC022", "sslmod", "hook", beyondHook, func(s *scene) { s.extra["sslmod"] = "require" }},
	{"nobody listens", "AC158", "refused", "network", beyondNetwork, func(s *scene) { s.fields["port"] = 1 }},
	{"another CA", "AC152", "certificate", "tls", beyondTLS, func(s *scene) { s.extra["sslmode"], s.extra["sslrootcert"] = "verify-full", strangeCA(s.t) }},
	{"wrong password", "AC140", "password", "login", beyondLogin, func(s *scene) { s.fields["password"] = "not-the-one" }},
	{"no database", "AC143", "does not exist", "database", nil, func(s *scene) {
		if s.fields["schema"] != nil {
			s.fields["schema"] = "nowhere"
		}
	}},
}

// sceneSeed is of the run: another with SCENES_SEED.
func sceneSeed(t *testing.T) *rand.Rand {
	seed := uint64(rand.Uint32())
	if text := os.Getenv("SCENES_SEED"); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		seed = n
	}
	t.Logf("SCENES_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// scenesOf is how many random setups a test makes: a share of all, in percent: SCENES, as make test-scenes sets it.
func scenesOf(t *testing.T, all int) int {
	percent, err := 20, error(nil)
	if text := os.Getenv("SCENES"); text != "" {
		percent, err = strconv.Atoi(text)
	}
	if err != nil {
		t.Fatal(err)
	}
	return all * percent / 100
}

// TestHealthyScenes expects that doctor has nothing to say of setups in which everything fits.
func TestHealthyScenes(t *testing.T) {
	server, r := aircontest.NewPostgres(t), sceneSeed(t)
	for i := range scenesOf(t, 200) {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			s := healthyScene(t, r, server)
			s.build(t)
			for _, f := range allFindings(s.examine(t)) {
				if f.Severity != doctor.Info {
					t.Errorf("Airflow %s: %s %s: %s", s.airflow, f.ID, f.Title, f.Seen)
				}
			}
		})
	}
}

// TestCombinations puts two or three faults into a setup, and expects that doctor names each that is not hidden behind another.
func TestCombinations(t *testing.T) {
	server, r := aircontest.NewPostgres(t), sceneSeed(t)
	for i := range scenesOf(t, 300) {
		faults := someFaults(r, 2+r.IntN(2))
		names := make([]string, len(faults))
		for i, f := range faults {
			names[i] = f.name
		}
		t.Run(strconv.Itoa(i)+" "+strings.Join(names, ", "), func(t *testing.T) {
			s := healthyScene(t, r, server)
			for _, f := range faults {
				f.make(s)
			}
			s.build(t)
			found := allFindings(s.examine(t))
			for _, f := range faults {
				if !hidden(f, faults) && !slices.ContainsFunc(found, f.named) {
					t.Errorf("Airflow %s: nothing says %s with %q; found are %s", s.airflow, f.id, f.words, foundList(found))
				}
			}
		})
	}
}

// TestEachFault is the same with one fault: none of them depends on another to be seen.
func TestEachFault(t *testing.T) {
	server, r := aircontest.NewPostgres(t), sceneSeed(t)
	for _, f := range sceneFaults {
		t.Run(f.name, func(t *testing.T) {
			s := healthyScene(t, r, server)
			f.make(s)
			s.build(t)
			if found := allFindings(s.examine(t)); !slices.ContainsFunc(found, f.named) {
				t.Errorf("Airflow %s: nothing says %s with %q; found are %s", s.airflow, f.id, f.words, foundList(found))
			}
		})
	}
}

func (f sceneFault) named(found doctor.Finding) bool {
	return found.ID == f.id && strings.Contains(found.Title+" "+found.Seen+" "+found.Mend.Text, f.words)
}

func foundList(found []doctor.Finding) string {
	var b strings.Builder
	for _, f := range found {
		b.WriteString("\n    " + f.ID + " " + f.Title + ": " + f.Seen)
	}
	return b.String()
}

// someFaults picks faults of different parts, in the order of the chain.
func someFaults(r *rand.Rand, n int) []sceneFault {
	var picked []int
	for len(picked) < n {
		one := r.IntN(len(sceneFaults))
		if !slices.ContainsFunc(picked, func(other int) bool { return sceneFaults[other].part == sceneFaults[one].part }) {
			picked = append(picked, one)
		}
	}
	slices.Sort(picked)
	faults := make([]sceneFault, n)
	for i, one := range picked {
		faults[i] = sceneFaults[one]
	}
	return faults
}

// hidden reports whether another fault stands before f.
func hidden(f sceneFault, faults []sceneFault) bool {
	return slices.ContainsFunc(faults, func(o sceneFault) bool { return slices.Contains(o.hides, f.part) })
}
