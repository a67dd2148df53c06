package localaws

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"aircon/internal/awswire"
	"aircon/internal/store"
	"aircon/localaws/op"
	"aircon/policy"
)

// Credentials are an access key.
type Credentials struct {
	AccessKeyID     string
	SecretAccessKey string
}

// administratorName is the user that each account starts with.
const administratorName = "administrator"

// administratorPolicy allows everything.
const administratorPolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`

// CredentialsFile lies in the data directory and holds the first administrator's keys, mode 0600, in the format of AWS's
// own shared credentials file: AWS_SHARED_CREDENTIALS_FILE may name it.
const CredentialsFile = "credentials"

// restoredFile lies in the data directory from a restore to the next start, at which the administrator of what was restored is given the
// directory's keys.
const restoredFile = "restored"

// bootstrap finds the administrator's keys in the directory. A state that has no administrator, or that was restored, is given them; where
// there are none, new ones are made. A state whose administrator has others keeps them: somebody wanted it so.
func (s *Server) bootstrap() error {
	if s.options.Directory != "" {
		found, err := ReadCredentials(s.options.Directory)
		if err != nil {
			return err
		}
		if found.wellFormed() {
			s.admin = found
			return s.welcome()
		}
	}
	made, err := s.AddAccount(s.options.Account)
	if err != nil {
		return err
	}
	s.admin, s.fresh = made, true
	if s.options.Directory == "" {
		return nil
	}
	text := fmt.Sprintf("[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n", made.AccessKeyID, made.SecretAccessKey)
	if err := store.WriteFile(filepath.Join(s.options.Directory, CredentialsFile), []byte(text)); err != nil {
		return err
	}
	return removeIfThere(filepath.Join(s.options.Directory, restoredFile))
}

// removeIfThere removes a file, if it exists.
func removeIfThere(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// wellFormed reports whether c has the form of an access key that IAM makes: AKIA and 16 characters, and a secret of 40.
func (c Credentials) wellFormed() bool {
	return len(c.AccessKeyID) == 20 && strings.HasPrefix(c.AccessKeyID, "AKIA") && len(c.SecretAccessKey) == 40
}

// welcome sees to it that the state knows the directory's keys, where nobody took them from its administrator, and says so where it does not.
func (s *Server) welcome() error {
	mark := filepath.Join(s.options.Directory, restoredFile)
	_, err := os.Stat(mark)
	restored := err == nil
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var why string
	err = s.store.Update(func(tx store.Tx) (err error) {
		if !restored {
			if why, err = s.refused(tx); err != nil || why != "" {
				return err
			}
		}
		return s.keepAdministrator(tx)
	})
	if err == nil && restored {
		err = removeIfThere(mark)
	}
	if err == nil && why != "" {
		s.options.Log.Warn("the administrator's keys in "+filepath.Join(s.options.Directory, CredentialsFile)+" open nothing, not the admin API either: "+why+
			". To make the access key active again, use another of the administrator's: aws iam update-access-key --user-name "+administratorName+
			" --status Active --access-key-id "+s.admin.AccessKeyID+". Or remove the file and start again: the administrator then gets a new access key in the place of all it has.",
			"account", s.options.Account)
	}
	return err
}

// refused says why the state's administrator cannot use the server's keys, or "" where it can, or where there is no administrator.
func (s *Server) refused(tx store.Tx) (why string, err error) {
	known, ok, err := s.directory.AccessKey(tx, s.admin.AccessKeyID)
	if err != nil || ok && known.Secret == s.admin.SecretAccessKey {
		return "", err
	}
	if ok {
		return "access key " + s.admin.AccessKeyID + " has another secret access key", nil
	}
	var have struct {
		AccessKeyMetadata []struct{ AccessKeyId string }
	}
	err = insider{s, tx, s.options.Account}.call("ListAccessKeys", map[string]any{"UserName": administratorName}, &have)
	var missing *op.Error
	if errors.As(err, &missing) && missing.Code == "NoSuchEntity" {
		return "", nil
	}
	why = "access key " + s.admin.AccessKeyID + " was deleted"
	for _, key := range have.AccessKeyMetadata {
		if key.AccessKeyId == s.admin.AccessKeyID {
			why = "access key " + s.admin.AccessKeyID + " is inactive"
		}
	}
	return why, err
}

// keepAdministrator makes the server's administrator one of the state that tx sees, if it is not.
func (s *Server) keepAdministrator(tx store.Tx) error {
	known, ok, err := s.directory.AccessKey(tx, s.admin.AccessKeyID)
	if err != nil || ok && known.Secret == s.admin.SecretAccessKey {
		return err
	}
	root := insider{s, tx, s.options.Account}
	if err := root.makeAdministrator(); err != nil {
		return err
	}
	return s.directory.(adopter).Adopt(root.newCall(), administratorName, s.admin.AccessKeyID, s.admin.SecretAccessKey)
}

// adopter is a directory that takes keys in which were made before.
type adopter interface {
	Adopt(c *op.Call, user, accessKeyID, secret string) error
}

// ReadCredentials reads the first administrator's keys from a data directory. They are empty where there are none yet.
func ReadCredentials(dir string) (c Credentials, err error) {
	text, err := os.ReadFile(filepath.Join(dir, CredentialsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return c, err
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), "=")
		switch strings.TrimSpace(name) {
		case "aws_access_key_id":
			c.AccessKeyID = strings.TrimSpace(value)
		case "aws_secret_access_key":
			c.SecretAccessKey = strings.TrimSpace(value)
		}
	}
	return c, lines.Err()
}

// AddAccount makes an account's administrator, or gives the one that is there new keys in the place of its old ones.
func (s *Server) AddAccount(account string) (c Credentials, err error) {
	if !isAccount(account) {
		return c, fmt.Errorf("account %q is not one of AWS's: it takes 12 digits", account)
	}
	err = s.store.Update(func(tx store.Tx) error {
		root := insider{s, tx, account}
		if err := root.makeAdministrator(); err != nil {
			return err
		}
		c, err = root.renewKeys()
		return err
	})
	return c, err
}

// insider calls IAM's operations as the root of an account, whom nobody refuses.
type insider struct {
	server  *Server
	tx      store.Tx
	account string
}

// makeAdministrator makes the user, where there is none, and its policy.
func (i insider) makeAdministrator() error {
	var exists *op.Error
	err := i.call("CreateUser", map[string]any{"UserName": administratorName}, nil)
	if err != nil && !(errors.As(err, &exists) && exists.Code == "EntityAlreadyExists") {
		return err
	}
	return i.call("PutUserPolicy", map[string]any{
		"UserName": administratorName, "PolicyName": administratorName, "PolicyDocument": administratorPolicy,
	}, nil)
}

// renewKeys gives the administrator a new access key in the place of its old ones.
func (i insider) renewKeys() (Credentials, error) {
	user := map[string]any{"UserName": administratorName}
	var old struct {
		AccessKeyMetadata []struct{ AccessKeyId string }
	}
	if err := i.call("ListAccessKeys", user, &old); err != nil {
		return Credentials{}, err
	}
	for _, key := range old.AccessKeyMetadata {
		if err := i.call("DeleteAccessKey", map[string]any{"UserName": administratorName, "AccessKeyId": key.AccessKeyId}, nil); err != nil {
			return Credentials{}, err
		}
	}
	var made struct {
		AccessKey struct{ AccessKeyId, SecretAccessKey string }
	}
	err := i.call("CreateAccessKey", user, &made)
	return Credentials{made.AccessKey.AccessKeyId, made.AccessKey.SecretAccessKey}, err
}

// newCall is what an operation is told.
func (i insider) newCall() *op.Call {
	return &op.Call{
		Tx: i.tx, Sealer: i.server.store.Sealer(), Partition: partition, Account: i.account, Region: globalRegion,
		Principal: policy.Principal{
			Kind: policy.AccountRoot, ARN: "arn:" + partition + ":iam::" + i.account + ":root", Account: i.account, UserID: i.account,
		},
		Now: i.server.options.Clock(), Wall: i.server.options.Wall(), RequestID: newRequestID(),
		Authorizer: func(*op.Call, *op.Need) error { return nil },
	}
}

// call runs an operation of IAM on an input, and reads its output into output where that is not nil.
func (i insider) call(name string, input map[string]any, output any) error {
	iam := i.server.byName["iam"]
	o := iam.operations[name]
	if o == nil {
		return fmt.Errorf("iam has no operation %s", name)
	}
	text, err := json.Marshal(input)
	if err != nil {
		return err
	}
	in := o.Input()
	if err := awswire.DecodeJSON(text, in); err != nil {
		return err
	}
	out, err := o.Do(i.newCall(), in)
	if err != nil || output == nil {
		return err
	}
	if text, err = awswire.AppendJSON(nil, out); err != nil {
		return err
	}
	return json.Unmarshal(text, output)
}
