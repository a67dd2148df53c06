package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"filippo.io/age"
)

// readKey reads the directory's root key; nil where there is none.
func (o Options) readKey(dir string) ([]byte, error) {
	path := filepath.Join(dir, keyFile)
	key, err := readPlainKey(path)
	switch {
	case err != nil:
		return nil, err
	case key == nil:
		return o.readAgedKey(filepath.Join(dir, agedKeyFile))
	case o.Identity == "":
		return key, nil
	}
	if err := o.writeKey(dir, key); err != nil {
		return nil, err
	}
	if err := os.Remove(path); err != nil {
		return nil, unwritable(dir, err)
	}
	return key, syncPath(dir)
}

// readPlainKey reads a key that lies in the clear; nil where there is no such file.
func readPlainKey(path string) ([]byte, error) {
	key, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("reading the root key: %w", err)
	case len(key) != rootKeySize:
		return nil, fmt.Errorf("%w: %s holds %d bytes and not %d: put the file back that belongs to it, or %s",
			ErrCorrupt, path, len(key), rootKeySize, startAnew(filepath.Dir(path)))
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("reading the root key: %w", err)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("%w: %s has mode %04o, so that others may read all secrets with it: chmod 600 %s", ErrIdentity, path, mode, path)
	}
	return key, nil
}

// readAgedKey opens a key that is encrypted to an age identity; nil where there is no such file.
func (o Options) readAgedKey(path string) ([]byte, error) {
	sealed, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("reading the root key: %w", err)
	case o.Identity == "":
		return nil, fmt.Errorf("%w: %s is encrypted to an age identity: name its file with --identity", ErrIdentity, path)
	}
	identities, err := readIdentities(o.Identity)
	if err != nil {
		return nil, err
	}
	plain, err := age.Decrypt(bytes.NewReader(sealed), identities...)
	var other *age.NoIdentityMatchError
	if errors.As(err, &other) {
		return nil, fmt.Errorf("%w: %s is encrypted to another identity than those in %s: give the file that it was made with", ErrIdentity, path, o.Identity)
	}
	var key []byte
	if err == nil {
		key, err = io.ReadAll(plain)
	}
	if err != nil || len(key) != rootKeySize {
		return nil, fmt.Errorf("%w: %s was changed: put the file back that belongs to the directory, or %s", ErrCorrupt, path, startAnew(filepath.Dir(path)))
	}
	return key, nil
}

// writeKey writes the root key into a directory, encrypted where an identity is given.
func (o Options) writeKey(dir string, key []byte) error {
	if o.Identity == "" {
		return writable(dir, WriteFile(filepath.Join(dir, keyFile), key))
	}
	identities, err := readIdentities(o.Identity)
	if err != nil {
		return err
	}
	recipient, err := recipientOf(identities[0])
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrIdentity, o.Identity, err)
	}
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, recipient)
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrIdentity, o.Identity, err)
	}
	if _, err := w.Write(key); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return writable(dir, WriteFile(filepath.Join(dir, agedKeyFile), sealed.Bytes()))
}

func writable(dir string, err error) error {
	if err == nil {
		return nil
	}
	return unwritable(dir, err)
}

// readIdentities reads a file as age-keygen writes it. Its content never reaches an error.
func readIdentities(path string) ([]age.Identity, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%w: reading the identity: %w: make one with: age-keygen -o %s", ErrIdentity, err, path)
	}
	identities, err := age.ParseIdentities(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("%w: %s holds no age identity (AGE-SECRET-KEY-1…): make one with age-keygen", ErrIdentity, path)
	}
	return identities, nil
}

// recipientOf returns whom to encrypt to, so that an identity opens it.
func recipientOf(identity age.Identity) (age.Recipient, error) {
	switch i := identity.(type) {
	case *age.X25519Identity:
		return i.Recipient(), nil
	case *age.HybridIdentity:
		return i.Recipient(), nil
	}
	return nil, errors.New("an identity of this kind has no recipient: make one with age-keygen")
}
