package doctor

import (
	"context"
	"sync"

	"aircon"
)

// tooMany is PostgreSQL's too_many_connections: the server, the database or the role has no session left
// (https://www.postgresql.org/docs/current/errcodes-appendix.html).
const tooMany = "53300"

// servers keeps doctor's own sessions from being what a server's limit counts: a server that has no session left is asked once more,
// while no other session of doctor's is open to it.
type servers struct {
	mu    sync.Mutex // guards locks
	locks map[string]*sync.RWMutex
}

func (s *servers) lock(conn aircon.Connection) *sync.RWMutex {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.locks == nil {
		s.locks = map[string]*sync.RWMutex{}
	}
	server := conn.Host.String() + ":" + conn.Port.String()
	if s.locks[server] == nil {
		s.locks[server] = new(sync.RWMutex)
	}
	return s.locks[server]
}

// probe opens a connection's database, along with others and, where that may be what is wrong, alone.
func (s *servers) probe(ctx context.Context, probe Prober, conn aircon.Connection, rt aircon.Runtime) *Probed {
	lock := s.lock(conn)
	lock.RLock()
	probed := probe(ctx, conn, rt)
	lock.RUnlock()
	if probed == nil || probed.Report.SQLState != tooMany {
		return probed
	}
	lock.Lock()
	defer lock.Unlock()
	return probe(ctx, conn, rt)
}
