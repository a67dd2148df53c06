package localaws

import (
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"aircon/internal/store/faultydisk"
)

// TestDiskFault fills the disk below a running local AWS, and makes it fail: writes are refused as AWS refuses when it is not well, reads
// go on, and writes succeed again as soon as the disk does.
func TestDiskFault(t *testing.T) {
	faultydisk.Install()
	s := newSite(t, Options{Directory: t.TempDir()})
	s.put(t, "a", "one")
	for name, fail := range map[string]func(){
		"full":    func() { faultydisk.Fail(faultydisk.Write, 0, faultydisk.Full) },
		"failing": func() { faultydisk.Fail(faultydisk.Sync, 0, faultydisk.Error) },
	} {
		fail()
		_, err := s.secrets.PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{SecretId: aws.String("a"), SecretString: aws.String(name)})
		s.want(t, "a", "one")
		if faultydisk.Heal() == 0 {
			t.Fatalf("%s: the disk was not asked", name)
		}
		if err == nil || !strings.Contains(err.Error(), "StatusCode: 503") || !strings.Contains(err.Error(), "ServiceUnavailable") {
			t.Errorf("%s: PutSecretValue = %v, want status %d", name, err, http.StatusServiceUnavailable)
		}
		s.put(t, "a", "two")
		s.want(t, "a", "two")
		s.put(t, "a", "one")
	}
}
