// Package awsanswers answers calls to EC2, RDS and Route 53 from files, for tests: each answer is XML in the shape of the service's API reference, with the
// member names that botocore's models have. It looks at no signature, and keeps what it was asked.
//
// A call to an operation is answered by the file OPERATION.VALUE.xml where the call has a parameter of that value (or a filter of that name), and
// by OPERATION.xml otherwise; without either, by the refusal that AWS gives a caller who lacks the permission.
package awsanswers

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
)

// Answers is a server of files. Its zero value has no files: it refuses everything.
type Answers struct {
	Files fs.FS
	// Edit changes an operation's answer before it leaves; nil: none is changed.
	Edit func(operation, answer string) string

	mu    sync.Mutex
	asked []url.Values
	then  []string // directories whose files come first, the latest last
}

// Dir serves the files of a directory.
func Dir(directory string) *Answers { return &Answers{Files: os.DirFS(directory)} }

// Asked returns what was asked so far, in order.
func (a *Answers) Asked() []url.Values {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.asked)
}

// ServeHTTP answers one call.
func (a *Answers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if operation, is := zones[r.URL.Path]; is {
		form = r.URL.Query()
		form.Set("Action", operation)
	}
	a.asked = append(a.asked, form)
	w.Header().Set("Content-Type", "text/xml;charset=UTF-8")
	w.Header().Set("X-Amzn-Requestid", "8f7724cf-496f-496e-8fe3-example")
	operation := form.Get("Action")
	text, err := a.answer(operation, form)
	if err != nil {
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, refusal(operation))
		return
	}
	if a.Edit != nil {
		text = a.Edit(operation, text)
	}
	a.then = append(a.then, operation+".then/")
	fmt.Fprint(w, text)
}

// zones are the operations of Route 53, whose protocol has a path for each, where the others say an Action.
var zones = map[string]string{"/2013-04-01/hostedzone": "ListHostedZones", "/2013-04-01/hostedzonesbyvpc": "ListHostedZonesByVPC"}

// answer reads the file for a call.
func (a *Answers) answer(operation string, form url.Values) (string, error) {
	if a.Files == nil {
		return "", fs.ErrNotExist
	}
	names := []string{operation + ".xml"}
	for _, values := range form {
		for _, value := range values {
			names = append(names, operation+"."+value+".xml")
		}
	}
	dirs := append([]string{""}, a.then...)
	for _, dir := range slices.Backward(dirs) {
		for _, name := range slices.Backward(names) {
			text, err := fs.ReadFile(a.Files, dir+name)
			if err == nil || !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrInvalid) {
				return string(text), err
			}
		}
	}
	return "", fs.ErrNotExist
}

// refusal is how EC2, RDS and Route 53 refuse a caller without the permission, each in its protocol's envelope.
func refusal(operation string) string {
	if strings.Contains(operation, "Zone") {
		return `<?xml version="1.0"?><ErrorResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User: ` +
			`arn:aws:iam::123456789012:user/reader is not authorized to perform: route53:` + operation + ` because no identity-based policy allows the route53:` + operation + ` action` +
			`</Message></Error><RequestId>8f7724cf-496f-496e-8fe3-example</RequestId></ErrorResponse>`
	}
	if strings.Contains(operation, "DB") {
		return `<ErrorResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User: arn:aws:iam::123456789012:user/reader ` +
			`is not authorized to perform: rds:` + operation + ` because no identity-based policy allows the rds:` + operation + ` action</Message></Error>` +
			`<RequestId>8f7724cf-496f-496e-8fe3-example</RequestId></ErrorResponse>`
	}
	return `<?xml version="1.0" encoding="UTF-8"?><Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>You are not authorized to perform this operation. ` +
		`User: arn:aws:iam::123456789012:user/reader is not authorized to perform: ec2:` + operation + ` because no identity-based policy allows the ec2:` + operation + ` action</Message></Error></Errors>` +
		`<RequestID>8f7724cf-496f-496e-8fe3-example</RequestID></Response>`
}
