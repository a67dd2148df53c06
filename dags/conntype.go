package dags

import "strings"

// connTypes are the types whose names are not the argument's last word, by the hooks of the providers for Google, Slack, dbt Cloud, Hive and
// Azure: their conn_name_attr and conn_type.
var connTypes = map[string]string{
	"gcp": "google_cloud_platform", "google_cloud": "google_cloud_platform", "slack_webhook": "slackwebhook", "dbt_cloud": "dbt_cloud",
	"hive_cli": "hive_cli", "metastore": "hive_metastore", "azure_data_factory": "azure_data_factory",
}

// ConnType is the type that a connection most probably has, by the argument that holds its id: postgres for postgres_conn_id. Where the
// argument tells nothing it is postgres.
func ConnType(u *Use) string {
	word := strings.TrimSuffix(strings.TrimSuffix(u.Param, "conn_id"), "_")
	if kind, is := connTypes[word]; is {
		return kind
	}
	if i := strings.LastIndexByte(word, '_'); i >= 0 {
		word = word[i+1:]
	}
	switch word {
	case "", "sql", "target", "dest", "src", "source", "destination", "database", "db", "pg":
		return "postgres"
	}
	return word
}
