package airflow

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"aircon"
)

// Mask keeps secrets out of what is shown. It learns them from what AWS answers Airflow, as Airflow itself prints some: the password with
// `connections get`, whole secrets at the level DEBUG, the arguments of its own masking in 3.0.6's `dags test`. The zero value knows none.
type Mask struct {
	mu      sync.RWMutex
	known   map[string]bool      // the secrets themselves
	needles map[[2]byte][]string // their spellings by how they may begin, longest first
}

// masked stands where a secret stood, as in Airflow's own logs.
const masked = "***"

// shortest is the length of the shortest secret that is masked: below it too much else is hit.
const shortest = 4

// Learn adds what a text out of Secrets Manager holds: the text itself, and the passwords and secret extras of a connection, in every
// spelling in which Airflow could print them.
func (m *Mask) Learn(text aircon.Secret) {
	m.add(secretsIn(text.Reveal())...)
}

// Add adds one secret.
func (m *Mask) Add(secret aircon.Secret) { m.add(secret.Reveal()) }

func (m *Mask) add(secrets ...string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	before := len(m.known)
	if m.known == nil {
		m.known, m.needles = map[string]bool{}, map[[2]byte][]string{}
	}
	for _, secret := range secrets {
		if len(secret) >= shortest && !m.known[secret] {
			m.known[secret] = true
			for _, needle := range spellings(secret) {
				m.index(needle)
			}
		}
	}
	if len(m.known) == before {
		return
	}
	for _, list := range m.needles {
		slices.SortFunc(list, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	}
}

// index files a spelling under the two bytes that it begins with, or the one and a zero where the second may be written in another way.
func (m *Mask) index(needle string) {
	first, size := utf8.DecodeRuneInString(needle)
	begins := [][2]byte{{needle[0]}}
	switch next, _ := utf8.DecodeRuneInString(needle[size:]); {
	case !plain(first):
		begins = append(begins, [2]byte{'\\'})
	case plain(next):
		begins[0][1] = byte(next)
		begins = append(begins, [2]byte{needle[0], '\x1b'})
	}
	for _, b := range begins {
		if !slices.Contains(m.needles[b], needle) {
			m.needles[b] = append(m.needles[b], needle)
		}
	}
}

// Text returns a text without the secrets.
func (m *Mask) Text(text string) string {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var b strings.Builder
	from := 0
	for at := 0; at < len(text); {
		n := m.at(text[at:])
		if n == 0 {
			at++
			continue
		}
		b.WriteString(text[from:at])
		b.WriteString(masked)
		at += n
		from = at
	}
	if from == 0 {
		return text
	}
	b.WriteString(text[from:])
	return b.String()
}

// at returns how long the longest secret is that a text begins with.
func (m *Mask) at(text string) int {
	begin := [2]byte{text[0]}
	longest := m.among(begin, text)
	if len(text) > 1 {
		begin[1] = text[1]
		longest = max(longest, m.among(begin, text))
	}
	return longest
}

func (m *Mask) among(begin [2]byte, text string) int {
	for _, needle := range m.needles[begin] {
		if n := spelled(needle, text); n > 0 {
			return n
		}
	}
	return 0
}

// conceal masks what an error tells of a program's output.
func (m *Mask) conceal(err error) error {
	if ended := new(ProgramError); errors.As(err, &ended) {
		ended.Printed = m.Text(ended.Printed)
	}
	return err
}

// secretsIn returns the secrets that a text out of Secrets Manager holds.
func secretsIn(text string) []string {
	secrets := []string{text}
	var members map[string]any
	if json.Unmarshal([]byte(text), &members) == nil {
		return append(secrets, secretMembers(members)...)
	}
	at := strings.Index(text, "://")
	if at < 0 {
		return secrets
	}
	// The password of a URI is read by hand, as a text that net/url refuses holds one too.
	rest := text[at+3:]
	authority, _, _ := strings.Cut(rest, "/")
	if user, _, ok := cutLast(authority, "@"); ok {
		if _, password, ok := strings.Cut(user, ":"); ok {
			secrets = append(secrets, password, unquoted(password))
		}
	}
	_, query, _ := strings.Cut(rest, "?")
	values, _ := url.ParseQuery(query)
	for name, list := range values {
		if sensitive(name) {
			secrets = append(secrets, list...)
		}
		for _, value := range list {
			if json.Unmarshal([]byte(value), &members) == nil {
				secrets = append(secrets, secretMembers(members)...)
			}
		}
	}
	return secrets
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

func unquoted(text string) string {
	if plain, err := url.PathUnescape(text); err == nil {
		return plain
	}
	return text
}

// secretMembers returns the texts below sensitive keys, and those of an extra that is an object or holds one.
func secretMembers(members map[string]any) []string {
	var secrets []string
	for name, value := range members {
		switch value := value.(type) {
		case string:
			var inner map[string]any
			switch {
			case sensitive(name):
				secrets = append(secrets, value)
			case json.Unmarshal([]byte(value), &inner) == nil:
				secrets = append(secrets, secretMembers(inner)...)
			case strings.Contains(value, "://"):
				secrets = append(secrets, secretsIn(value)[1:]...)
			}
		case map[string]any:
			secrets = append(secrets, secretMembers(value)...)
		}
	}
	return secrets
}

// sensitiveNames are parts of the names whose values Airflow masks too.
//
// Source: DEFAULT_SENSITIVE_FIELDS of airflow.utils.log.secrets_masker (2.10.3), and the aliases of a password in the amazon provider's
// SecretsManagerBackend.
var sensitiveNames = []string{
	"access_token", "api_key", "apikey", "authorization", "passphrase", "passwd", "password", "private_key", "secret", "token", "keyfile_dict",
	"service_account", "pass", "key",
}

func sensitive(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc(sensitiveNames, func(part string) bool { return strings.Contains(name, part) })
}

// learn reads the secrets in an answer of Secrets Manager, which stays as it is.
func (m *Mask) learn(r *http.Response) error {
	operation := r.Request.Header.Get("X-Amz-Target")
	if operation != "secretsmanager.GetSecretValue" && operation != "secretsmanager.BatchGetSecretValue" || r.StatusCode != http.StatusOK {
		return nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	type value struct{ SecretString string }
	var got struct {
		value
		SecretValues []value
	}
	if err := json.Unmarshal(body, &got); err != nil {
		return nil //nolint:nilerr // not an answer that holds a secret
	}
	for _, v := range append(got.SecretValues, got.value) {
		m.Learn(aircon.NewSecret(v.SecretString))
	}
	return nil
}
