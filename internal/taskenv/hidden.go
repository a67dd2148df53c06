package taskenv

import (
	"net/url"
	"strings"

	"aircon/mwaa"
)

// secretWords are pieces of the names that Airflow itself masks (airflow.sdk.execution_time.secrets_masker, DEFAULT_SENSITIVE_FIELDS), with
// fernet_key and sql_alchemy_conn of its sensitive options.
var secretWords = []string{
	"ACCESS_TOKEN", "API_KEY", "APIKEY", "AUTHORIZATION", "PASSPHRASE", "PASSWD", "PASSWORD", "PRIVATE_KEY", "SECRET_KEY", "SECRET_ACCESS_KEY", "SESSION_TOKEN",
	"TOKEN", "FERNET_KEY", "JWT_SECRET", "CLIENT_SECRET", "SQL_ALCHEMY_CONN", "RESULT_BACKEND", "BROKER_URL", "SENTRY_DSN",
}

// Hidden reports whether a variable of an environment may hold a secret: by its name, as a connection or variable of Airflow's, by kwargs that carry
// keys, or as a URL with a password.
func Hidden(name, value string) bool {
	switch {
	case strings.HasPrefix(name, "AIRFLOW_CONN_"):
		return !plainConnection(value)
	case strings.HasPrefix(name, "AIRFLOW_VAR_"):
		return true
	case strings.HasSuffix(name, "__BACKEND_KWARGS"), strings.HasSuffix(name, "__SECRETS_BACKEND_KWARGS"):
		return secretKwargs(value)
	}
	return secretName(name) || secretURL(value)
}

func secretName(name string) bool {
	name = strings.ToUpper(name)
	for _, word := range secretWords {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// secretKwargs reports whether kwargs carry a key, or are no object, so that nobody can tell.
func secretKwargs(text string) bool {
	kwargs, err := mwaa.ParseKwargs(text)
	if err != nil {
		return true
	}
	for _, name := range kwargs.Names() {
		var nested any
		if secretName(name) || kwargs.Get(name, &nested) && secretWithin(nested) {
			return true
		}
	}
	return false
}

// secretWithin looks into nested kwargs, such as those of a session or a client.
func secretWithin(value any) bool {
	switch v := value.(type) {
	case string:
		return secretURL(v)
	case map[string]any:
		for name, inner := range v {
			if secretName(name) || secretWithin(inner) {
				return true
			}
		}
	case []any:
		for _, inner := range v {
			if secretWithin(inner) {
				return true
			}
		}
	}
	return false
}

// secretURL reports whether a text is a URL that carries a login, or looks like one that cannot be read.
func secretURL(text string) bool {
	if !strings.Contains(text, "://") || !strings.Contains(text, "@") {
		return false
	}
	u, err := url.Parse(text)
	return err != nil || u.User != nil
}

// plainConnection reports whether a connection is only a type, such as aws://, which is MWAA's own aws_default.
func plainConnection(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Scheme != "" && text == u.Scheme+"://"
}
