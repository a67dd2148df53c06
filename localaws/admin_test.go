package localaws

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// administer sends a request to the admin API, signed with the keys, and returns the answer.
func administer(t *testing.T, s *Server, keys Credentials, method, path, body string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, "http://local.test"+path, strings.NewReader(body))
	signAs(t, r, keys, adminService)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// TestAdminAPI walks through the table, as the commands of aircon local do.
func TestAdminAPI(t *testing.T) {
	for kind, o := range map[string]Options{"memory": {}, "directory": {Directory: t.TempDir()}} {
		s := serve(t, o)
		put(t, s.administrator(), "kept", "canary")
		for _, step := range []struct {
			method, path, body string
			status             int
			want               string // a part of the answer
		}{
			{"GET", "/faults", "", 200, `{"faults":[]}`},
			{"POST", "/faults", `{"kind":"throttle","service":"mwaa","next":2}`, 200, `"id":"1","service":"airflow","next":2,"kind":"throttle"`},
			{"POST", "/faults", `{"kind":"latency","latencyNanoseconds":1000}`, 200, `"id":"2"`},
			{"GET", "/faults", "", 200, `"latencyNanoseconds":1000`},
			{"POST", "/faults", `{"kind":"nonsense"}`, 400, `the kinds of fault are throttle, error`},
			{"DELETE", "/faults/1", "", 200, `{}`},
			{"DELETE", "/faults/1", "", 404, `there is no fault 1`},
			{"DELETE", "/faults", "", 200, `{"cleared":1}`},
			{"GET", "/accounts", "", 200, `{"accounts":["123456789012"]}`},
			{"POST", "/accounts", `{"account":"111122223333"}`, 200, `"accessKeyId":"AKIA`},
			{"POST", "/accounts", `{"account":"111122223333"}`, 409, `there is an account 111122223333 already`},
			{"POST", "/accounts", `{"account":"12"}`, 400, `it takes 12 digits`},
			{"GET", "/accounts", "", 200, `{"accounts":["111122223333","123456789012"]}`},
			{"GET", "/snapshots", "", 200, `{"snapshots":[]}`},
			{"POST", "/snapshots/one/load", "", 404, `none was saved yet`},
			{"PUT", "/snapshots/one", "", 200, `{}`},
			{"PUT", "/snapshots/-", "", 400, `a snapshot's name takes`},
			{"GET", "/snapshots", "", 200, `{"snapshots":[{"name":"one","saved":"20`},
			{"POST", "/reset", "", 200, `{}`},
			{"GET", "/accounts", "", 200, `{"accounts":["123456789012"]}`},
			{"POST", "/snapshots/one/load", "", 200, `{}`},
			{"GET", "/accounts", "", 200, `{"accounts":["111122223333","123456789012"]}`},
			{"DELETE", "/snapshots/one", "", 200, `{}`},
			{"DELETE", "/snapshots/one", "", 404, `there is no such snapshot`},
			{"POST", "/backup", `{"includeKey":true}`, 200, "aircon image "},
			{"POST", "/backup", `{"recipients":["nobody"]}`, 400, "recipient 1 is not an age recipient"},
			{"GET", "/nothing", "", 404, "UnknownOperationException"},
		} {
			w := administer(t, s.Server, s.Administrator(), step.method, "/_aircon/v1"+step.path, step.body)
			if w.Code != step.status || !strings.Contains(w.Body.String(), step.want) {
				t.Errorf("%s: %s %s: got %d %s\nwant %d %s", kind, step.method, step.path, w.Code, w.Body, step.status, step.want)
			}
			if w.Header().Get("X-Amzn-Requestid") == "" {
				t.Errorf("%s: %s %s: no request id", kind, step.method, step.path)
			}
		}
		if got, err := get(t, s.administrator(), "kept"); got != "canary" || err != nil {
			t.Errorf("%s: the secret is %q, %v", kind, got, err)
		}
	}
}

