package mwaa

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"aircon/localaws/op"
)

// tokenLife is how long a web login token and a CLI token are good for, once.
const tokenLife = 60 * time.Second

// airflowRoles are the roles of Airflow's web server, most powerful first. A caller gets the first that IAM allows.
var airflowRoles = []string{"Admin", "Op", "User", "Viewer", "Public"}

type (
	webTokenOutput struct {
		WebToken          string
		WebServerHostname string
		IamIdentity       string
		AirflowIdentity   string
	}
	cliTokenOutput struct {
		CliToken          string
		WebServerHostname string
	}
)

// The kinds of token.
const (
	WebToken = "web" // logs a person in to the web server
	CLIToken = "cli" // runs Airflow's command line there
)

// Token is what a token of this service says: it is sealed, so that only this local AWS can make or read one.
type Token struct {
	Environment string // ARN
	Kind        string // WebToken or CLIToken
	Identity    string // ARN of the caller
	Role        string // of Airflow, such as Admin; "" for cli
	Expires     time.Time
}

// createWebToken gives a token for the web server, with the most powerful role that the caller may have: each is decided on for itself.
//
// IAM: airflow:CreateWebLoginToken on the Airflow role, arn:aws:airflow:REGION:ACCOUNT:role/ENVIRONMENT/ROLE.
func (s *service) createWebToken(c *op.Call, in *webTokenInput) (*webTokenOutput, error) {
	role, err := grantedRole(c, "CreateWebLoginToken", in.Name)
	if err != nil {
		return nil, err
	}
	e, err := s.serving(c, in.Name)
	if err != nil {
		return nil, err
	}
	token, err := issue(c, Token{e.Arn, WebToken, c.Principal.ARN, role, c.Now.Add(tokenLife)})
	identity := c.Principal.ARN[strings.LastIndexByte(c.Principal.ARN, ':')+1:]
	return &webTokenOutput{token, e.WebserverUrl, identity, identity}, err
}

// grantedRole returns the first role that the caller may have in an action, or the denial of the most powerful one.
func grantedRole(c *op.Call, action, name string) (string, error) {
	var first error
	for _, role := range airflowRoles {
		err := c.Authorize(op.Need{
			Action:   "airflow:" + action,
			Resource: fmt.Sprintf("arn:%s:airflow:%s:%s:role/%s/%s", c.Partition, c.Region, c.Account, name, role),
		})
		if err == nil {
			return role, nil
		}
		if refused := new(op.Error); !errors.As(err, &refused) {
			return "", err
		}
		if first == nil {
			first = err
		}
	}
	return "", first
}

// createCLIToken gives a token for Airflow's command line.
//
// IAM: airflow:CreateCliToken.
func (s *service) createCLIToken(c *op.Call, in *cliTokenInput) (*cliTokenOutput, error) {
	e, err := s.serving(c, in.Name)
	if err != nil {
		return nil, err
	}
	token, err := issue(c, Token{e.Arn, CLIToken, c.Principal.ARN, "", c.Now.Add(tokenLife)})
	return &cliTokenOutput{token, e.WebserverUrl}, err
}

// serving returns an environment that has a web server, with that of its Airflow where one runs here.
func (s *service) serving(c *op.Call, name string) (*environment, error) {
	e, err := running(c, name)
	if err != nil {
		return nil, err
	}
	return e, s.locate(e)
}

// locate names the web server of the Airflow that runs here; without one, it stays the name that AWS would give.
func (s *service) locate(e *environment) error {
	if s.options.WebServers == nil {
		return nil
	}
	host, err := s.options.WebServers.Host(e.Arn)
	e.WebserverUrl = cmp.Or(host, e.WebserverUrl)
	return err
}

// running returns an environment that has a web server; any other is not found.
func running(c *op.Call, name string) (*environment, error) {
	r, err := find(c, name)
	if err != nil {
		return nil, err
	}
	if !r.Settled.Environment.Status.Runs() {
		return nil, notFound(name)
	}
	return &r.Settled.Environment, nil
}

const tokenUse = "mwaa token"

func issue(c *op.Call, t Token) (string, error) {
	text, err := json.Marshal(t)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(c.Sealer.Seal(text, []byte(tokenUse))), nil
}
