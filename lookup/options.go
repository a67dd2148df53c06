package lookup

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"aircon"
	"aircon/internal/near"
)

// Runner runs the command of an option's _CMD variable and returns what it writes to standard output.
type Runner func(ctx context.Context, command string) (string, error)

// optionReader reads options from an environment and gathers what is odd about them.
type optionReader struct {
	env      map[string]string
	run      Runner
	warnings []Warning

	kwargPlaces map[string]int // of the kwargs in the option's text, in bytes from 1
}

func (r *optionReader) warn(w Warning) { r.warnings = append(r.warnings, w) }

// variableName is the variable that sets an option.
func variableName(section, option string) string {
	return "AIRFLOW__" + strings.ToUpper(strings.ReplaceAll(section, ".", "_")) + "__" + strings.ToUpper(option)
}

// get returns an option's text, and "" where the environment does not set it, which is also the default of all options here.
func (r *optionReader) get(ctx context.Context, section, option string) (string, error) {
	name := variableName(section, option)
	where := section + "." + option
	if text, found := r.env[name]; found {
		expanded, ends := expand(text, r.env)
		if !ends {
			r.warn(Warning{Code: NeverEnds, Where: where, Text: "it names variables that name each other: Airflow would expand them for ever"})
			return text, nil
		}
		if expanded != text {
			r.warn(Warning{Code: Expanded, Where: where, Text: "Airflow replaces $NAME and a leading ~ in it, and does so here"})
		}
		return expanded, nil
	}
	command, found := r.env[name+"_CMD"]
	if !found || !strings.HasSuffix(option, "_kwargs") { // of the options here, only the kwargs are sensitive
		return "", nil
	}
	if r.run == nil {
		r.warn(Warning{Code: CommandSkipped, Where: name + "_CMD", Text: "its command was not run here: what it would set is not known"})
		return "", nil
	}
	text, err := r.run(ctx, command)
	if err != nil && ctx.Err() == nil {
		r.warn(Warning{
			Code: NotJSON, Where: name + "_CMD", Text: "its command fails, so that Airflow uses the defaults: " + err.Error(),
			Log: &Line{Level: "warning", Text: fmt.Sprintf("Failed to parse [%s] %s as JSON, defaulting to no kwargs.", section, option)},
		})
		return "", nil
	}
	return text, ctx.Err()
}

// sectionOptions are the options of the sections that set up the search, for telling misspelt ones.
var sectionOptions = map[string][]string{
	"SECRETS": {"backend", "backend_kwargs", "use_cache", "cache_ttl_seconds"},
	"WORKERS": {
		"secrets_backend", "secrets_backend_kwargs", "min_heartbeat_interval", "max_failed_heartbeats", "execution_api_retries",
		"execution_api_retry_wait_min", "execution_api_retry_wait_max", "execution_api_timeout", "socket_cleanup_timeout",
		"missing_dag_retries", "missing_dag_retry_delay", "state_store_backend",
	},
}

// misspelt warns of variables for options that the sections do not have: Airflow ignores them.
func (r *optionReader) misspelt(rt aircon.Runtime) {
	for _, name := range slices.Sorted(maps.Keys(r.env)) {
		rest, is := strings.CutPrefix(name, "AIRFLOW__")
		section, option, cut := strings.Cut(rest, "__")
		known, found := sectionOptions[section]
		if !is || !cut || !found || section == "WORKERS" && rt.Airflow.Major < 3 {
			continue
		}
		if takes(known, strings.ToLower(option), rt.Airflow.AtLeast(3, 2)) {
			continue
		}
		w := Warning{Code: UnknownOption, Where: name, Name: strings.ToLower(section + "." + option), Text: "Airflow has no option " +
			strings.ToLower(section+"."+option) + ", and ignores it"}
		if nearest, is := near.Nearest(option, known); is {
			w.Nearest = strings.ToLower(section) + "." + nearest
			w.Text += "; did you mean " + w.Nearest + "?"
		}
		r.warn(w)
	}
}

func takes(known []string, option string, oneKey bool) bool {
	for _, suffix := range []string{"", "_cmd", "_secret"} {
		if slices.Contains(known, strings.TrimSuffix(option, suffix)) {
			return true
		}
	}
	kwarg, _, is := strings.Cut(option, "__")
	return is && oneKey && slices.Contains(known, kwarg+"s")
}

// dotted is a class's path as Python can import it.
var dotted = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[\pL_][\pL\pN_]*(\.[\pL_][\pL\pN_]*)+$`) })

// defaultClasses are the backends that every search has.
const (
	environmentClass = "airflow.secrets.environment_variables.EnvironmentVariablesBackend"
	metastoreClass   = "airflow.secrets.metastore.MetastoreBackend"
)

// otherClasses are backends of Airflow and its providers that this package knows of, and does not replay.
var otherClasses = []string{
	"airflow.secrets.local_filesystem.LocalFilesystemBackend",
	"airflow.providers.amazon.aws.secrets.systems_manager.SystemsManagerParameterStoreBackend",
	"airflow.providers.cncf.kubernetes.secrets.kubernetes_secrets_backend.KubernetesSecretsBackend",
	"airflow.providers.google.cloud.secrets.secret_manager.CloudSecretManagerBackend",
	"airflow.providers.hashicorp.secrets.vault.VaultBackend",
	"airflow.providers.microsoft.azure.secrets.key_vault.AzureKeyVaultBackend",
	"airflow.providers.yandex.secrets.lockbox.LockboxSecretBackend",
}

// loadable reports whether Airflow can load a class, and whether it is one that is replayed here. What lies outside
// package airflow is taken for loadable: only the environment itself knows.
func loadable(class string) (loads, known bool) {
	switch {
	case class == BackendClass || class == environmentClass || class == metastoreClass:
		return true, true
	case !dotted().MatchString(class):
		return false, false
	case strings.HasPrefix(class, "airflow."):
		return slices.Contains(otherClasses, class), false
	}
	return true, false
}

func className(class string) string { return class[strings.LastIndexByte(class, '.')+1:] }
