package doctor

import (
	"strings"

	"aircon/internal/network"
)

var _ = register(check{
	kinds: []Kind{{
		ID: "AC017", Severity: Warning, Arrow: ArrowNetwork, Topic: "network.md#what-rds-says-of-the-database",
		Title: "the secret that is rotated names a database that takes no writes",
		Means: "reading works, and each rotation fails at its second step, as ALTER ROLE is a write: the password stays, and AWSPENDING is stuck",
		Why:   "the secret's host is a reader endpoint, a read replica, or a cluster's instance that is a reader now",
		Mend:  "let the rotated secret name the writer's endpoint; for reading make a connection of its own",
	}},
	connection: checkReader,
})

// checkReader is row 17. The name alone tells of a cluster's reader endpoint, so that RDS need not be asked.
func checkReader(p *Patient) []Finding {
	if p.Reading == nil || p.Reading.Secret == nil || !p.Reading.Secret.Rotates {
		return nil
	}
	conn, _ := p.connection()
	host := conn.Host.String()
	h, _ := network.ParseHost(host)
	var why, writer string
	switch {
	case p.Database != nil && p.Database.Reads != "":
		why, writer = p.Database.Reads, p.Database.Writer
	case h.Role == network.Reader:
		why = "it is the reader endpoint of the cluster " + h.ID
	default:
		return nil
	}
	if writer == "" && h.Role == network.Reader {
		writer = strings.Replace(host, ".cluster-ro-", ".cluster-", 1)
	}
	mend := Mend{Text: "let the secret name a host that takes writes"}
	if writer != "" {
		mend = p.inSecret(`read from ` + host + ` by a connection of its own, and write  "host": "` + writer + `" `)
	}
	return one(Found("AC017", "the secret is rotated, and its host "+host+" takes no writes: "+why, mend).At("", p.place()))
}
