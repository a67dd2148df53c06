package airflow

import (
	"fmt"
	"html"
	"net/http"
)

// consolePage is where a browser comes with a token behind the #, which it sends to nobody: its script logs in with it, and shows Airflow.
func consolePage(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	_, _ = w.Write([]byte(consoleHTML)) // to a client that has gone, nobody tells
}

const consoleHTML = `<!DOCTYPE html>
<meta charset="utf-8"><title>Airflow</title>
<p id="state">logging in…</p>
<script>
const body = new URLSearchParams({token: location.hash.slice(1)});
history.replaceState(null, "", location.pathname);
fetch("login", {method: "POST", body}).then(async answer => {
  if (answer.ok) location.replace("/");
  else document.getElementById("state").textContent = (await answer.json()).message;
});
</script>
`

// logIn gives the session of the role that a token is for: the cookie session in Airflow 2, _token in Airflow 3.
//
// Source: the MWAA User Guide, "Using the Apache Airflow REST API", "Create a web server session token": a form with the member token; the cookie
// stands in an answer of status 200.
func (d *door) logIn(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, longestCommand)
	role, ok := d.redeemed(w, r, WebToken, r.PostFormValue("token"))
	if !ok {
		return
	}
	cookie, err := d.login.fresh(r.Context(), role)
	if err != nil {
		refuse(w, http.StatusBadGateway, d.Mask.Text(err.Error()))
		return
	}
	if cookie == nil {
		refuse(w, http.StatusForbidden, "Airflow "+d.version+" has no role "+role+" here: its simple auth manager knows Admin, Op, User and Viewer")
		return
	}
	http.SetCookie(w, cookie)
	w.Header().Set("Content-Type", "application/json")
	answer(w, map[string]string{"role": role})
}

// noForm stands in the place of Airflow's own form of user and password, which nobody knows.
func (d *door) noForm(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusUnauthorized)
	fmt.Fprintf(w, formHTML, html.EscapeString(d.environment)) // to a client that has gone, nobody tells
}

const formHTML = `<!DOCTYPE html>
<meta charset="utf-8"><title>Airflow</title>
<p>As on MWAA, a web login token opens this web server. For a link with one:</p>
<pre>aircon local airflow login %s</pre>
`
