package hook

import (
	"context"

	"aircon"
	"aircon/internal/py"
	"aircon/pghook"
)

// source answers as the oracle's stand-in for AwsBaseHook does, and notes the calls.
type source struct{ calls []any }

// note puts the calls made so far under a key, and forgets them.
func (s *source) note(out *py.Dict, key string) {
	if len(s.calls) > 0 {
		out.Set(key, s.calls)
	}
	s.calls = nil
}

// Token makes up a token.
func (s *source) Token(_ context.Context, r pghook.TokenRequest) (pghook.Token, error) {
	call := py.NewDict(
		py.Item{Key: "aws_conn_id", Value: plainField(r.ConnID)},
		py.Item{Key: "client_type", Value: string(r.Service)},
	)
	s.calls = append(s.calls, call)
	var token pghook.Token
	switch r.Service {
	case pghook.Redshift:
		call.Set("call", "get_cluster_credentials")
		call.Set("kwargs", py.NewDict(
			py.Item{Key: "DbUser", Value: plainField(r.Login)},
			py.Item{Key: "DbName", Value: plainField(r.Database)},
			py.Item{Key: "ClusterIdentifier", Value: plainField(r.Cluster)},
			py.Item{Key: "AutoCreate", Value: false},
		))
		token.Login = aircon.Text("IAM:" + py.Str(plainField(r.Login)))
		token.Password = aircon.NewSecret("redshift-token")
	case pghook.RedshiftServerless:
		call.Set("call", "get_credentials")
		call.Set("kwargs", py.NewDict(
			py.Item{Key: "dbName", Value: plainField(r.Database)},
			py.Item{Key: "workgroupName", Value: plainField(r.Cluster)},
		))
		token.Login, token.Password = aircon.Text("IAMR:role"), aircon.NewSecret("serverless-token")
	default:
		call.Set("call", "generate_db_auth_token")
		call.Set("args", []any{plainField(r.Host), plainField(r.Port), plainField(r.Login)})
		token.Password = aircon.NewSecret("rds-token")
	}
	return token, nil
}