// TestAdminAPIIsForTheAdministrator refuses everybody else, whatever policies say: each operation of the table to each of them.
func TestAdminAPIIsForTheAdministrator(t *testing.T) {
	s := serve(t, Options{})
	other, err := s.AddAccount("111122223333")
	if err != nil {
		t.Fatal(err)
	}
	admin := s.administrator()
	second, err := admin.iam.CreateAccessKey(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range s.byName[adminService].Operations {
		path := strings.NewReplacer("{ID}", "1", "{Name}", "x").Replace(o.Path)
		for who, keys := range map[string]Credentials{
			"another account's administrator": other,
			"the administrator's second key":  {*second.AccessKey.AccessKeyId, *second.AccessKey.SecretAccessKey},
		} {
			w := administer(t, s.Server, keys, o.Method, path, "{}")
			if w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), `{"__type":"AccessDeniedException","message":"User: arn:aws:iam::`) {
				t.Errorf("%s by %s: %d %s", o.Name, who, w.Code, w.Body)
			}
		}
		r := httptest.NewRequest(o.Method, "http://local.test"+path, strings.NewReader("{}"))
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != http.StatusForbidden {
			t.Errorf("%s unsigned: %d %s", o.Name, w.Code, w.Body)
		}
		r = httptest.NewRequest(o.Method, "http://local.test"+path, strings.NewReader("{}"))
		signAs(t, r, s.Administrator(), "secretsmanager")
		w = httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != http.StatusBadRequest {
			t.Errorf("%s signed for Secrets Manager: %d %s", o.Name, w.Code, w.Body)
		}
	}
	if got, err := s.Accounts(); len(got) != 2 || err != nil {
		t.Errorf("there are accounts %v, %v", got, err)
	}
}

// TestFaultsSpareTheAdminAPI keeps the way open to take a fault back.
func TestFaultsSpareTheAdminAPI(t *testing.T) {
	s := serve(t, Options{})
	s.Inject(Fault{Kind: FaultDropBefore})
	if w := administer(t, s.Server, s.Administrator(), "DELETE", "/_aircon/v1/faults", ""); w.Code != 200 {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

// TestBackupIsWhole reads the backup that the admin API answers with.
func TestBackupIsWhole(t *testing.T) {
	s := serve(t, Options{Directory: t.TempDir()})
	put(t, s.administrator(), "kept", "canary")
	w := administer(t, s.Server, s.Administrator(), "POST", "/_aircon/v1/backup", `{"includeKey":true}`)
	if strings.Contains(w.Body.String(), "canary") {
		t.Error("the secret stands in the backup in the clear")
	}
	dir := t.TempDir() + "/restored"
	if err := Restore(bytes.NewReader(w.Body.Bytes()), RestoreOptions{Directory: dir}); err != nil {
		t.Fatal(err)
	}
	restored := serve(t, Options{Directory: dir})
	if got, err := get(t, restored.administrator(), "kept"); got != "canary" || err != nil {
		t.Errorf("the restored secret is %q, %v", got, err)
	}
}

// TestAccountKeysAreShownOnce expects that the answer is the only place where they stand.
func TestAccountKeysAreShownOnce(t *testing.T) {
	var log bytes.Buffer
	s := serve(t, Options{Audit: &log})
	w := administer(t, s.Server, s.Administrator(), "POST", "/_aircon/v1/accounts", `{"account":"111122223333"}`)
	var made accountKeys
	if err := json.Unmarshal(w.Body.Bytes(), &made); err != nil || len(made.SecretAccessKey) != 40 {
		t.Fatalf("got %s, %v", w.Body, err)
	}
	if strings.Contains(log.String(), made.SecretAccessKey) || !strings.Contains(log.String(), `"eventName":"AddAccount"`) {
		t.Errorf("the log says %s", log.String())
	}
	if who, err := s.as(Credentials{made.AccessKeyID, made.SecretAccessKey}, "", DefaultRegion, 1).sts.GetCallerIdentity(t.Context(), nil); err != nil || *who.Account != "111122223333" {
		t.Errorf("the keys are %+v's, %v", who, err)
	}
}
