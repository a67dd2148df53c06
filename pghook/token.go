package pghook

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"aircon"
	"aircon/internal/py"
)

// TokenService says where the password of a connection with iam comes from, by the name of boto3's client.
type TokenService string

// The services that PostgresHook asks.
const (
	RDS                TokenService = "rds"
	Redshift           TokenService = "redshift"
	RedshiftServerless TokenService = "redshift-serverless"
)

// TokenRequest is what PostgresHook asks of AWS for a connection with iam.
type TokenRequest struct {
	Service  TokenService
	ConnID   aircon.Field // of Airflow's connection to AWS; aws_default where the extra says nothing
	Host     aircon.Field
	Port     aircon.Field // 5432 or 5439 where the connection has none
	Login    aircon.Field
	Database aircon.Field // Redshift only
	Cluster  aircon.Field // Redshift only: the cluster-identifier or the workgroup-name
}

// Token is AWS's answer.
type Token struct {
	Login    aircon.Field // RDS leaves the connection's as it is; both kinds of Redshift name the database user
	Password aircon.Secret
}

// TokenSource gets short-lived passwords from AWS.
//
// For RDS it is rds:GenerateDBAuthToken's presigned URL, made without a call; it is accepted for 15 minutes by a role that may
// rds-db:connect on arn:aws:rds-db:REGION:ACCOUNT:dbuser:RESOURCE_ID/LOGIN. Redshift needs
// redshift:GetClusterCredentials, and Redshift Serverless redshift-serverless:GetCredentials.
type TokenSource interface {
	Token(ctx context.Context, request TokenRequest) (Token, error)
}

// takeToken is get_iam_token: it replaces login, password and port.
func (s *session) takeToken(ctx context.Context) error {
	if s.features.azure && py.Truth(s.get("azure_conn_id")) {
		return errors.New("extra azure_conn_id with iam asks Microsoft Azure for a token, which Amazon MWAA's images cannot do")
	}
	request, err := s.tokenRequest()
	if err != nil {
		return err
	}
	if s.tokens == nil {
		return errors.New("extra iam is on, so the password is a token from AWS, and there is nothing to ask for it")
	}
	token, err := s.tokens.Token(ctx, request)
	if err != nil {
		return fmt.Errorf("token from %s: %w", request.Service, err)
	}
	s.port, s.password = value(request.Port), value(token.Password.RevealField())
	if request.Service != RDS {
		s.login = value(token.Login)
	}
	return nil
}

func (s *session) tokenRequest() (TokenRequest, error) {
	request := TokenRequest{Service: RDS}
	port := py.NewInt(5432)
	if py.Truth(s.get("redshift")) {
		request.Service = Redshift
	} else if s.features.serverless && py.Truth(s.get("redshift-serverless")) {
		request.Service = RedshiftServerless
	}
	var cluster, database any
	if request.Service != RDS {
		port = py.NewInt(5439)
		database = or(s.database, s.schema)
		var err error
		if cluster, err = s.cluster(request.Service); err != nil {
			return TokenRequest{}, err
		}
	}
	connID, given := s.extra.Get("aws_conn_id")
	if !given {
		connID = "aws_default"
	}
	for _, f := range []struct {
		name  string
		value any
		into  *aircon.Field
	}{
		{"aws_conn_id", connID, &request.ConnID},
		{"host", s.host, &request.Host},
		{"port", or(s.port, port), &request.Port},
		{"login", s.login, &request.Login},
		{"database", database, &request.Database},
		{"cluster", cluster, &request.Cluster},
	} {
		var ok bool
		if *f.into, ok = field(f.value); !ok {
			return TokenRequest{}, fmt.Errorf("%s holds %s where text belongs", f.name, py.TypeName(f.value))
		}
	}
	return request, nil
}

// cluster is the cluster's or workgroup's name: from the extra, else the first label of the host, which earlier releases
// look at even where they do not need it.
func (s *session) cluster(service TokenService) (any, error) {
	name := "cluster-identifier"
	if service == RedshiftServerless {
		name = "workgroup-name"
	}
	given, has := s.extra.Get(name)
	if s.features.hostMayMiss && given != nil {
		return given, nil
	}
	host, ok := s.host.(string)
	if !ok || (s.features.hostMayMiss && host == "") {
		return nil, fmt.Errorf("iam with %s needs a host, whose first label is the %s", service, name)
	}
	if has && !s.features.hostMayMiss {
		return given, nil
	}
	label, _, _ := strings.Cut(host, ".")
	return label, nil
}
