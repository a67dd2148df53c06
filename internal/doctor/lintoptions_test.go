package doctor

import (
	"strings"
	"testing"

	"aircon/internal/edit"
	"aircon/internal/optionfile"
)

const canary = "canary-1f0c"

// secretFiles hold a canary wherever a file of options can hold a secret.
var secretFiles = map[string]string{
	"options.json": `{
  "secrets.backend": "airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend",
  "secrets.backend_kwargs": "{\"region\": \"eu-west-1\", \"aws_secret_access_key\": \"` + canary + `\"}",
  "smtp.smtp_password": "` + canary + `$x",
  "sentry.sentry_dsn": "` + canary + `"
}`,
	"python.json": `{
  "secrets.backend": "airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend",
  "secrets.backend_kwargs": "{'aws_secret_access_key': '` + canary + `'}"
}`,
	"proxy.json": `{
  "secrets.backend": "airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend",
  "secrets.backend_kwargs": "{\"region\": \"x\", \"endpoint_url\": \"https://u:` + canary + `@proxy\"}"
}`,
	"main.tf": `password = "` + canary + `"
airflow_configuration_options = {
  "secrets.backend" = "airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend"
  "secrets.backend_kwargs" = "{\"region\": \"x\", \"aws_session_token\": \"` + canary + `\"}"
  "smtp.smtp_password" = var.smtp
}
other_password = "` + canary + `"`,
	"airflow.cfg": `[core]
sql_alchemy_conn = postgresql+psycopg2://airflow:` + canary + `@db/airflow
# smtp_password = ` + canary + `
[secrets]
backend = airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend
backend_kwargs = {"regio": "x",
  "aws_secret_access_key": "` + canary + `"}
[smtp]
smtp_password = ` + canary,
	".env": `DB_PASSWORD=` + canary + `
#OLD_KEY=` + canary + `
psql postgres://u:` + canary + `@h/d -c 'select 1'
AIRFLOW_CONN_DB='postgres://u:` + canary + `@h/d'
AIRFLOW__SECRETS__BACKEND=airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend
AIRFLOW__SECRETS__BACKEND_KWARGS='{"region": "x", "aws_secret_access_key": "` + canary + `"}'`,
}

func TestFindingsAndMaskedFilesHoldNoSecret(t *testing.T) {
	for name, text := range secretFiles {
		t.Run(name, func(t *testing.T) {
			format, is := optionfile.Detect(name, text)
			if !is {
				t.Fatal("not taken for a file of options")
			}
			f, err := optionfile.Parse(name, text, format)
			if err != nil {
				t.Fatal(err)
			}
			found, err := OptionFile(t.Context(), f, "2.10.3")
			if err != nil {
				t.Fatal(err)
			}
			if len(found) == 0 {
				t.Error("nothing was found")
			}
			for _, finding := range found {
				if said := finding.Seen + finding.Where + finding.Mend.String(); strings.Contains(said, canary) {
					t.Errorf("%s shows the secret: %s", finding.ID, said)
				}
				if changed, _ := edit.Apply(text, finding.Mend.Edits); strings.Count(changed, canary) != strings.Count(text, canary) {
					t.Errorf("%s's edit loses the secret:\n%s", finding.ID, changed)
				}
			}
			masked := MaskedOptions(f)
			if strings.Contains(masked, canary) {
				t.Errorf("it shows the secret:\n%s", masked)
			}
			if strings.Count(masked, "\n") != strings.Count(text, "\n") {
				t.Errorf("it has other lines:\n%s", masked)
			}
		})
	}
}

// Without a spec the mend is a command that sends MWAA the whole map, but never one that shows a secret.
func TestCommandsThatSetOptions(t *testing.T) {
	options := map[string]string{"secrets.backends": "x", "core.parallelism": "4"}
	e := &Environment{Target: Target{Name: "analytics"}, MWAA: &MWAA{Name: "analytics", Airflow: "2.10.3", Options: options}}
	mend := e.rename("secrets.backends", "secrets.backend")
	if got := strings.Join(mend.Command, " "); got != `aws mwaa update-environment --name analytics --airflow-configuration-options `+
		`{"core.parallelism":"4","secrets.backend":"x"} --worker-replacement-strategy GRACEFUL` {
		t.Errorf("the command is %s", got)
	}
	for option, value := range map[string]string{
		"smtp.smtp_password": canary, "secrets.backend_kwargs": `{"aws_secret_access_key": "` + canary + `"}`, "x.api_token": canary,
	} {
		options[option] = value
		if mend := e.rename("secrets.backends", "secrets.backend"); mend.Command != nil {
			t.Errorf("with %s the command is %q", option, mend.Command)
		}
		delete(options, option)
	}
}
