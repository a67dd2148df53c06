package localaws

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"aircon/internal/store"
)

// TestKeysThatWereTakenAway takes the administrator's first key out of use: a start leaves it so and says so, and only a reset or a restore, which put
// another state in its place, give it back. The administrator's other key stays in all cases but the reset.
func TestKeysThatWereTakenAway(t *testing.T) {
	for name, test := range map[string]struct {
		take func(*testing.T, *site, string)
		says string
	}{
		"inactive": {func(t *testing.T, s *site, id string) {
			_, err := s.accounts.UpdateAccessKey(t.Context(), &awsiam.UpdateAccessKeyInput{AccessKeyId: &id, Status: types.StatusTypeInactive})
			fatal(t, err)
		}, " is inactive"},
		"deleted": {func(t *testing.T, s *site, id string) {
			_, err := s.accounts.DeleteAccessKey(t.Context(), &awsiam.DeleteAccessKeyInput{AccessKeyId: &id})
			fatal(t, err)
		}, " was deleted"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := newSite(t, Options{Directory: dir})
			first := s.Administrator()
			other, err := s.accounts.CreateAccessKey(t.Context(), &awsiam.CreateAccessKeyInput{UserName: aws.String(administratorName)})
			fatal(t, err)
			test.take(t, s, first.AccessKeyID)
			var backup bytes.Buffer
			fatal(t, s.Backup(&backup, BackupOptions{}))
			fatal(t, s.Close())

			var log bytes.Buffer
			works := func(id string) bool {
				t.Helper()
				s, err := New(Options{Directory: dir, Log: slog.New(slog.NewTextHandler(&log, nil))})
				fatal(t, err)
				defer func() { fatal(t, s.Close()) }()
				return active(t, s, id)
			}
			if works(first.AccessKeyID) || !works(*other.AccessKey.AccessKeyId) {
				t.Error("a start gives the first key back, or takes the other")
			}
			if got := log.String(); strings.Count(got, "level=WARN") != 2 || !strings.Contains(got, first.AccessKeyID+test.says) || strings.Contains(got, first.SecretAccessKey) {
				t.Errorf("it says %s", got)
			}
			log.Reset()
			fatal(t, Restore(&backup, RestoreOptions{Directory: dir, Replace: true}))
			if !works(first.AccessKeyID) || !works(*other.AccessKey.AccessKeyId) || log.Len() > 0 {
				t.Errorf("after a restore the first key opens nothing, or the other is gone: %s", log.String())
			}
			again := newSite(t, Options{Directory: dir})
			test.take(t, again, first.AccessKeyID)
			fatal(t, again.Reset())
			if !active(t, again.Server, first.AccessKeyID) {
				t.Error("after a reset the first key opens nothing")
			}
		})
	}
}

// active reports whether an access key opens anything.
func active(t *testing.T, s *Server, id string) (ok bool) {
	t.Helper()
	fatal(t, s.view(func(tx store.Tx) (err error) {
		_, ok, err = s.directory.AccessKey(tx, id)
		return err
	}))
	return ok
}
