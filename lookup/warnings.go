package lookup

import (
	"slices"
	"strings"

	"aircon"
	"aircon/internal/near"
	"aircon/internal/py"
)

// Warning is something in the options that Airflow takes without a word, or with one line of log, although it does not do what it seems to.
type Warning struct {
	Code    WarningCode `json:"code"`
	Where   string      `json:"where"`             // the option, such as secrets.backend_kwargs, or the variable
	Name    string      `json:"name,omitempty"`    // the kwarg or option that it is about
	Nearest string      `json:"nearest,omitempty"` // the valid name that was probably meant
	Text    string      `json:"text"`
	At      int         `json:"at,omitempty"`  // the byte of the option's text, counted from 1, that it is about; 0 where no single one is
	Log     *Line       `json:"log,omitempty"` // what Airflow itself logs about it
}

// WarningCode tells warnings apart.
type WarningCode string

// The warnings.
const (
	UnknownKwarg   WarningCode = "unknown kwarg"    // ignored
	NoEffect       WarningCode = "no effect"        // a kwarg that this provider ignores
	Deprecated     WarningCode = "deprecated"       // a kwarg that newer providers ignore
	NotJSON        WarningCode = "kwargs not JSON"  // defaults are used
	NotAnObject    WarningCode = "kwargs no object" // defaults are used
	UnknownOption  WarningCode = "unknown option"   // ignored
	Expanded       WarningCode = "expanded"         // $NAME or ~ was replaced
	KwargsUnused   WarningCode = "kwargs unused"    // [workers] kwargs without a [workers] backend
	OneKeyKwarg    WarningCode = "one-key kwarg"    // a variable that sets one kwarg, as text
	NeverEnds      WarningCode = "never ends"       // variables that expand each other for ever
	CommandSkipped WarningCode = "command not run"  // a _CMD variable that was not run here
)

// ownKwargs are SecretsManagerBackend's arguments, and clientKwargs those that reach AwsConnectionWrapper and boto3.
var (
	ownKwargs = strings.Fields(`connections_prefix connections_lookup_pattern variables_prefix variables_lookup_pattern
		config_prefix config_lookup_pattern sep extra_conn_words`)
	clientKwargs = strings.Fields(`region_name role_arn profile_name endpoint_url verify api_version use_ssl assume_role_method
		assume_role_kwargs aws_access_key_id aws_secret_access_key aws_session_token session_kwargs config_kwargs service_config
		assume_role_with_saml assume_role_with_web_identity_federation assume_role_with_web_identity_token_file
		assume_role_with_web_identity_federation_audience`)
	// oldKwargs are those that only providers before 9.0 read.
	oldKwargs = strings.Fields(`host aws_account_id aws_iam_role external_id s3_config_file s3_config_format profile`)
)

// KnownKwargs returns the kwargs that have an effect, for messages and completion.
func KnownKwargs(rt aircon.Runtime) []string {
	known := slices.Concat(ownKwargs, clientKwargs)
	if !rt.Amazon.AtLeast(9, 0) {
		known = append(known, oldKwargs...)
	}
	return known
}

func kwargWarnings(kwargs *py.Dict, rt aircon.Runtime) []Warning {
	var warnings []Warning
	known := KnownKwargs(rt)
	for name := range kwargs.All() {
		if slices.Contains(known, name) {
			continue
		}
		warnings = append(warnings, kwargWarning(name, known, rt))
	}
	return warnings
}

func kwargWarning(name string, known []string, rt aircon.Runtime) Warning {
	w := Warning{Code: NoEffect, Name: name}
	switch {
	case name == "full_url_mode":
		w.Text = "full_url_mode has no effect: a secret that starts with a brace is read as JSON, any other as a URI"
	case name == "are_secret_values_urlencoded" && rt.Amazon.AtLeast(9, 0):
		w.Text = "are_secret_values_urlencoded has no effect from amazon provider 9.0: percent signs stay as they are"
	case name == "are_secret_values_urlencoded":
		w.Code = Deprecated
		w.Text = "are_secret_values_urlencoded ends with amazon provider 9.0; until then a number in a JSON secret makes it unreadable"
	default:
		w.Code = UnknownKwarg
		w.Text = "Airflow ignores the kwarg " + name
		if nearest, found := near.Nearest(name, known); found {
			w.Nearest = nearest
			w.Text += "; did you mean " + nearest + "?"
		}
	}
	return w
}
