#!/usr/bin/env bash
# Has real Airflow parse, instantiate and run generated DAG files, and holds what `aircon scan` finds in the same files against it. Has it list
# the files of generated DAG folders, and holds internal/dagfolder against it. Has CPython read random programs and files of its own library,
# and holds the trees of internal/pysyntax against its own.
#
#   tools/scan/live.sh [-n FILES] [-seed SEED] [VERSION…]
#
# FILES (default 300) is for each version (default 2.10.3 3.3.1). SEED (default: drawn, and printed) gives the same files again. The virtual
# environments come from tools/oracle/airflow/install.sh. With -record the rows become the testdata that `make test` reads.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
files=300
seed=$((RANDOM * 32768 + RANDOM))
record=
versions=""
while [ $# -gt 0 ]; do
  case $1 in
  -n) files=$2 && shift 2 ;;
  -seed) seed=$2 && shift 2 ;;
  -record) record=yes && shift ;;
  -*)
    sed -n '2,10s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
  *) versions="$versions $1" && shift ;;
  esac
done
cd "$here/../.."
rows=$(mktemp -d)
trap 'rm -rf "$rows"' EXIT
echo "seed $seed"
python=
for version in ${versions:-2.10.3 3.3.1}; do
  python=$(tools/oracle/airflow/install.sh "$version")
  "$python" -B tools/scan/seen.py "$seed" "$files" 2>"$rows/$version.log" | gzip -9n >"$rows/airflow-$version.jsonl.gz"
  sed -n '/^Airflow /,$p' "$rows/$version.log"
  "$python" -B tools/scan/walk.py "$seed" "$((files * 2))" 2>"$rows/walk-$version.log" | gzip -9n >"$rows/walk-$version.jsonl.gz"
  sed -n '/^Airflow /,$p' "$rows/walk-$version.log"
done
if [ -n "$record" ]; then
  cp "$rows"/airflow-*.jsonl.gz dags/testdata/
  for version in ${versions:-2.10.3 3.3.1}; do
    cp "$rows/walk-$version.jsonl.gz" "internal/dagfolder/testdata/airflow-$version.jsonl.gz"
  done
fi
WALK_ROWS=$rows go test -count=1 -run '^TestAsAirflow$' -v ./internal/dagfolder
SCAN_ROWS=$rows go test -count=1 -run '^TestAsAirflow$' -v ./dags

library=$("$python" -c 'import os; print(os.path.dirname(os.__file__))')
"$python" -B internal/pysyntax/testdata/programs.py "$seed" 2000 | gzip >"$rows/programs.gz"
"$python" -B internal/pysyntax/testdata/files.py "$seed" 1000 "$library" "$(dirname "$(dirname "$python")")" | gzip >"$rows/files.gz"
for name in programs files; do
  SYNTAX_ROWS=$rows/$name.gz go test -count=1 -run '^TestAsPython$' -v ./internal/pysyntax
done
