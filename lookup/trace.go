package lookup

import (
	"time"

	"aircon"
)

// Kind is what is looked for.
type Kind string

// The three kinds of things that a secrets backend serves.
const (
	Connection Kind = "connection"
	Variable   Kind = "variable"
	Option     Kind = "config" // a configuration option such as smtp.smtp_password
)

// Outcome is how a search ended.
type Outcome string

// The ways in which a search ends.
const (
	Found      Outcome = "found"
	NotDefined Outcome = "not defined" // nobody has it, or nobody has it in a form that can be used
	Failed     Outcome = "failed"      // Airflow raises another error than "isn't defined"
	NotStarted Outcome = "not started" // Airflow exits before it looks up anything
	// Uncertain says that a source which could not be asked from here comes before whoever has it, or that nobody else has it.
	Uncertain Outcome = "uncertain"
)

// Trace is the record of one search. It holds no secret text: values are aircon.Secret and marshal as [redacted].
type Trace struct {
	Kind    Kind              `json:"kind"`
	ID      string            `json:"id"` // the conn_id, the variable's key, or section.option
	Team    string            `json:"team,omitempty"`
	Runtime aircon.Runtime    `json:"-"` // whose search it is; Side says on which side
	Airflow string            `json:"airflow"`
	Side    string            `json:"side"`
	Outcome Outcome           `json:"outcome"`
	Winner  int               `json:"winner"` // index into Entries; -1 where nobody won
	Error   *AirflowError     `json:"error,omitempty"`
	Entries []Entry           `json:"entries"`
	Notes   aircon.Notes      `json:"notes,omitempty"` // what the winning text says that its meaning hides
	Conn    aircon.Connection `json:"-"`
	// Holder says which Connection class holds Conn: Server for airflow.models, Worker for the Task SDK's. Conn's own
	// methods take a Runtime with this side.
	Holder   aircon.Side   `json:"-"`
	Value    aircon.Secret `json:"-"` // a variable's or option's text
	Warnings []Warning     `json:"warnings,omitempty"`

	plain *aircon.Connection // see found
}

// NotHeld stands in the place of an exception's class where Airflow itself goes on: with a connection that holds an object or a list
// where text belongs, which fails later, in the hook.
const NotHeld = "(none)"

// AirflowError is what the user of Airflow sees.
type AirflowError struct {
	Class   string `json:"class"` // the Python exception's, or [NotHeld]
	Message string `json:"message"`
}

// Result is what came of one source.
type Result string

// What may come of a source.
const (
	Won        Result = "won"         // it had it, and it was the first
	Shadowed   Result = "shadowed"    // it has it too, but an earlier source won
	Present    Result = "present"     // of one name: it is there
	Absent     Result = "absent"      // it was asked and does not have it
	Hidden     Result = "hidden"      // an error, of which Airflow's backend made "absent" without a word
	Raised     Result = "raised"      // an error, which the search swallowed
	PassedOver Result = "passed over" // it has it, but in a form that fails inside the search
	Skipped    Result = "skipped"     // it was not asked: see Reason
	Unchecked  Result = "unchecked"   // Airflow would ask it; it could not be asked from here
	NotReached Result = "not reached" // an earlier source won
)

// Reason is why a source was not asked, or not believed.
type Reason string

// The reasons for [Skipped], [Unchecked] and [PassedOver].
const (
	PrefixNull     Reason = "the prefix is null: this kind is never looked up here"
	PatternRefused Reason = "the lookup pattern does not match the id"
	TeamSeparator  Reason = "the id holds the separator of team names"
	NotSensitive   Reason = "the option is not a sensitive one: its _SECRET variable is not read"
	NoAccess       Reason = "it cannot be asked from here"
	UnknownClass   Reason = "the class is not one that aircon knows"
	IDNotRoutable  Reason = "the Execution API cannot be asked for this id"
)

// Entry is one source in the order of the search.
type Entry struct {
	Class   string        `json:"class"` // Airflow's class, such as SecretsManagerBackend
	Side    string        `json:"side"`  // whose process asks, with whose credentials
	Result  Result        `json:"result"`
	Reason  Reason        `json:"reason,omitempty"`
	Pattern string        `json:"pattern,omitempty"` // the lookup pattern that refused the id
	Asked   []Ask         `json:"asked,omitempty"`
	Problem *Problem      `json:"problem,omitempty"`
	Log     []Line        `json:"log,omitempty"` // what Airflow logs about it
	Took    time.Duration `json:"took_ns"`
	Server  *Trace        `json:"server,omitempty"` // the search on the server that the Execution API started
}

// Ask is one name that was asked for.
type Ask struct {
	Name      string        `json:"name"` // a secret's name, a variable of the environment, or the id
	Result    Result        `json:"result"`
	ARN       string        `json:"arn,omitempty"`
	VersionID string        `json:"version_id,omitempty"`
	Problem   *Problem      `json:"problem,omitempty"`
	Took      time.Duration `json:"took_ns"`
}

// Step is where a problem came up.
type Step string

// The steps at which a lookup may fail.
const (
	StepTeam    Step = "multi_team"
	StepPattern Step = "lookup pattern"
	StepClient  Step = "AWS client"
	StepAsk     Step = "GetSecretValue"
	StepWords   Step = "extra_conn_words"
	StepRead    Step = "read the text"
	StepURI     Step = "write the URI"
	StepServe   Step = "Execution API"
	StepRow     Step = "metastore"
	StepJSON    Step = "deserialize JSON"
)

// Problem is an error with its place. It never holds the text of a secret.
type Problem struct {
	Step      Step   `json:"step"`
	Code      string `json:"code,omitempty"` // AWS's error code, or the Python exception's class
	Message   string `json:"message"`
	RequestID string `json:"request_id,omitempty"`
	Err       error  `json:"-"`
}

// Error says where and what.
func (p *Problem) Error() string {
	text := string(p.Step) + ": "
	if p.Code != "" {
		text += p.Code + ": "
	}
	text += p.Message
	if p.RequestID != "" {
		text += " (request id " + p.RequestID + ")"
	}
	return text
}

// Unwrap returns the cause, where there is one.
func (p *Problem) Unwrap() error { return p.Err }

// python is the problem as boto3's exception writes it.
func (p *Problem) python() string {
	if p.Step == StepAsk && p.Code != "" {
		return "An error occurred (" + p.Code + ") when calling the GetSecretValue operation: " + p.Message
	}
	return p.Message
}

// Line is a line of Airflow's log.
type Line struct {
	Level string `json:"level"` // debug, warning, error, or exception: error with a traceback
	Text  string `json:"text"`
	// Cause says whether the line carries the error itself. Where it does not, nothing in Airflow's log tells the cause.
	Cause bool `json:"cause"`
}
