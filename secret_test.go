package aircon_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"aircon"
)

const canary = "canary-5up3r-s3cr3t"

// holder has secrets in every kind of place from which fmt may fetch them.
type holder struct {
	Secret   aircon.Secret
	hidden   aircon.Secret
	pointer  *aircon.Secret
	list     []aircon.Secret
	byName   map[string]aircon.Secret
	anything any
	Conn     aircon.Connection
	conn     aircon.Connection
	value    aircon.Value
}

func newHolder(t *testing.T) holder {
	s := aircon.NewSecret(canary)
	conn := aircon.Connection{Password: s, Extra: aircon.NewExtra(`{"password": "` + canary + `"}`)}
	members, err := conn.Extra.Members()
	if err != nil {
		t.Fatal(err)
	}
	return holder{
		Secret: s, hidden: s, pointer: &s, list: []aircon.Secret{s}, byName: map[string]aircon.Secret{"a": s}, anything: s,
		Conn: conn, conn: conn, value: members[0].Value,
	}
}

// hides fails where an output holds the canary, plain or as hexadecimal, base64 or bytes.
func hides(t *testing.T, what, output string) {
	t.Helper()
	for _, form := range []string{canary, fmt.Sprintf("%x", canary), fmt.Sprintf("%X", canary), "Y2FuYXJ5LTV1cDNyLXMzY3IzdA", fmt.Sprintf("%v", []byte(canary))} {
		if strings.Contains(output, form) {
			t.Errorf("%s shows the secret: %s", what, output)
		}
	}
}

func TestSecretPrinted(t *testing.T) {
	h := newHolder(t)
	things := map[string]any{
		"secret": h.Secret, "pointer": &h.Secret, "value": h.value, "extra": h.Conn.Extra, "connection": h.Conn, "pointer to connection": &h.Conn,
		"holder": h, "pointer to holder": &h, "list": h.list, "map": h.byName, "extra's value": h.Conn.Extra.Value(),
	}
	for name, thing := range things {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%d", "%c", "%U", "%T", "%p", "%t", "%10.3s", "%!"} {
			hides(t, name+" as "+verb, fmt.Sprintf(verb, thing))
		}
		hides(t, name+" in an error", fmt.Errorf("failed: %v: %w", thing, errors.New("cause")).Error())
	}
	if got := fmt.Sprintf("%v %s %#v %q %x", h.Secret, h.Secret, h.Secret, h.Secret, h.Secret); got != strings.TrimSpace(strings.Repeat("[redacted] ", 5)) {
		t.Error(got)
	}
	if got := fmt.Sprintf("%v%#v", aircon.Secret{}, aircon.Secret{}); got != "" {
		t.Errorf("a null secret prints %q", got)
	}
}

func TestSecretMarshalled(t *testing.T) {
	h := newHolder(t)
	for name, marshal := range map[string]func(any) ([]byte, error){
		"json": json.Marshal, "yaml": yaml.Marshal, "xml": xml.Marshal, "gob": marshalGob,
	} {
		for _, thing := range []any{h.Secret, struct{ S aircon.Secret }{h.Secret}, h.Conn, struct{ V aircon.Value }{h.value}, map[string]aircon.Secret{"a": h.Secret}} {
			// Some of these cannot be marshalled at all, which hides them as well.
			data, err := marshal(thing)
			hides(t, name, string(data)+fmt.Sprint(err))
		}
	}
	data, err := json.Marshal(struct{ Password aircon.Secret }{h.Secret})
	if err != nil || string(data) != `{"Password":"[redacted]"}` {
		t.Error(string(data), err)
	}
}

func marshalGob(v any) ([]byte, error) {
	var b bytes.Buffer
	err := gob.NewEncoder(&b).Encode(v)
	return b.Bytes(), err
}

func TestSecretLogged(t *testing.T) {
	h := newHolder(t)
	var b bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewTextHandler(&b, nil), slog.NewJSONHandler(&b, nil)} {
		log := slog.New(handler).With("with", h.Secret)
		log.Info("message", "secret", h.Secret, "pointer", &h.Secret, "conn", h.Conn, "value", h.value, "holder", h, slog.Group("g", "s", h.Secret))
	}
	hides(t, "slog", b.String())
	if strings.Count(b.String(), "[redacted]") < 8 {
		t.Error("slog does not say that something was redacted:", b.String())
	}
}

func TestSecretInPanic(t *testing.T) {
	h := newHolder(t)
	defer func() {
		hides(t, "a panic", fmt.Sprint(recover())+string(debug.Stack()))
	}()
	panic(fmt.Sprintf("%+v", h))
}

func TestSecretHolds(t *testing.T) {
	null, empty, text := aircon.Secret{}, aircon.NewSecret(""), aircon.NewSecret("1")
	conn, _, err := aircon.ParseJSON(`{"password": 1}`, "c", runtime(t, "3.3.1").On(aircon.Worker))
	if err != nil {
		t.Fatal(err)
	}
	number := conn.Password
	if !null.IsNull() || empty.IsNull() || number.IsText() || !text.IsText() {
		t.Error("a kind is wrong")
	}
	if number.Reveal() != "1" || !number.RevealField().IsNumber() || text.Reveal() != "1" || null.Reveal() != "" {
		t.Error("what they hold is wrong")
	}
	for _, pair := range [][2]aircon.Secret{{null, empty}, {empty, text}, {text, number}} {
		if pair[0].Equal(pair[1]) || pair[1].Equal(pair[0]) {
			t.Error("a secret equals another")
		}
	}
}
