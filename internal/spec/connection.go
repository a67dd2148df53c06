package spec

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// airflowID is what Airflow takes as a conn_id (sanitize_conn_id), where \w are the letters and numbers of all alphabets.
var airflowID = regexp.MustCompile(`^[\p{L}\p{N}_#!()\-.:/\\]+$`)

const maxConnID = 250 // Airflow's CONN_ID_MAX_LEN

// Check reports what is wrong with the environment for one version of Airflow, such as 3.0.6. With "" it checks only what every
// version refuses. Load has called it with the version that the file states; whoever reads the version elsewhere calls it again.
func (e *Environment) Check(airflow string) Problems {
	var problems Problems
	byARN := e.ConnectionsPrefix().ByARN()
	for _, c := range e.Connections {
		if byARN && c.KMSKey != "" && !strings.Contains(c.KMSKey, ":key/") {
			problems = append(problems, Problem{
				Pos: c.At("kms_key"), What: label(c) + ": kms_key: an id or alias is the own account's, and the secret is asked for by its ARN", Hint: "name the key by its ARN",
			})
		}
		if p := checkID(c.ID, airflow, e.MWAA()); p.What != "" {
			p.Pos, p.What = c.Pos(), label(c)+": "+p.What
			problems = append(problems, p)
		}
		problems = append(problems, checkName(c.Pos(), label(c), e.ConnectionsPrefix().Name(c.ID))...)
	}
	for _, v := range e.Variables {
		problems = append(problems, checkName(v.Pos(), label(v), e.VariablesPrefix().Name(v.Key))...)
	}
	return problems
}

// checkID says why an id cannot be a conn_id, or nothing.
func checkID(id, airflow string, onMWAA bool) Problem {
	switch {
	case id == "":
		return Problem{What: "an empty conn_id"}
	case strings.EqualFold(id, "aws_default") && onMWAA:
		return Problem{
			ID: "AC008", Hint: "give yours another id",
			What: "aws_default is MWAA's own connection, through which the backend itself finds its credentials: overwriting it damages the environment",
		}
	case !airflowID.MatchString(id):
		return Problem{What: "not a conn_id: Airflow drops an id with such characters", Hint: "use letters, digits and _ . -"}
	case len(id) > maxConnID:
		return Problem{What: fmt.Sprintf("not a conn_id: longer than %d characters", maxConnID)}
	case strings.HasPrefix(airflow, "3.") && strings.ContainsAny(id, "/?#"):
		return Problem{
			ID: "AC050", Hint: "use . or _ for it",
			What: "a task of Airflow 3 never finds an id with / ? or # through the Execution API, which it asks where the backend has nothing",
		}
	case strings.HasPrefix(airflow, "3.3") && strings.Contains(id, "--") && !onMWAA:
		return Problem{
			ID: "AC033", Hint: "use . or _ for it",
			What: "Airflow 3.3 takes what stands before -- for a team, and refuses the id where [core] multi_team is on",
		}
	}
	return Problem{}
}

func checkName(pos Pos, what, name string) Problems {
	if arn := secretARN.FindStringSubmatch(name); arn != nil {
		if name = arn[2]; wholeARN.MatchString(name) {
			return Problems{{
				Pos: pos, Hint: "use another id",
				What: what + ": by an ARN no secret is found whose name ends in a hyphen and six letters or digits: Secrets Manager takes them for the random ones",
			}}
		}
	}
	if !secretName.MatchString(name) {
		return Problems{{Pos: pos, What: what + ": cannot be part of a secret's name", Hint: "Secrets Manager takes letters, digits and /_+=.@-"}}
	}
	if len(name) > maxSecretName {
		return Problems{{Pos: pos, What: fmt.Sprintf("%s: the secret's name would have %d characters; Secrets Manager takes %d", what, len(name), maxSecretName)}}
	}
	return nil
}

// The ends of names under which a secret is kept, as Airflow's own masker knows them.
var secretEnds = []string{"password", "passwd", "passphrase", "secret", "token", "private_key", "api_key", "apikey", "access_key"}

// Sensitive reports whether a member of extra by this name holds a secret.
func Sensitive(name string) bool {
	for _, end := range secretEnds {
		if strings.HasSuffix(strings.ToLower(name), end) {
			return true
		}
	}
	return false
}

func (c *Connection) check(d *decoder) {
	checkKey(d, c.At("kms_key"), label(c), c.KMSKey)
	if c.Description != nil && len([]rune(*c.Description)) > 2048 {
		d.fail(c.At("description"), "", "%s: the description is longer than 2,048 characters", label(c))
	}
	members := map[string]json.RawMessage{}
	if c.Extra != nil {
		if err := json.Unmarshal([]byte(c.Extra.Text().Reveal()), &members); err != nil {
			d.fail(c.At("extra"), "", "%s: extra is not an object that JSON has", label(c))
		}
	}
	for name, value := range members {
		if Sensitive(name) && !d.opts.AllowLiteralSecrets && strings.HasPrefix(string(value), `"`) && string(value) != `""` {
			d.fail(c.At("extra", name), "move it to  secret_extra: {"+name+": {env: NAME}}", "%s: extra: %s: a secret must not stand in the file", label(c), name)
		}
	}
	for _, s := range c.SecretExtra {
		if _, ok := members[s.Key]; ok {
			d.fail(s.Source.Pos(), "", "%s: %s stands in extra and in secret_extra", label(c), s.Key)
		}
	}
}
