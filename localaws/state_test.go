package localaws

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"aircon/internal/store"
)

// site is a local AWS and clients of its administrator.
type site struct {
	*served
	secrets  *secretsmanager.Client
	accounts *awsiam.Client
}

func newSite(t *testing.T, o Options) *site {
	t.Helper()
	s := serve(t, o)
	keys := s.Administrator()
	provider := credentials.NewStaticCredentialsProvider(keys.AccessKeyID, keys.SecretAccessKey, "")
	return &site{
		s, secretsmanager.New(secretsmanager.Options{BaseEndpoint: &s.endpoint, Region: DefaultRegion, Credentials: provider, RetryMaxAttempts: 1}),
		awsiam.New(awsiam.Options{BaseEndpoint: &s.endpoint, Region: DefaultRegion, Credentials: provider, RetryMaxAttempts: 1}),
	}
}

func (s *site) put(t *testing.T, name, text string) {
	t.Helper()
	_, err := s.secrets.CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: &name, SecretString: &text})
	if err != nil {
		_, err = s.secrets.PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{SecretId: &name, SecretString: &text})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// want expects a secret's text; "" expects that there is none.
func (s *site) want(t *testing.T, name, text string) {
	t.Helper()
	got, err := s.secrets.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: &name})
	switch {
	case err == nil && *got.SecretString != text:
		t.Errorf("%s holds %q, want %q", name, *got.SecretString, text)
	case err != nil && (text != "" || !strings.Contains(err.Error(), "ResourceNotFoundException")):
		t.Errorf("%s: %v", name, err)
	}
}

// TestSnapshots saves two states, and goes to and fro between them with the same client.
func TestSnapshots(t *testing.T) {
	for name, dir := range map[string]string{"memory": "", "directory": t.TempDir()} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, Options{Directory: dir})
			s.put(t, "a", "one")
			fatal(t, s.SaveSnapshot("first"))
			s.put(t, "a", "two")
			s.put(t, "b", "two")
			fatal(t, s.SaveSnapshot("second"))
			for range 2 {
				fatal(t, s.LoadSnapshot("first"))
				s.want(t, "a", "one")
				s.want(t, "b", "")
				fatal(t, s.LoadSnapshot("second"))
				s.want(t, "a", "two")
				s.want(t, "b", "two")
			}
			fatal(t, s.Reset())
			s.want(t, "a", "")
			s.put(t, "c", "three")
			if list, err := s.Snapshots(); err != nil || len(list) != 2 || list[0].Name != "first" || list[1].Bytes == 0 {
				t.Errorf("Snapshots = %+v, %v", list, err)
			}
			fatal(t, s.DeleteSnapshot("first"))
			if err := s.LoadSnapshot("first"); !errors.Is(err, ErrNoSnapshot) || !strings.Contains(err.Error(), "there are second") {
				t.Errorf("LoadSnapshot = %v", err)
			}
			if err := s.SaveSnapshot("../x"); err == nil {
				t.Error("a name with a slash was taken")
			}
			s.want(t, "c", "three")
		})
	}
}

// TestLoadForgets expects that what was read after a snapshot has not been read once it is loaded.
func TestLoadForgets(t *testing.T) {
	s := newSite(t, Options{})
	s.put(t, "a", "one")
	fatal(t, s.SaveSnapshot("unread"))
	s.want(t, "a", "one")
	for _, read := range []bool{true, false} {
		got, err := s.secrets.DescribeSecret(t.Context(), &secretsmanager.DescribeSecretInput{SecretId: aws.String("a")})
		fatal(t, err)
		if (got.LastAccessedDate != nil) != read {
			t.Errorf("LastAccessedDate is %v, want one: %t", got.LastAccessedDate, read)
		}
		fatal(t, s.LoadSnapshot("unread"))
	}
}

