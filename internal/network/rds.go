package network

// Database is what RDS says of the database or proxy that a host name leads to.
type Database struct {
	Place
	Name    string // identifier of the instance, cluster or proxy, as RDS's commands take it
	Kind    Role   // of the host name
	Cluster string // of a cluster's instances; "" for an instance by itself
	Reads   string // why it takes no writes; "" where it does, or where that is not known
	Writer  string // host name that takes writes; "" where it is this one, or not known
	CA      string // certificate authority, such as rds-ca-rsa2048-g1; "" of a proxy, whose certificates are Certificate Manager's
	IAM     bool   // IAM authentication is enabled
	// ResourceID is what rds-db:connect names: db-… or cluster-… or prx-…
	ResourceID string
	Master     string // name of the master user
	// MasterSecret is the ARN of the secret in which RDS keeps the master user's password, which it changes by itself; "": RDS does not.
	MasterSecret   string
	ParameterGroup string
	ForceSSL       Setting
	Proxy          *ProxyServer // nil: no proxy
	// Unseen says of what could not be read why, by operation.
	Unseen map[string]string
}

// Setting is a switch that may not have been seen.
type Setting string

// The states of a setting. The zero value is not known.
const (
	On  Setting = "on"
	Off Setting = "off"
)

// ProxyServer is what is a proxy's own.
type ProxyServer struct {
	RequireTLS bool
	// IAMToDatabase says that the proxy itself logs in by IAM, with no secret (DefaultAuthScheme IAM_AUTH).
	IAMToDatabase bool
	Auth          []ProxyAuth
	Unhealthy     []string // targets that it cannot use, with RDS's reason
}

// ProxyAuth is one of the credentials that a proxy has.
type ProxyAuth struct {
	Secret string // ARN
	IAM    string // what clients must use: DISABLED, REQUIRED or ENABLED
}

// modify is the command that changes the database: a cluster is changed as a whole.
func (d *Database) modify(flags ...string) []string {
	operation, option, id := "modify-db-instance", "--db-instance-identifier", d.Name
	if d.Cluster != "" {
		operation, option, id = "modify-db-cluster", "--db-cluster-identifier", d.Cluster
	}
	return append([]string{"aws", "rds", operation, option, id}, flags...)
}

// EnableIAM is the command that lets logins by IAM in.
func (d *Database) EnableIAM() []string {
	return d.modify("--enable-iam-database-authentication", "--apply-immediately")
}
