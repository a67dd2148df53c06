package dags

import "testing"

func TestConnType(t *testing.T) {
	for param, want := range map[string]string{
		"conn_id": "postgres", "postgres_conn_id": "postgres", "aws_conn_id": "aws", "sql_conn_id": "postgres", "source_conn_id": "postgres",
		"src_mysql_conn_id": "mysql", "gcp_conn_id": "google_cloud_platform", "slack_webhook_conn_id": "slackwebhook", "slack_conn_id": "slack",
	} {
		if got := ConnType(&Use{Param: param}); got != want {
			t.Errorf("%s: %s, want %s", param, got, want)
		}
	}
}
