package doctor

import (
	"strings"

	"aircon"
	"aircon/lookup"
	"aircon/mwaa"
)

var _ = register(check{
	kinds: []Kind{{
		ID: "AC035", Severity: Error, Arrow: ArrowOptions, Topic: "airflow.md",
		Title: "Airflow cannot take this option from the secrets backend",
		Means: "every Airflow process exits at start: the backend must be made before the option can be read, and making it reads the option",
		Why:   "_SECRET variables let Airflow take options from the backend; in some versions that is a circle",
		Mend:  "take the option from a _CMD variable, whose command asks Secrets Manager, or state it",
	}},
	environment: checkConfigSecret,
})

// circular are the _secret options with which no process starts, by version. Source: `airflow version` of each version that MWAA runs, with
// its image's pins, the variable set and Secrets Manager answering. With secrets.backend_kwargs_secret 2.9.2 to 2.11.2, 3.2.1 and 3.3.1 exit
// with 1 (RecursionError, or what it leaves half-imported); 3.0.6 starts. With database.sql_alchemy_conn_secret only 3.0.6 exits with 1
// ("cannot import name 'SessionFactory' from partially initialized module").
var circular = map[string]func(aircon.Version) bool{
	"secrets.backend_kwargs_secret":    func(v aircon.Version) bool { return v.Major != 3 || v.Minor > 0 },
	"database.sql_alchemy_conn_secret": func(v aircon.Version) bool { return v.Major == 3 && v.Minor == 0 },
}

// checkConfigSecret is row 35. MWAA sets both options itself, so that their _secret variables are not read there: see AC190.
func checkConfigSecret(e *Environment) []Finding {
	if !e.selfManaged() || e.Settings.Class == "" {
		return nil
	}
	var all []Finding
	for _, option := range sortedKeys(e.MWAA.Options) {
		plain := strings.TrimSuffix(option, "_secret")
		if crashes, is := circular[option]; !is || !crashes(e.Runtime.Airflow) || e.MWAA.Options[plain] != "" {
			continue
		}
		all = append(all, Found("AC035", option+" makes every process of Airflow "+e.MWAA.Airflow+" exit at start", e.mendConfigSecret(option, plain)).
			At("", e.optionPlace(option, 0)))
	}
	return all
}

func (e *Environment) mendConfigSecret(option, plain string) Mend {
	if plain == mwaa.OptionBackendKwargs {
		return e.mendOptions("write the kwargs into "+plain+": they hold nothing secret that the execution role could not give",
			optionChange{option: option, remove: true})
	}
	id := e.MWAA.Options[option]
	if b := e.Settings.Backend; b != nil {
		if names := b.Names(lookup.Option, id, ""); len(names.Asked) > 0 {
			id = names.Asked[0]
		}
	}
	command := "aws secretsmanager get-secret-value --secret-id " + id + " --query SecretString --output text"
	mend := e.mendOptions("have a command ask: "+mwaa.Variable(plain)+"_CMD='"+command+"'", optionChange{option: option, remove: true},
		optionChange{option: plain + "_cmd", value: command})
	return mend
}
