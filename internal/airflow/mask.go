package airflow

import (
	"bytes"
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
	known   map[string]bool        // the secrets themselves
	needles [256]map[byte][]string // their spellings by the two bytes that they may begin with
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
	if m.known == nil {
		m.known = map[string]bool{}
	}
	for _, secret := range secrets {
		if len(secret) >= shortest && !m.known[secret] {
			m.known[secret] = true
			for _, needle := range spellings(secret) {
				m.index(needle)
			}
		}
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
		if m.needles[b[0]] == nil {
			m.needles[b[0]] = map[byte][]string{}
		}
		if list := m.needles[b[0]][b[1]]; !slices.Contains(list, needle) {
			m.needles[b[0]][b[1]] = append(list, needle)
		}
	}
}

// Text returns a text without the secrets.
func (m *Mask) Text(text string) string {
	shown, _ := m.pass(text, true)
	return shown
}

// pass returns what of a text may be shown, without the secrets, and the rest that what follows may make a secret of. The last text has no rest.
func (m *Mask) pass(text string, last bool) (shown, rest string) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var found, ahead []span // ahead are parts that folded secrets have in later lines
	at := 0
	for at < len(text) {
		if i := slices.IndexFunc(ahead, func(s span) bool { return s.from <= at && at < s.to }); i >= 0 {
			at = ahead[i].to
			continue
		}
		h := m.at(text[at:], last)
		if h.open && !last {
			break
		}
		if h.parts == nil {
			at++
			continue
		}
		for i := range h.parts {
			h.parts[i] = span{at + h.parts[i].from, at + h.parts[i].to}
		}
		found = append(found, h.parts...)
		at = h.parts[0].to
		ahead = append(slices.DeleteFunc(ahead, func(s span) bool { return s.to <= at }), h.parts[1:]...)
	}
	slices.SortFunc(found, func(a, b span) int { return a.from - b.from })
	return hide(text[:at], 0, found), hide(text[at:], at, found)
}

// span is a part of a text.
type span struct{ from, to int }

// hide masks what is found in a text that begins at a place of the whole.
func hide(text string, begin int, found []span) string {
	var b strings.Builder
	at := 0
	for _, s := range found {
		from, to := max(s.from-begin, at), s.to-begin
		if from < to && from < len(text) {
			b.WriteString(text[at:from])
			b.WriteString(masked)
			at = to
		}
	}
	if at == 0 {
		return text
	}
	b.WriteString(text[at:])
	return b.String()
}

// hit is what a text's beginning has of secrets.
type hit struct {
	parts []span // of the longest: several where it is folded
	open  bool   // the text ends before it is sure
}

// at returns what a text begins with.
func (m *Mask) at(text string, last bool) hit {
	needles := m.needles[text[0]]
	if needles == nil {
		return hit{}
	}
	if len(text) == 1 {
		return hit{open: true}
	}
	r := newReading(text, last)
	h := r.spellAny(needles[0])
	h.or(r.spellAny(needles[text[1]]))
	if text[1] <= ' ' {
		bytes, open := r.second()
		for _, b := range bytes {
			h.or(r.spellAny(needles[b]))
		}
		h.open = h.open || open
	}
	return h
}

// or takes in what else a text begins with.
func (h *hit) or(other hit) {
	h.open = h.open || other.open
	if h.parts == nil || other.parts != nil && other.end() > h.end() {
		h.parts = other.parts
	}
}

func (h hit) end() int { return h.parts[len(h.parts)-1].to }

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
