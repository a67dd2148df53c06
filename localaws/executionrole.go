package localaws

import (
	"cmp"
	"time"

	"aircon/internal/store"
	"aircon/localaws/mwaa"
	"aircon/localaws/sts"
	"aircon/policy"
)

// TaskCredentials are temporary credentials of an environment's execution role, as the tasks of the environment have them.
type TaskCredentials struct {
	RoleARN         string `json:"roleArn"`
	AccessKeyID     string `json:"accessKeyId"`
	SecretAccessKey string `json:"secretAccessKey"`
	SessionToken    string `json:"sessionToken"`
	Expiration      string `json:"expiration"` // RFC 3339
}

// taskSession is the name of the role's session.
const taskSession = "AmazonMWAA-airflow"

// AssumeExecutionRole gives what MWAA gives the tasks of an environment: it assumes the execution role as the service, if the role's trust
// policy lets it, with no need of the caller's being trusted. The zero life means an hour.
func (s *Server) AssumeExecutionRole(account, region, environment string, life time.Duration) (made TaskCredentials, err error) {
	err = s.view(func(tx store.Tx) error {
		c := s.administration(tx, account, region)
		arn, err := mwaa.ExecutionRole(c, s.trustPolicy, environment)
		if err != nil {
			return err
		}
		role, _, err := s.directory.Role(tx, arn)
		if err != nil {
			return err
		}
		keys, err := sts.ForService(c, role, taskSession, cmp.Or(life, time.Hour))
		made = TaskCredentials{arn, keys.AccessKeyID, keys.SecretAccessKey, keys.SessionToken, keys.Expiration.Format(time.RFC3339)}
		return err
	})
	return made, err
}

func (s *Server) trustPolicy(tx store.Tx, arn string) (*policy.Document, error) {
	role, _, err := s.directory.Role(tx, arn)
	return role.Trust, err
}

type environmentInput struct {
	Name    string `json:"name" location:"uri" locationName:"Name"`
	Account string `json:"account,omitempty"`
	Region  string `json:"region,omitempty"`
	Seconds int    `json:"seconds,omitempty"`
}

func (s *Server) assumeExecutionRole(in *environmentInput) (*TaskCredentials, error) {
	made, err := s.AssumeExecutionRole(in.Account, in.Region, in.Name, time.Duration(in.Seconds)*time.Second)
	return &made, err
}
