package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"aircon/internal/explain"
	"aircon/policy"
)

// explaining is what the user asked of policy explain.
type explaining struct {
	at                          targetFlags
	principal, action, resource string
	context                     []string
	files                       policyFiles
	out                         output
}

func newPolicyExplain(w world) *cobra.Command {
	var e explaining
	c := &cobra.Command{
		Use:   "explain [RESOURCE]",
		Short: "say whether a call is allowed or denied, by which statement, and what would change the answer",
		Long: `explain decides a call as AWS does: it reads the principal's policies and boundary and the policy of the resource, and says what each
of them says, who decides, how AWS words the refusal, and the first thing that would change the answer, with the policy as it would then be.

RESOURCE is an ARN, a secret's name, or a conn_id of the environment. The principal is the environment's execution role, unless
--principal names another: of a user the policies of its groups count too. A secret under a customer key is asked about twice: Secrets Manager decrypts it on the caller's behalf.

With --identity, --boundary, --resource-policy and the like the policies are those of files, and nobody is asked.`,
		Example: `  aircon policy explain my_postgres_db
  aircon policy explain airflow/connections/db --principal analytics-execution --context aws:SourceVpce=vpce-0a1b
  aircon policy explain --principal arn:aws:iam::111122223333:role/etl --identity role.json --boundary boundary.json \
    --resource arn:aws:secretsmanager:eu-west-1:111122223333:secret:airflow/connections/db-aBcDeF`,
		Args: takes(0, 1),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 1 {
				e.resource = cmp.Or(e.resource, args[0])
			}
			return e.run(c.Context(), w)
		},
	}
	e.at.flag(c)
	e.out.flag(c)
	e.files.flag(c)
	c.Flags().StringVar(&e.principal, "principal", "", "who calls: an ARN of a role, user or root, or a role's name (default: the environment's execution role)")
	c.Flags().StringVar(&e.action, "action", "secretsmanager:GetSecretValue", "what is called")
	c.Flags().StringVar(&e.resource, "resource", "", "the same as RESOURCE")
	c.Flags().StringArrayVar(&e.context, "context", nil, "a condition key and its value, KEY=VALUE; given again it has several values")
	return c
}

func (e *explaining) run(ctx context.Context, w world) error {
	if err := e.out.check(); err != nil {
		return err
	}
	if e.resource == "" {
		return usageError{errors.New("name the resource: an ARN, a secret's name or a conn_id")}
	}
	keys, err := contextKeys(e.context)
	if err != nil {
		return err
	}
	q := question{request: policy.Request{Action: e.action, Context: keys}, sent: e.resource}
	if e.files.given() {
		err = e.offline(&q)
	} else {
		err = e.online(ctx, w, &q)
	}
	if err != nil {
		return err
	}
	result := policyAnswers{q.answers()}
	if err := e.out.print(w, result, func() { showAnswers(w.terminal(), result.Answers) }); err != nil {
		return err
	}
	for _, a := range result.Answers {
		if !a.Allowed {
			return statusError(exitFindings)
		}
	}
	return nil
}

// policyAnswers is what --output json prints.
type policyAnswers struct {
	Answers []explain.Answer `json:"answers"` // of the call and, where the secret is under a customer key, of the decryption
}

// question is a call to be explained.
type question struct {
	request policy.Request
	sent    string // the resource as it was written
	key     string // ARN of the customer key that the secret is under; "" for none
	keys    *policy.Document
	unknown []string
}

// answers decides the call, and the one that it entails of the secret's key.
func (q *question) answers() []explain.Answer {
	explain.Complete(&q.request)
	all := []explain.Answer{explain.Of(&q.request, q.sent)}
	if q.key != "" {
		all = append(all, explain.Of(explain.Decrypt(&q.request, q.key, q.keys), ""))
	}
	all[0].Unknown = q.unknown
	return all
}

// contextKeys reads --context.
func contextKeys(given []string) (policy.Context, error) {
	var keys policy.Context
	for _, text := range given {
		name, value, ok := strings.Cut(text, "=")
		if !ok || !strings.Contains(name, ":") {
			return nil, usageError{fmt.Errorf("--context %q: it takes KEY=VALUE, such as aws:SourceVpce=vpce-0a1b2c3d", text)}
		}
		i := indexOf(keys, name)
		switch {
		case i < 0:
			keys = append(keys, policy.One(name, value))
		case keys[i].Multiple:
			keys[i].List = append(keys[i].List, value)
		default:
			keys[i] = policy.Many(name, keys[i].Value, value)
		}
	}
	return keys, nil
}

func indexOf(keys policy.Context, name string) int {
	for i := range keys {
		if strings.EqualFold(keys[i].Name, name) {
			return i
		}
	}
	return -1
}

// session is the name of the session that a role's name or ARN is asked about by.
const session = "aircon"

// offline fills the question from files.
func (e *explaining) offline(q *question) error {
	who, ok := policy.PrincipalOf(e.principal, session)
	if !ok {
		return usageError{fmt.Errorf("--principal %q: without AWS it takes an ARN of a role, session, user or root, or a service's name", e.principal)}
	}
	q.request.Principal, q.request.Resource = &who, e.resource
	if !strings.HasPrefix(e.resource, "arn:") {
		arn, _ := policy.ParseARN(who.ARN)
		if e.at.region == "" {
			return usageError{fmt.Errorf("%q is no ARN: name the secret's --region too", e.resource)}
		}
		q.request.Resource = "arn:" + arn.Partition + ":secretsmanager:" + e.at.region + ":" + who.Account + ":secret:" + e.resource + explain.Suffix
	}
	explain.Complete(&q.request) // a role's own policy is of another form than other resources'
	q.unknown = e.files.missing()
	return e.files.read(&q.request)
}

// online fills the question from what AWS has.
func (e *explaining) online(ctx context.Context, w world, q *question) error {
	target, err := e.at.load()
	if err != nil && !errors.Is(err, errNoSpec) {
		return err
	}
	api, err := e.at.connect(ctx, target)
	if err != nil {
		return err
	}
	progress := w.terminal().Progress("reading the policies")
	defer progress.Stop()
	r := policyReader{api: api, target: target.Target, q: q}
	if err := r.principal(ctx, e.principal); err != nil {
		return err
	}
	if err := r.resource(ctx, e.resource); err != nil {
		return err
	}
	q.unknown = append(q.unknown, "policies of the organisation, of sessions and of VPC endpoints: aircon does not read them; --scp, --rcp, --session and --endpoint-policy give them")
	return nil
}
