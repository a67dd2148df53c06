package airflow

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
)

// logins are sessions of Airflow's own web server, one for each role's user, whose password nobody else knows.
type logins struct {
	url     string // of Airflow's own web server
	version string
	keys    Keys

	mu   sync.Mutex
	held map[string]*http.Cookie // by role
}

// The cookies in which Airflow 2 and 3 have a session.
const (
	sessionCookie = "session"
	tokenCookie   = "_token" // its value is a JWT, which may be sent as a bearer token too
)

// of returns the session of a role's user, and whether it is one from before, which may have ended. Nil means that there is no such role.
func (l *logins) of(ctx context.Context, role string) (cookie *http.Cookie, before bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if cookie = l.held[role]; cookie != nil {
		return cookie, true, nil
	}
	if cookie, err = l.fresh(ctx, role); cookie == nil || err != nil {
		return nil, false, err
	}
	if l.held == nil {
		l.held = map[string]*http.Cookie{}
	}
	l.held[role] = cookie
	return cookie, false, nil
}

// forget drops a session that has ended.
func (l *logins) forget(role string, cookie *http.Cookie) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held[role] == cookie {
		delete(l.held, role)
	}
}

// fresh logs a role's user in.
func (l *logins) fresh(ctx context.Context, role string) (*http.Cookie, error) {
	if newer(l.version, 3, 0) {
		return l.token(ctx, role)
	}
	return l.session(ctx, role)
}

// token gets a token of Airflow 3's simple auth manager; nil for Public, which it does not have.
func (l *logins) token(ctx context.Context, role string) (*http.Cookie, error) {
	input, err := json.Marshal(map[string]string{"username": strings.ToLower(role), "password": l.keys.PasswordOf(role).Reveal()})
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, l.url+"/auth/token", bytes.NewReader(input))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	status, body, err := send(r)
	if err != nil || status == http.StatusUnauthorized {
		return nil, err
	}
	var got struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(body, &got); err != nil || got.AccessToken == "" {
		return nil, fmt.Errorf("logging in to Airflow: status %d without a token", status)
	}
	// Not HttpOnly: the pages of 3.0 read it, as they do Airflow's own.
	return &http.Cookie{Name: tokenCookie, Value: got.AccessToken, Path: "/", SameSite: http.SameSiteLaxMode}, nil
}

// csrfField is the one in Airflow 2's form that its session must come back with.
var csrfField = regexp.MustCompile(`<input[^>]*name="csrf_token"[^>]*value="([^"]*)"`)

// session fills in Airflow 2's form.
func (l *logins) session(ctx context.Context, role string) (*http.Cookie, error) {
	get, err := http.NewRequestWithContext(ctx, http.MethodGet, l.url+"/login/", nil)
	if err != nil {
		return nil, err
	}
	form, page, err := exchange(get) //nolint:bodyclose // exchange has
	if err != nil {
		return nil, err
	}
	csrf := csrfField.FindSubmatch(page)
	begun := cookieOf(form, sessionCookie)
	if csrf == nil || begun == nil {
		return nil, fmt.Errorf("logging in to Airflow: its form has status %d, and no CSRF token or no session", form.StatusCode)
	}
	fields := url.Values{"csrf_token": {string(csrf[1])}, "username": {strings.ToLower(role)}, "password": {l.keys.PasswordOf(role).Reveal()}}
	post, err := http.NewRequestWithContext(ctx, http.MethodPost, l.url+"/login/", strings.NewReader(fields.Encode()))
	if err != nil {
		return nil, err
	}
	post.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	post.AddCookie(begun)
	done, _, err := exchange(post) //nolint:bodyclose // exchange has
	if err != nil {
		return nil, err
	}
	cookie := cookieOf(done, sessionCookie)
	if done.StatusCode != http.StatusFound || cookie == nil || strings.Contains(done.Header.Get("Location"), "/login/") {
		return nil, fmt.Errorf("logging in to Airflow as %s: status %d", strings.ToLower(role), done.StatusCode)
	}
	return cookie, nil
}

func cookieOf(r *http.Response, name string) *http.Cookie {
	for _, c := range r.Cookies() {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// authorize gives a request a role's session, and reports whether it is one from before. Airflow 2 gets the user's password too, for users who
// chose the backend basic_auth alone in api.auth_backends: it takes what one of them takes.
func (l *logins) authorize(r *http.Request, role string) (cookie *http.Cookie, before bool, err error) {
	cookie, before, err = l.of(r.Context(), role)
	if err != nil {
		return nil, false, err
	}
	switch {
	case cookie == nil: // Airflow answers 401 to the request itself
	case newer(l.version, 3, 0):
		r.Header.Set("Authorization", "Bearer "+cookie.Value)
	default:
		r.AddCookie(cookie)
		r.SetBasicAuth(strings.ToLower(role), l.keys.PasswordOf(role).Reveal())
	}
	return cookie, before, nil
}
