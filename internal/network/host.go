package network

import "strings"

// Role is what an RDS host name leads to.
type Role string

// The roles of host names.
const (
	Instance Role = "instance" // one instance, which may be a reader
	Writer   Role = "writer"   // a cluster's writer
	Reader   Role = "reader"   // a cluster's readers
	Custom   Role = "custom"   // a cluster's custom endpoint
	Proxy    Role = "proxy"    // RDS Proxy, or one of its further endpoints
	Global   Role = "global"   // the writer of a global database, in whichever region it is
)

// Host is what the name of an RDS host says of itself.
type Host struct {
	Role   Role
	ID     string // of the instance, cluster, custom endpoint, proxy or proxy endpoint
	Region string
	// Further says that ID is one of a proxy's further endpoints, not the proxy's own.
	Further bool
}

// kinds are the labels that begin a cluster's and a proxy's second label, the longest first
// (Aurora User Guide, Aurora.Endpoints.html and Aurora.Endpoints.Custom.html; RDS User Guide, rds-proxy-endpoints.html).
var kinds = []struct {
	prefix string
	role   Role
}{{"cluster-ro-", Reader}, {"cluster-custom-", Custom}, {"cluster-", Writer}, {"proxy-", Proxy}, {"global-", Global}}

// label puts the region before rds, where China's names have it after.
func label(host string) (name string, ok bool) {
	if name, ok = strings.CutSuffix(host, ".rds.amazonaws.com"); ok {
		return name, true
	}
	name, ok = strings.CutSuffix(host, ".amazonaws.com.cn")
	return strings.Replace(name, ".rds.", ".", 1), ok && strings.Contains(name, ".rds.")
}

// ParseHost reads an RDS host name, such as warehouse.cluster-ro-c1abcdefghij.eu-west-1.rds.amazonaws.com; ok is false for any other. A name of one's
// own that leads to RDS is not recognised: the name is all that is looked at.
func ParseHost(host string) (h Host, ok bool) {
	name, is := label(strings.TrimSuffix(strings.ToLower(host), "."))
	labels := strings.Split(name, ".")
	if !is || len(labels) < 3 || len(labels) > 4 || strings.Contains("."+name+".", "..") {
		return Host{}, false
	}
	if len(labels) == 4 {
		if labels[1] != "endpoint" || !strings.HasPrefix(labels[2], "proxy-") {
			return Host{}, false
		}
		return Host{Role: Proxy, ID: labels[0], Region: labels[3], Further: true}, true
	}
	h = Host{Role: Instance, ID: labels[0], Region: labels[2]}
	for _, k := range kinds {
		if strings.HasPrefix(labels[1], k.prefix) {
			h.Role = k.role
			break
		}
	}
	return h, true
}
