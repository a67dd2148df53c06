package lookup

import (
	"slices"
	"strconv"
	"strings"

	"aircon/internal/py"
)

// botocoreOptions are the keyword arguments of botocore.config.Config.
var botocoreOptions = strings.Fields(`
	region_name signature_version user_agent user_agent_extra user_agent_appid connect_timeout read_timeout
	parameter_validation max_pool_connections proxies proxies_config s3 s3_disable_express_session_auth retries client_cert
	inject_host_prefix endpoint_discovery_enabled use_dualstack_endpoint use_fips_endpoint ignore_configured_endpoint_urls
	defaults_mode tcp_keepalive request_min_compression_size_bytes disable_request_compression client_context_params
	sigv4a_signing_region_set request_checksum_calculation response_checksum_validation account_id_endpoint_mode
	auth_scheme_preference`)

// botocoreConfig reads config_kwargs, of which botocore refuses what it does not know when the client is made.
func (c *Client) botocoreConfig(kwargs *py.Dict) *Problem {
	config, problem := objectArgument(kwargs, "config_kwargs")
	if problem != nil {
		return problem
	}
	for name := range config.All() {
		if !slices.Contains(botocoreOptions, name) {
			return &Problem{Step: StepClient, Code: "TypeError", Message: "config_kwargs: botocore knows no option " + name}
		}
	}
	retries := argument(config, "retries")
	if retries == nil {
		return nil
	}
	options, is := retries.(*py.Dict)
	if !is {
		return &Problem{Step: StepClient, Code: "AttributeError", Message: "config_kwargs: retries must be an object"}
	}
	return c.retries(options)
}

func (c *Client) retries(options *py.Dict) *Problem {
	for name, value := range options.All() {
		least := 0
		switch name {
		case "mode":
			if !slices.Contains([]any{"legacy", "standard", "adaptive"}, value) {
				return &Problem{
					Step: StepClient, Code: "InvalidRetryModeError",
					Message: "config_kwargs: retries.mode must be legacy, standard or adaptive",
				}
			}
			continue
		case "max_attempts":
		case "total_max_attempts":
			least = 1
		default:
			return &Problem{
				Step: StepClient, Code: "InvalidRetryConfigurationError",
				Message: "config_kwargs: botocore knows no retries." + name,
			}
		}
		attempts, err := strconv.Atoi(py.Str(value))
		if err != nil || attempts < least {
			return &Problem{
				Step: StepClient, Code: "InvalidMaxRetryAttemptsError",
				Message: "config_kwargs: retries." + name + " must be a number from " + strconv.Itoa(least),
			}
		}
		c.MaxAttempts = attempts + 1 - least // max_attempts counts the retries only
	}
	return nil
}
