package probe

import (
	"crypto/sha256"
	_ "embed" // the scripts
	"encoding/hex"
	"strings"
)

//go:embed reach.py
var reachScript string

//go:embed dag.py
var dagScript string

// DAGID is what the DAG is called.
const DAGID = "aircon_probe"

// The names below are short because MWAA's InvokeRestApi takes paths of 64 characters at most (botocore's model of mwaa, RestApiPath), and that of
// what the task pushes has all of them in it: see resultPath.
const (
	dagTask    = "t"
	dagResult  = "r"
	runLength  = 7 // characters of a run's id: 32 to the power of 7 ids
	pathLength = 64
)

// dagParts are the DAG file but for its mark.
var dagParts = strings.Join([]string{script, reachScript, dagScript}, "\n\n")

// dagMark tells DAG files of different texts apart.
var dagMark = func() string {
	sum := sha256.Sum256([]byte(dagParts))
	return hex.EncodeToString(sum[:6])
}()

// DAG is the text of a DAG file whose one task tells what a worker sees of connections: the same for all versions of Airflow and all
// environments. It holds no secret, and Airflow keeps none of what it tells.
func DAG() string { return strings.ReplaceAll(dagParts, "@PROBE@", dagMark) }
