package store

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"filippo.io/age"
)

// BackupOptions say what a backup holds besides the state, and who can read it.
type BackupOptions struct {
	// Recipients are age recipients (age1…), each of which can open the backup with its identity. None leaves it as an image,
	// whose values are sealed by the root key.
	Recipients []string
	// IncludeKey puts the root key into the backup: it opens anywhere, for whoever reads it.
	IncludeKey bool
}

// ErrRecipient says that a text is no age recipient.
var ErrRecipient = errors.New("not an age recipient")

// Backup writes an image, encrypted where recipients are named. Transactions go on meanwhile.
func (s *engine) Backup(w io.Writer, o BackupOptions) error {
	var key []byte
	if o.IncludeKey {
		key = s.key
	}
	if len(o.Recipients) == 0 {
		return s.save(w, key)
	}
	var recipients []age.Recipient
	for n, text := range o.Recipients {
		r, err := age.ParseRecipients(bytes.NewReader([]byte(text)))
		if err != nil { // the text may be an identity, which is secret
			return fmt.Errorf("recipient %d is %w: give what age-keygen -y prints (age1…)", n+1, ErrRecipient)
		}
		recipients = append(recipients, r...)
	}
	sealed, err := age.Encrypt(w, recipients...)
	if err != nil {
		return err
	}
	if err := s.save(sealed, key); err != nil {
		return err
	}
	return sealed.Close()
}

// RestoreOptions say how a backup is opened and where to. The zero value restores an image into an empty directory, or one that
// holds the key that the image was sealed by.
type RestoreOptions struct {
	Options                // of the directory
	ArchiveIdentity string // file of the age identities that the backup is encrypted to; "" means Options.Identity
	KeyFile         string // the root key that the backup was sealed by, where neither it nor the directory holds it
	Replace         bool   // whether to replace a state that the directory holds
}

// ErrOccupied says that a directory holds a state that a restore would replace.
var ErrOccupied = errors.New("the directory holds a state")

// Restore makes a directory hold what a backup does. No store may have it open. The backup is read to its end and found whole before
// it replaces anything, and then in one step: a crash leaves one state or the other.
func Restore(dir string, backup io.Reader, o RestoreOptions, schemas ...Schema) error {
	lock, err := lockDirectory(dir)
	if err != nil {
		return err
	}
	return errors.Join(o.restore(dir, backup, schemas), lock.Close())
}

func (o RestoreOptions) restore(dir string, backup io.Reader, schemas []Schema) error {
	if err := takePrepared(dir); err != nil {
		return err
	}
	occupied, err := exists(filepath.Join(dir, databaseFile))
	if err != nil {
		return unwritable(dir, err)
	}
	if occupied && !o.Replace {
		return fmt.Errorf("%w: %s: choose an empty directory, or say --replace to lose what is there", ErrOccupied, dir)
	}
	plain, err := o.decrypt(backup)
	if err != nil {
		return err
	}
	image, err := newImageReader(plain)
	if err != nil {
		return err
	}
	key, err := o.keyFor(dir, image)
	if err != nil {
		return err
	}
	rows, err := image.rows(NewSealer(key))
	if err != nil {
		return err
	}
	if err := verify(rows, newCache(schemas, 0)); err != nil {
		return err
	}
	return o.replace(dir, key, image.head.Generation, rows)
}

// decrypt opens what age encrypted, and leaves other texts as they are.
func (o RestoreOptions) decrypt(backup io.Reader) (io.Reader, error) {
	const mark = "age-encryption.org/"
	b := bufio.NewReader(backup)
	if start, _ := b.Peek(len(mark)); string(start) != mark {
		return b, nil
	}
	path := o.ArchiveIdentity
	if path == "" {
		path = o.Identity
	}
	if path == "" {
		return nil, fmt.Errorf("%w: the backup is encrypted to an age identity: name its file with --backup-identity", ErrIdentity)
	}
	identities, err := readIdentities(path)
	if err != nil {
		return nil, err
	}
	plain, err := age.Decrypt(b, identities...)
	if err != nil {
		return nil, fmt.Errorf("%w: the backup is encrypted to another identity than those in %s, or was changed: %w", ErrIdentity, path, err)
	}
	return plain, nil
}

// keyFor finds the root key that an image was sealed by: in the image, in a file that was named, or in the directory.
func (o RestoreOptions) keyFor(dir string, image *imageReader) (key []byte, err error) {
	switch {
	case image.head.Key != nil:
		key = image.head.Key
	case o.KeyFile != "":
		key, err = readPlainKey(o.KeyFile)
		switch {
		case errors.Is(err, ErrCorrupt):
			err = fmt.Errorf("%w: %s is no root key, which has %d bytes: name the %s of the directory that was backed up", ErrIdentity, o.KeyFile, rootKeySize, keyFile)
		case err == nil && key == nil:
			err = fmt.Errorf("%w: there is no file %s", ErrIdentity, o.KeyFile)
		}
	default:
		if key, err = o.readKey(dir); err == nil && key == nil {
			err = fmt.Errorf("%w: the backup holds no root key and neither does %s: name the %s of the directory that was backed up with --key-file",
				ErrIdentity, dir, keyFile)
		}
	}
	if err != nil {
		return nil, err
	}
	if len(key) != rootKeySize || !image.head.provedBy(NewSealer(key)) {
		return nil, fmt.Errorf("%w: the backup was sealed by another root key than the one that was found: name its %s with --key-file", ErrIdentity, keyFile)
	}
	return key, nil
}

// Erase makes a directory hold an empty state, whatever it holds now, damaged or not. Its root key stays if it can be read; another is
// made if not. No store may have it open.
func Erase(dir string, o Options) error {
	lock, err := lockDirectory(dir)
	if err != nil {
		return err
	}
	key, err := o.readKey(dir)
	if err != nil || key == nil {
		key = newRootKey()
	}
	return errors.Join(o.replace(dir, key, 0, nil), lock.Close())
}

// verify expects each row's table to be there and its value to decode.
func verify(rows []write, tables *cache) error {
	for _, row := range rows {
		t := tables.tables[row.table]
		if t == nil {
			return fmt.Errorf("%w: it holds table %q, which this aircon does not know: use the aircon that made it", ErrNewer, row.table)
		}
		if err := json.Unmarshal(row.raw, t.schema.New()); err != nil {
			return notImage("a value in table "+row.table+" cannot be read", err)
		}
	}
	return nil
}
