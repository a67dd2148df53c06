package doctor

import (
	"strings"

	"aircon/pghook"
)

var _ = register(obstacles([]obstacle{
	{[]pghook.Cause{pghook.CauseStarting}, Kind{
		ID: "AC150", Severity: Error, Arrow: ArrowLogin, Topic: "airflow.md#postgreshook",
		Title: "the server is starting or recovers",
		Means: "it listens, and takes no session until it has replayed its log",
		Why:   "a start after a crash or a restore, or a standby that has not caught up or has hot_standby off",
		Mend:  "wait; on a standby with hot_standby off, turn it on or use the primary",
	}, func(p *Patient, _ *pghook.Report) Mend {
		return Mend{Text: "wait until it has replayed its log, which its own log tells, and ask again; where it is a standby with hot_standby off, " +
			"set hot_standby = on and restart it, or name the primary in host"}
	}},
	{[]pghook.Cause{pghook.CauseStopping}, Kind{
		ID: "AC151", Severity: Error, Arrow: ArrowLogin, Topic: "airflow.md#postgreshook",
		Title: "the server is shutting down",
		Means: "it takes no new session, and ends those that it has",
		Why:   "an administrator, a restart, a failover or the maintenance of its host",
		Mend:  "wait until it is up again, or start it",
	}, says("wait until it is up again and ask again, or start it: somebody or something asked it to stop")},
}))

var _ = register(check{
	kinds: []Kind{{
		ID: "AC148", Severity: Warning, Arrow: ArrowQuery, Topic: "airflow.md#postgreshook",
		Title: "the server is a standby, which takes no writes",
		Means: "each write ends in SQLSTATE 25006, cannot execute … in a read-only transaction; no setting changes that on a standby",
		Why:   "the host is a reader endpoint or a replica, or a failover has made the former primary one",
		Mend:  "the writer's endpoint in `host`",
	}, {
		ID: "AC149", Severity: Warning, Arrow: ArrowQuery, Topic: "airflow.md#postgreshook",
		Title: "the session is read-only",
		Means: "each write ends in SQLSTATE 25006, cannot execute … in a read-only transaction",
		Why:   "default_transaction_read_only is on, for the role, the database, the server or by the connection's own options",
		Mend:  "the statement that resets it where it was set",
	}},
	connection: checkReadOnly,
})

// checkReadOnly is a session that opens and cannot write.
func checkReadOnly(p *Patient) []Finding {
	if p.Probe == nil || p.Probe.Refused != nil || !p.Probe.Report.OK() || p.Probe.Report.ReadOnly != pghook.Yes {
		return nil
	}
	if p.Probe.Report.InRecovery == pghook.Yes {
		return one(Found("AC148", "the session is read-only: the server is in recovery", p.inSecret("write "+p.writer())).At("", p.place()))
	}
	return one(Found("AC149", "the session is read-only: default_transaction_read_only is on, by "+readOnlyBy(p), mendReadOnly(p)).At("", p.place()))
}

// writer is the writer's endpoint in words: Amazon Aurora's has the reader's name without -ro (Aurora's user guide, "Types of Aurora endpoints").
func (p *Patient) writer() string {
	conn, _ := p.connection()
	if before, after, is := strings.Cut(conn.Host.String(), ".cluster-ro-"); is {
		return "host " + before + ".cluster-" + after + ", the cluster's writer,"
	}
	return "the primary's address as host where tasks write"
}

// readOnlySources are the places that pg_settings.source names, in words (guc.h, GucSource), with the statements that end it there.
var readOnlySources = map[string]struct{ words, sql string }{
	"database user": {"the role in this database", "ALTER ROLE %l IN DATABASE %d RESET default_transaction_read_only;"},
	"user":          {"the role", "ALTER ROLE %l RESET default_transaction_read_only;"},
	"database":      {"the database", "ALTER DATABASE %d RESET default_transaction_read_only;"},
	"client":        {"the connection's own options", ""},
}

func readOnlyBy(p *Patient) string {
	if s, known := readOnlySources[p.Probe.Report.ReadOnlySource]; known {
		return s.words
	}
	return "the server's configuration"
}

func mendReadOnly(p *Patient) Mend {
	source, known := readOnlySources[p.Probe.Report.ReadOnlySource]
	switch {
	case known && source.sql == "":
		return p.inSecret("take default_transaction_read_only out of options in extra")
	case known:
		return Mend{SQL: []string{strings.NewReplacer("%l", p.login(), "%d", p.database()).Replace(source.sql)}}
	}
	return Mend{SQL: []string{"ALTER SYSTEM SET default_transaction_read_only = off;", "SELECT pg_reload_conf();"}}
}
