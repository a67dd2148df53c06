package probe

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	_ "embed" // the script
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"

	"aircon"
)

//go:embed probe.py
var script string

//go:embed alone.py
var aloneScript string

// Error is what Python raised.
type Error struct {
	Class   string `json:"class"`
	Code    string `json:"code,omitempty"`    // AWS's, or the SQLSTATE
	Message string `json:"message,omitempty"` // "" where it might quote a secret
}

// String is the error in one line.
func (e *Error) String() string {
	text := e.Class
	if e.Code != "" {
		text += " " + e.Code
	}
	if e.Message != "" {
		text += ": " + e.Message
	}
	return text
}

// Source is one source that was asked, in Airflow's order.
type Source struct {
	Class  string `json:"class"`
	Result string `json:"result"` // found, nothing, raised, not asked (by its lookup pattern), elsewhere (it needs the environment itself)
	// Error is what it raised; or, where the provider swallows it and says that there is nothing, what Secrets Manager answered.
	Error   *Error  `json:"error,omitempty"`
	Seconds float64 `json:"seconds,omitempty"`
}

// Hook is how PostgresHook fared.
type Hook struct {
	Opened   bool    `json:"opened"`
	User     string  `json:"user,omitempty"`
	Database string  `json:"database,omitempty"`
	Seconds  float64 `json:"seconds,omitempty"`
	Error    *Error  `json:"error,omitempty"`
}

// Reach is how far a worker comes towards a server, by itself.
type Reach struct {
	Addresses []string `json:"addresses,omitempty"` // of the name
	Address   string   `json:"address,omitempty"`   // that took the connection
	From      string   `json:"from,omitempty"`      // the worker's own
	TLS       *Offer   `json:"tls,omitempty"`
	Failed    string   `json:"failed,omitempty"` // resolve or connect; "" where the port answers
	Error     *Error   `json:"error,omitempty"`
}

// Offer is what a server offers in TLS.
type Offer struct {
	Offered bool   `json:"offered"`
	Version string `json:"version,omitempty"`
	Cipher  string `json:"cipher,omitempty"`
	Error   *Error `json:"error,omitempty"` // of the handshake
}

// Answer is what Airflow makes of one connection.
type Answer struct {
	ConnID  string            `json:"conn_id"`
	Found   string            `json:"found,omitempty"` // the class of the source that has it; "" where none has
	Sources []Source          `json:"sources"`
	Hook    *Hook             `json:"hook,omitempty"`   // nil: it was not to be opened, or is no PostgreSQL's
	Reach   *Reach            `json:"reach,omitempty"`  // nil: this machine asked, or there is no one name and port
	Digests map[string]string `json:"fields,omitempty"` // of the fields, of use to the run alone: see Differ
}

// Answers is what one run found.
type Answers struct {
	Python      string   `json:"python"`
	Airflow     string   `json:"airflow"`
	Connections []Answer `json:"connections"`
	Probe       string   `json:"probe,omitempty"` // which DAG file has told; "" for the script
	Error       *Error   `json:"error"`           // that Airflow could not be begun with; nil: it could

	key []byte
}

// task is what the script reads.
type task struct {
	Key  string   `json:"key"`
	IDs  []string `json:"ids"`
	Open bool     `json:"open"`
}

// Run asks the Airflow of a Python about connections, in an environment of NAME=value. With open it also makes a query through PostgresHook. The
// error means that Python did not answer; what it printed besides may hold secrets and is dropped.
func Run(ctx context.Context, python string, environ, ids []string, open bool) (*Answers, error) {
	key := make([]byte, sha256.Size)
	if _, err := rand.Read(key); err != nil {
		return nil, err
	}
	input, err := json.Marshal(task{hex.EncodeToString(key), ids, open})
	if err != nil {
		return nil, err
	}
	c := exec.CommandContext(ctx, python, "-c", script+"\n\n"+aloneScript)
	c.Env, c.Stdin = environ, bytes.NewReader(input)
	out, err := c.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", python, err)
	}
	a := &Answers{key: key}
	if err := json.Unmarshal(out, a); err != nil {
		return nil, fmt.Errorf("%s did not answer as the probe does: %w", python, err)
	}
	if a.Error == nil && len(a.Connections) != len(ids) {
		return nil, errors.New("the probe answered for another number of connections than it was asked about")
	}
	return a, nil
}

// Differ lists the fields in which Airflow's connection is another than conn, in alphabetical order.
func (a *Answers) Differ(answer *Answer, conn aircon.Connection) []string {
	var differ []string
	for field, value := range texts(conn) {
		if answer.Digests[field] != a.digest(value) {
			differ = append(differ, field)
		}
	}
	slices.Sort(differ)
	return differ
}

// digest is what the script makes of a field's text.
func (a *Answers) digest(text string) string {
	mac := hmac.New(sha256.New, a.key)
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil))
}

// texts are a connection's fields as the script sees them. A null and an empty text are one here.
func texts(c aircon.Connection) map[string]string {
	return map[string]string{
		"conn_type": c.Type.String(), "description": c.Description.String(), "host": c.Host.String(), "login": c.Login.String(),
		"password": c.Password.Reveal(), "schema": c.Schema.String(), "port": c.Port.String(), "extra": sortedExtra(c.Extra),
	}
}

// sortedExtra is an extra by its keys in order; as it stands where it is no object.
func sortedExtra(e aircon.Extra) string {
	members, err := e.Members()
	if err != nil || e.IsNull() {
		return e.Text().Reveal()
	}
	slices.SortFunc(members, func(a, b aircon.Member) int { return strings.Compare(a.Key, b.Key) })
	var b strings.Builder
	for _, m := range members {
		b.WriteString(m.Key + "=" + m.Value.JSON().Reveal() + "\n")
	}
	return b.String()
}