// TestReset expects nobody but the administrator afterwards.
func TestReset(t *testing.T) {
	s := newSite(t, Options{})
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"sts:AssumeRole"}]}`
	_, err := s.accounts.CreateUser(t.Context(), &awsiam.CreateUserInput{UserName: aws.String("reader")})
	fatal(t, err)
	_, err = s.accounts.CreateRole(t.Context(), &awsiam.CreateRoleInput{RoleName: aws.String("r"), AssumeRolePolicyDocument: &trust})
	fatal(t, err)
	fatal(t, s.Reset())
	users, err := s.accounts.ListUsers(t.Context(), &awsiam.ListUsersInput{})
	fatal(t, err)
	if len(users.Users) != 1 || *users.Users[0].UserName != administratorName {
		t.Errorf("after a reset there are the users %v", users.Users)
	}
	roles, err := s.accounts.ListRoles(t.Context(), &awsiam.ListRolesInput{})
	fatal(t, err)
	if len(roles.Roles) != 0 {
		t.Errorf("after a reset there are %d roles", len(roles.Roles))
	}
}

// TestBackup restores a backup into another directory, with each way to hand the root key over, and finds everything there.
func TestBackup(t *testing.T) {
	from := t.TempDir()
	s := newSite(t, Options{Directory: from})
	s.put(t, "a", "one")
	ageFile := filepath.Join(t.TempDir(), "identity")
	recipient := newIdentity(t, ageFile)
	for name, test := range map[string]struct {
		backup  BackupOptions
		restore RestoreOptions
		want    error
	}{
		"key apart":               {BackupOptions{}, RestoreOptions{KeyFile: filepath.Join(from, "root.key")}, nil},
		"key inside":              {BackupOptions{IncludeKey: true}, RestoreOptions{}, nil},
		"no key":                  {BackupOptions{}, RestoreOptions{}, store.ErrIdentity},
		"encrypted":               {BackupOptions{Recipients: []string{recipient}, IncludeKey: true}, RestoreOptions{ArchiveIdentity: ageFile}, nil},
		"encrypted, no identity":  {BackupOptions{Recipients: []string{recipient}, IncludeKey: true}, RestoreOptions{}, store.ErrIdentity},
		"into an identity's own":  {BackupOptions{IncludeKey: true}, RestoreOptions{Identity: ageFile}, nil},
		"encrypted for a machine": {BackupOptions{Recipients: []string{recipient}, IncludeKey: true}, RestoreOptions{Identity: ageFile}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var backup bytes.Buffer
			fatal(t, s.Backup(&backup, test.backup))
			if bytes.Contains(backup.Bytes(), []byte("one")) || bytes.Contains(backup.Bytes(), []byte(s.Administrator().SecretAccessKey)) {
				t.Error("a secret shows in the backup")
			}
			o := test.restore
			o.Directory = filepath.Join(t.TempDir(), "restored")
			if err := Restore(&backup, o); !errors.Is(err, test.want) {
				t.Fatalf("Restore = %v, want %v", err, test.want)
			}
			if test.want == nil {
				newSite(t, Options{Directory: o.Directory, Identity: o.Identity}).want(t, "a", "one")
			}
		})
	}
	if err := s.Backup(io.Discard, BackupOptions{Recipients: []string{"age1x"}}); !errors.Is(err, store.ErrRecipient) {
		t.Errorf("Backup = %v for no recipient", err)
	}
}

// TestRestoreReplaces refuses to replace a state unasked, and keeps the administrator's keys where it does.
func TestRestoreReplaces(t *testing.T) {
	dir := t.TempDir()
	s, err := New(Options{Directory: dir})
	fatal(t, err)
	keys := s.Administrator()
	var backup bytes.Buffer
	fatal(t, s.Backup(&backup, BackupOptions{}))
	if err := Restore(bytes.NewReader(backup.Bytes()), RestoreOptions{Directory: dir, Replace: true}); !errors.Is(err, store.ErrInUse) {
		t.Errorf("Restore = %v while a server runs", err)
	}
	fatal(t, s.Close())
	if err := Restore(bytes.NewReader(backup.Bytes()), RestoreOptions{Directory: dir}); !errors.Is(err, store.ErrOccupied) {
		t.Errorf("Restore = %v over a state", err)
	}
	for at := range backup.Len() { // each of them is found before anything is replaced
		damaged := bytes.Clone(backup.Bytes())
		damaged[at] ^= 4
		if err := Restore(bytes.NewReader(damaged), RestoreOptions{Directory: dir, Replace: true}); err == nil {
			t.Fatalf("a backup whose byte %d was changed was restored", at)
		}
	}
	fatal(t, os.Remove(filepath.Join(dir, "aircon.db")))
	fatal(t, Restore(&backup, RestoreOptions{Directory: dir, Replace: true}))
	again := newSite(t, Options{Directory: dir})
	if again.Administrator() != keys {
		t.Error("the administrator's keys changed")
	}
	again.want(t, "a", "")
}

// TestErase makes a damaged directory usable again, with the administrator's keys.
func TestErase(t *testing.T) {
	dir := t.TempDir()
	s, err := New(Options{Directory: dir})
	fatal(t, err)
	keys := s.Administrator()
	fatal(t, s.Close())
	fatal(t, os.WriteFile(filepath.Join(dir, "aircon.db"), []byte("rubbish"), 0o600))
	if _, err := New(Options{Directory: dir}); !errors.Is(err, store.ErrCorrupt) || !strings.Contains(err.Error(), "aircon local reset") {
		t.Fatalf("New = %v in a damaged directory", err)
	}
	fatal(t, Erase(dir, ""))
	again := newSite(t, Options{Directory: dir})
	if again.Administrator() != keys {
		t.Error("the administrator's keys changed")
	}
	again.put(t, "a", "one")
}

// TestFormerSchema opens a directory as aircon wrote it before values were sealed, and finds everything there.
func TestFormerSchema(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"aircon.db", "root.key", "credentials"} {
		data, err := os.ReadFile(filepath.Join("testdata", "schema1", name))
		fatal(t, err)
		fatal(t, os.WriteFile(filepath.Join(dir, name), data, 0o600))
	}
	keys, err := ReadCredentials(dir)
	fatal(t, err)
	for range 2 {
		s := newSite(t, Options{Directory: dir})
		if s.Administrator() != keys {
			t.Error("the administrator's keys changed")
		}
		s.want(t, "airflow/variables/greeting", "hello")
		s.want(t, "airflow/connections/db", "postgres://db.example.internal") // under a customer's key
		if _, err := s.accounts.GetRole(t.Context(), &awsiam.GetRoleInput{RoleName: aws.String("reader")}); err != nil {
			t.Error(err)
		}
		fatal(t, s.Close())
	}
	data, err := os.ReadFile(filepath.Join(dir, "aircon.db"))
	fatal(t, err)
	if bytes.Contains(data, []byte("sts:AssumeRole")) {
		t.Error("a policy lies in the database in the clear")
	}
}

// newIdentity writes a new age identity into a file, and returns its recipient.
func newIdentity(t *testing.T, path string) string {
	t.Helper()
	i, err := age.GenerateX25519Identity()
	fatal(t, err)
	fatal(t, os.WriteFile(path, []byte("# a test's\n"+i.String()+"\n"), 0o600))
	return i.Recipient().String()
}

func fatal(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
