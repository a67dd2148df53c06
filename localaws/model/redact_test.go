package model_test

import (
	"testing"
	"time"

	"aircon/localaws/model"
)

type tag struct{ Key, Value string }

// TestRedacted holds what logs hold against the events in the services' guides.
func TestRedacted(t *testing.T) {
	const canary = "c4n4ry-s3cr3t"
	secret := canary
	days := 30
	tests := map[string]struct {
		service, operation string
		input              any
		want               string
	}{
		"a secret's value": {
			"secretsmanager", "CreateSecret",
			&struct {
				Name         string
				SecretString *string
				SecretBinary []byte
				Tags         []tag
				Description  *string
			}{"db", &secret, []byte(canary), []tag{{"team", "data"}, {"empty", ""}}, nil},
			`{"name":"db","tags":[{"key":"team","value":"data"},{"key":"empty"}]}`,
		},
		"numbers, embedded members, other names": {
			"secretsmanager", "DeleteSecret",
			&struct {
				named
				Days *int `json:"RecoveryWindowInDays"`
			}{named{"db"}, &days},
			`{"secretId":"db","recoveryWindowInDays":30}`,
		},
		"plaintext and ciphertext": {
			"kms", "Encrypt",
			&struct {
				KeyID             string `json:"KeyId"`
				Plaintext         []byte
				EncryptionContext map[string]string
			}{"alias/a", []byte(canary), map[string]string{"b": "2", "a": "1"}},
			`{"keyId":"alias/a","encryptionContext":{"a":"1","b":"2"}}`,
		},
		"REST keeps names and shows that something was there": {
			"airflow", "CreateEnvironment",
			&struct {
				Name                        string
				AirflowConfigurationOptions map[string]string
				DagS3Path                   string
			}{"analytics", map[string]string{"core.x": canary}, ""},
			`{"Name":"analytics","AirflowConfigurationOptions":"***"}`,
		},
		"nothing sent":         {"sts", "GetCallerIdentity", &struct{}{}, ""},
		"an unknown operation": {"sts", "GetSecrets", &struct{ A string }{canary}, ""},
		"an unknown service":   {"s3", "GetObject", &struct{ A string }{canary}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := string(model.AppendRedacted(nil, tt.service, tt.operation, tt.input)); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

type named struct{ SecretId string }

func TestRedactedOutput(t *testing.T) {
	type credentials struct {
		AccessKeyID     string `json:"AccessKeyId"`
		SecretAccessKey string
		SessionToken    string
		Expiration      time.Time
	}
	out := &struct{ Credentials credentials }{credentials{"ASIAEXAMPLE", "s3cr3t", "t0k3n", time.Date(2026, 11, 22, 15, 4, 5, 0, time.UTC)}}
	const want = `{"credentials":{"accessKeyId":"ASIAEXAMPLE","expiration":"Nov 22, 2026, 3:04:05 PM"}}`
	if got := string(model.AppendRedactedOutput(nil, "sts", "AssumeRole", out)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
