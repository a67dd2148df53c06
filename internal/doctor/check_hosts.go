package doctor

import "aircon/internal/textfix"

var _ = register(check{
	kinds: []Kind{{
		ID: "AC036", Severity: Error, Arrow: ArrowText, Topic: "airflow.md#the-secrets-text",
		Title: "several hosts in a URI",
		Means: "Airflow parses one port: what follows the first colon is no number, the text raises, and Airflow swallows the error",
		Why:   "libpq takes URIs with several hosts, and Airflow's URI is another one",
		Mend:  "write the connection as JSON: `\"host\": \"a,b\"`, and ports that differ as `\"port\": \"5432,5433\"` in extra, where libpq takes lists",
	}},
	text: checkHosts,
})

// checkHosts is row 36.
func checkHosts(t *SecretText) []Finding {
	if t.uriFault() != "AC036" {
		return nil
	}
	return one(Found("AC036", "the URI names several hosts with a port each, and Airflow reads one port", t.mend(Mend{
		Text: `write it as JSON: {"conn_type": "postgres", "host": "HOST1,HOST2", …, "extra": {"port": "PORT1,PORT2"}}`,
	})).At("", t.position(textfix.Stray(t.Text.Reveal()))))
}
