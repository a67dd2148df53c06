package report

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"aircon/internal/doctor"
)

// The parts of SARIF 2.1.0 that are written, by its names and in its order
// (https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html, section 3).
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool struct {
			Driver sarifDriver `json:"driver"`
		} `json:"tool"`
		Invocations      []sarifInvocation `json:"invocations"`
		AutomationDetail sarifID           `json:"automationDetails"`
		ColumnKind       string            `json:"columnKind"`
		Results          []sarifResult     `json:"results"`
	}
	sarifID struct {
		ID string `json:"id"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string         `json:"id"`
		ShortDescription sarifText      `json:"shortDescription"`
		FullDescription  sarifText      `json:"fullDescription"`
		Help             sarifText      `json:"help"`
		Default          sarifLevel     `json:"defaultConfiguration"`
		Properties       map[string]any `json:"properties"`
	}
	sarifLevel struct {
		Level string `json:"level"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID       string             `json:"ruleId"`
		RuleIndex    int                `json:"ruleIndex"`
		Level        string             `json:"level"`
		Message      sarifText          `json:"message"`
		Locations    []sarifLocation    `json:"locations,omitempty"`
		Fingerprints map[string]string  `json:"partialFingerprints"`
		Suppressions []sarifSuppression `json:"suppressions,omitempty"`
		Properties   map[string]any     `json:"properties,omitempty"`
	}
	sarifSuppression struct {
		Kind          string `json:"kind"`
		Justification string `json:"justification"`
	}
	sarifLocation struct {
		Physical *sarifPhysical `json:"physicalLocation,omitempty"`
		Logical  []sarifLogical `json:"logicalLocations,omitempty"`
	}
	sarifPhysical struct {
		Artifact struct {
			URI string `json:"uri"`
		} `json:"artifactLocation"`
		Region *sarifRegion `json:"region,omitempty"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn,omitempty"`
	}
	sarifLogical struct {
		Name string `json:"fullyQualifiedName"`
		Kind string `json:"kind"`
	}
	sarifInvocation struct {
		Successful    bool                `json:"executionSuccessful"`
		Notifications []sarifNotification `json:"toolExecutionNotifications,omitempty"`
	}
	sarifNotification struct {
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations,omitempty"`
	}
)

// sarifSchema is where OASIS keeps the format's JSON Schema.
const sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

var sarifLevels = map[doctor.Severity]string{doctor.Error: "error", doctor.Warning: "warning", doctor.Info: "note"}

// SARIF writes the document as a SARIF log of one run: a rule for each kind of finding in it, and what is ignored as suppressed.
func (d *Document) SARIF(w io.Writer) error {
	var run sarifRun
	run.AutomationDetail.ID = "aircon/" + d.Command + "/"
	run.ColumnKind = "unicodeCodePoints"
	run.Invocations = []sarifInvocation{d.invocation()}
	run.Results = []sarifResult{}
	run.Tool.Driver = sarifDriver{Name: "aircon", Version: d.Version, Rules: d.rules()}
	for _, f := range d.Findings {
		run.Results = append(run.Results, d.result(f, run.Tool.Driver.Rules))
	}
	for _, i := range d.Ignored {
		r := d.result(i.Finding, run.Tool.Driver.Rules)
		r.Suppressions = []sarifSuppression{{"external", i.Reason}}
		run.Results = append(run.Results, r)
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(sarifLog{sarifSchema, "2.1.0", []sarifRun{run}})
}

// rules are the catalogue's entries of all that was found, in the order of their ids.
func (d *Document) rules() []sarifRule {
	var ids []string
	for _, f := range d.Findings {
		ids = append(ids, f.ID)
	}
	for _, i := range d.Ignored {
		ids = append(ids, i.ID)
	}
	slices.Sort(ids)
	rules := []sarifRule{}
	for _, id := range slices.Compact(ids) {
		k, _ := doctor.Lookup(id)
		rules = append(rules, sarifRule{
			ID: id, ShortDescription: sarifText{k.Title}, FullDescription: sarifText{k.Means}, Help: sarifText{"why: " + k.Why + "\nmend: " + k.Mend},
			Default: sarifLevel{sarifLevels[k.Severity]}, Properties: map[string]any{"tags": []string{string(k.Arrow)}},
		})
	}
	return rules
}

func (d *Document) result(f doctor.Finding, rules []sarifRule) sarifResult {
	text := f.Title + ": " + f.Seen
	if f.ConnID != "" {
		text = f.ConnID + ": " + text
	}
	if mend := f.Mend.String(); mend != "" {
		text += "\nmend: " + mend
	}
	sum := sha256.Sum256([]byte(f.ID + "\x00" + f.ConnID + "\x00" + placeOf(f.Where).file))
	r := sarifResult{
		RuleID: f.ID, RuleIndex: slices.IndexFunc(rules, func(r sarifRule) bool { return r.ID == f.ID }), Level: sarifLevels[f.Severity],
		Message: sarifText{text}, Fingerprints: map[string]string{"aircon/v1": hex.EncodeToString(sum[:16])},
	}
	if l := d.location(f); l != nil {
		r.Locations = []sarifLocation{*l}
	}
	if f.ConnID != "" {
		r.Properties = map[string]any{"conn_id": f.ConnID}
	}
	return r
}

// location is the file that a finding points into; where that is none, the line of the spec that declares what it is about, with the ARN or
// whatever it points to as the logical place.
func (d *Document) location(f doctor.Finding) *sarifLocation {
	p := placeOf(f.Where)
	if p.line > 0 || slices.Contains(d.Files, p.file) {
		return &sarifLocation{Physical: physical(p)}
	}
	var l sarifLocation
	if f.Where != "" {
		l.Logical = []sarifLogical{{f.Where, "resource"}}
	}
	if f.Declared != "" {
		l.Physical = physical(placeOf(f.Declared))
	}
	if l.Physical == nil && l.Logical == nil {
		return nil
	}
	return &l
}

func physical(p place) *sarifPhysical {
	var l sarifPhysical
	l.Artifact.URI = fileURI(p.file)
	if p.line > 0 {
		l.Region = &sarifRegion{p.line, p.column}
	}
	return &l
}

// fileURI is a path as a URI: relative ones stay so, as code hosts take them from the root of the repository.
func fileURI(path string) string {
	u := url.URL{Path: filepath.ToSlash(path)}
	if filepath.IsAbs(path) {
		u.Scheme = "file"
		return u.String()
	}
	return strings.TrimPrefix(u.String(), "./")
}

// invocation says what could not be looked at.
func (d *Document) invocation() sarifInvocation {
	i := sarifInvocation{Successful: len(d.Broken) == 0}
	for _, u := range d.Unchecked {
		i.Notifications = append(i.Notifications, sarifNotification{Level: "note", Message: sarifText{"unchecked: " + u.What + ": " + u.Why}})
	}
	for _, u := range d.Broken {
		text := u.Err.Error()
		n := sarifNotification{Level: "error", Message: sarifText{text}}
		p := placeOf(text)
		if p.file != u.File {
			p = place{file: u.File}
		}
		n.Locations = []sarifLocation{{Physical: physical(p)}}
		i.Notifications = append(i.Notifications, n)
	}
	return i
}
