package spec

// File is a whole spec.
type File struct {
	Place        `yaml:"-"`
	Name         string              `yaml:"-"` // as it was given to Load
	Note         string              `yaml:"-"` // what Write puts above it all
	Version      int                 `yaml:"version" jsonschema:"required,enum=1,description=The format of this file"`
	Environments Named[*Environment] `yaml:"environments" jsonschema:"required,description=By name: for MWAA the environment's own"`
}

// Environment is an MWAA environment, or a self-managed Airflow described by the same settings.
type Environment struct {
	Place          `yaml:"-"`
	Name           string             `yaml:"-"`
	Kind           string             `yaml:"kind,omitempty" jsonschema:"enum=mwaa,enum=self-managed,default=mwaa,description=Where this Airflow runs"`
	Region         string             `yaml:"region,omitempty" jsonschema:"description=AWS region; left out it is the one that the AWS configuration names"`
	Profile        string             `yaml:"profile,omitempty" jsonschema:"description=Profile of the AWS configuration"`
	AssumeRole     string             `yaml:"assume_role,omitempty" jsonschema:"description=ARN of a role to assume before anything else"`
	AirflowVersion string             `yaml:"airflow_version,omitempty" jsonschema:"default=auto,description=auto reads it from the environment"`
	Providers      *Providers         `yaml:"providers,omitempty" jsonschema:"description=Only where requirements.txt changes what the image has"`
	Backend        *Backend           `yaml:"backend,omitempty" jsonschema:"description=Arguments of SecretsManagerBackend"`
	ExecutionRole  string             `yaml:"execution_role,omitempty" jsonschema:"default=auto,description=ARN of the role that tasks run as; auto reads it from the environment"`
	Policy         string             `yaml:"policy,omitempty" jsonschema:"enum=exact,enum=prefix,enum=none,default=exact,description=exact: one ARN a secret; prefix: the whole prefix; none: someone else attaches it"`
	Tags           map[string]string  `yaml:"tags,omitempty" jsonschema:"description=Tags of each secret and policy that aircon makes"`
	Ignore         Reasons            `yaml:"ignore,omitempty" jsonschema:"description=Findings that doctor and lint shall not count here; by id: the reason"`
	Connections    Named[*Connection] `yaml:"connections,omitempty" jsonschema:"description=By conn_id"`
	Variables      Named[*Variable]   `yaml:"variables,omitempty" jsonschema:"description=By key"`
}

// Providers names the versions of Airflow's provider packages that requirements.txt installs over the image's. An empty one is the image's.
type Providers struct {
	Place     `yaml:"-"`
	Amazon    string `yaml:"amazon,omitempty" jsonschema:"description=apache-airflow-providers-amazon"`
	Postgres  string `yaml:"postgres,omitempty" jsonschema:"description=apache-airflow-providers-postgres"`
	CommonSQL string `yaml:"common-sql,omitempty" jsonschema:"description=apache-airflow-providers-common-sql"`
}

// Backend holds the arguments of SecretsManagerBackend that aircon manages. What is left out has Airflow's default;
// null as a prefix means that the backend is not asked at all.
type Backend struct {
	Place                    `yaml:"-"`
	ConnectionsPrefix        Text             `yaml:"connections_prefix,omitempty" jsonschema:"default=airflow/connections"`
	ConnectionsLookupPattern Text             `yaml:"connections_lookup_pattern,omitempty" jsonschema:"default=auto,description=auto computes it from the ids below; or a regular expression; or null for none"`
	VariablesPrefix          Text             `yaml:"variables_prefix,omitempty" jsonschema:"default=airflow/variables"`
	VariablesLookupPattern   Text             `yaml:"variables_lookup_pattern,omitempty" jsonschema:"default=auto"`
	ConfigPrefix             Text             `yaml:"config_prefix,omitempty" jsonschema:"default=airflow/config"`
	ConfigLookupPattern      Text             `yaml:"config_lookup_pattern,omitempty"`
	Sep                      Text             `yaml:"sep,omitempty" jsonschema:"default=/"`
	ExtraConnWords           map[string]Words `yaml:"extra_conn_words,omitempty" jsonschema:"description=Further names for a connection's fields in a JSON secret"`
}

// Words are further names of a field.
type Words []string

// Connection is a declared connection. A nil field is null to Airflow, which is not the same as an empty one.
type Connection struct {
	Place       `yaml:"-"`
	ID          string              `yaml:"-"`
	Note        string              `yaml:"-"` // what Write puts above it
	ConnType    string              `yaml:"conn_type" jsonschema:"required,minLength=1,description=Such as postgres"`
	Host        *string             `yaml:"host,omitempty"`
	Port        *int                `yaml:"port,omitempty" jsonschema:"minimum=1,maximum=65535"`
	Login       *string             `yaml:"login,omitempty"`
	Password    *Source             `yaml:"password,omitempty" jsonschema:"description=Where the password is"`
	Schema      *string             `yaml:"schema,omitempty" jsonschema:"description=For PostgreSQL the name of the database"`
	Extra       *Object             `yaml:"extra,omitempty" jsonschema:"description=Further settings; for PostgreSQL libpq's options"`
	SecretExtra Named[*SecretField] `yaml:"secret_extra,omitempty" jsonschema:"description=Members of extra whose values are secret"`
	Description *string             `yaml:"description,omitempty" jsonschema:"maxLength=2048,description=Of the connection and of its secret"`
	Format      string              `yaml:"format,omitempty" jsonschema:"enum=json,enum=uri,default=json,description=How the secret is written"`
	KMSKey      string              `yaml:"kms_key,omitempty" jsonschema:"description=ARN or id or alias of a customer key; left out it is the account's aws/secretsmanager"`
	Ignore      Reasons             `yaml:"ignore,omitempty" jsonschema:"description=Findings that shall not count for this connection; by id: the reason"`
}

// Reasons say by a finding's id, such as AC006, why it is left out of account.
type Reasons map[string]string

// SecretField is a member of a connection's extra whose value is a secret.
type SecretField struct {
	Key    string
	Source Source
}

// Variable is a declared Airflow variable: a text, a JSON value, or a secret.
//
// In the file it is the text itself, or a mapping.
type Variable struct {
	Place       `yaml:"-"`
	Key         string  `yaml:"-"`
	Note        string  `yaml:"-"` // what Write puts above it
	Value       *string `yaml:"value,omitempty" jsonschema:"description=The text"`
	JSON        *JSON   `yaml:"json,omitempty" jsonschema:"description=Any value, stored as JSON for deserialize_json"`
	Secret      *Source `yaml:"secret,omitempty" jsonschema:"description=Where the text is, if it is a secret"`
	Description string  `yaml:"description,omitempty" jsonschema:"maxLength=2048,description=Of the secret"`
	KMSKey      string  `yaml:"kms_key,omitempty"`
}
