package citest

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"aircon/aircontest"
)

func TestSecret(t *testing.T) {
	local := aircontest.NewLocalAWS(t)
	local.Setenv(t)
	cfg, err := config.LoadDefaultConfig(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	client := secretsmanager.NewFromConfig(cfg)
	_, err = client.CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{
		Name: aws.String("airflow/connections/my_postgres_db"), SecretString: aws.String(`{"conn_type": "postgres"}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	secret, err := client.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: aws.String("airflow/connections/my_postgres_db")})
	if err != nil || *secret.SecretString != `{"conn_type": "postgres"}` {
		t.Errorf("%v, %v", secret, err)
	}
}
