package localaws

import (
	"bytes"
	"net/http/httptest"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// scrape reads /metrics with Prometheus's own parser.
func scrape(t *testing.T, s *Server) map[string]*dto.MetricFamily {
	t.Helper()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if kind := w.Header().Get("Content-Type"); !strings.HasPrefix(kind, "text/plain; version=0.0.4") {
		t.Errorf("/metrics is %s", kind)
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(w.Body.Bytes()))
	if err != nil {
		t.Fatalf("%v in\n%s", err, w.Body)
	}
	return families
}

// value returns the metric whose labels are name=value in turns, or nil.
func value(family *dto.MetricFamily, labels ...string) *dto.Metric {
	for _, m := range family.GetMetric() {
		fits := len(m.GetLabel()) == len(labels)/2
		for i, l := range m.GetLabel() {
			fits = fits && l.GetName() == labels[2*i] && l.GetValue() == labels[2*i+1]
		}
		if fits {
			return m
		}
	}
	return nil
}

// TestMetrics makes one of each thing that is counted, and expects Prometheus to read as many.
func TestMetrics(t *testing.T) {
	s := serve(t, Options{})
	if families := scrape(t, s.Server); len(families) == 0 {
		t.Error("nothing is shown at the start")
	}
	c := s.administrator()
	put(t, c, "db", "canary")
	for range 3 {
		if _, err := get(t, c, "db"); err != nil {
			t.Fatal(err)
		}
	}
	_, missing := get(t, c, "nothing")
	reader := s.assume(t, c, s.role(t, c, "reader", DefaultAccount), "reading")
	nobody := s.as(Credentials{s.Administrator().AccessKeyID, "wrong"}, "", DefaultRegion, 1)
	_, unsigned := get(t, nobody, "db")
	worker, err := s.AddAccount("111122223333")
	if err != nil {
		t.Fatal(err)
	}
	_, denied := get(t, s.as(worker, "", DefaultRegion, 1), "arn:aws:secretsmanager:us-east-1:123456789012:secret:db")
	s.Inject(Fault{Service: "secretsmanager", Kind: FaultThrottle, Next: 1})
	_, throttled := get(t, reader, "db")
	for what, err := range map[string]error{"missing": missing, "unsigned": unsigned, "denied": denied, "throttled": throttled} {
		if err == nil {
			t.Errorf("%s: no error", what)
		}
	}
	families := scrape(t, s.Server)
	for _, test := range []struct {
		family string
		labels []string
		want   float64
	}{
		{"aircon_requests_total", []string{"service", "secretsmanager", "operation", "GetSecretValue", "code", "OK"}, 3},
		{"aircon_requests_total", []string{"service", "secretsmanager", "operation", "CreateSecret", "code", "OK"}, 1},
		{"aircon_requests_total", []string{"service", "secretsmanager", "operation", "GetSecretValue", "code", "ResourceNotFoundException"}, 1},
		{"aircon_requests_total", []string{"service", "secretsmanager", "operation", "GetSecretValue", "code", "AccessDeniedException"}, 1},
		{"aircon_requests_total", []string{"service", "secretsmanager", "operation", "GetSecretValue", "code", "ThrottlingException"}, 1},
		{"aircon_requests_total", []string{"service", "sts", "operation", "AssumeRole", "code", "OK"}, 1},
		{"aircon_denied_total", []string{"service", "secretsmanager", "action", "secretsmanager:GetSecretValue"}, 1},
		{"aircon_faults_injected_total", []string{"service", "secretsmanager", "kind", "throttle"}, 1},
		{"aircon_signature_refusals_total", []string{"service", "secretsmanager", "code", codeIn(unsigned)}, 1},
		{"aircon_audit_dropped_total", nil, 0},
	} {
		if m := value(families[test.family], test.labels...); m == nil || m.GetCounter().GetValue() != test.want {
			t.Errorf("%s %v is %v, want %v", test.family, test.labels, m, test.want)
		}
	}
	if m := value(families["aircon_store_open_transactions"]); m == nil || m.GetGauge().GetValue() != 0 {
		t.Errorf("open transactions: %v", m)
	}
	if m := value(families["aircon_store_updates_total"]); m == nil || m.GetCounter().GetValue() < 3 {
		t.Errorf("updates: %v", m)
	}
	h := value(families["aircon_request_duration_seconds"], "service", "secretsmanager").GetHistogram()
	if h.GetSampleCount() != 8 || h.GetSampleSum() <= 0 || len(h.GetBucket()) != len(buckets)+1 {
		t.Errorf("the histogram of Secrets Manager is %v", h)
	}
	if text := string(s.exposition()); strings.Contains(text, "canary") || strings.Contains(text, "arn:") || strings.Contains(text, "AKIA") {
		t.Errorf("the metrics name users' things:\n%s", text)
	}
}
