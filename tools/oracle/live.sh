#!/usr/bin/env bash
# Puts fresh random cases of all six kinds to real Airflow and to this module, and compares with agree.py.
#
#   tools/oracle/live.sh [-n CASES] [-seed SEED] [-kinds "uri json …"] [VERSION…]
#
# CASES (default 100000) is the sum over versions (default 2.10.3 3.0.6 3.3.1) and kinds. SEED (default: drawn, and printed) gives the same
# cases again. Makes the virtual environments that it needs from airflow/pins, once, in $AIRFLOW_ORACLE_DIR (default
# ~/.cache/airflow-oracle). Exits with 0 when all agree, with 1 when a case differs, and keeps that kind's files.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
cases=100000
seed=$((RANDOM * 32768 + RANDOM))
kinds="uri json fields backend hook search"
versions=""
while [ $# -gt 0 ]; do
  case $1 in
  -n) cases=$2 && shift 2 ;;
  -seed) seed=$2 && shift 2 ;;
  -kinds) kinds=$2 && shift 2 ;;
  -*)
    sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
  *) versions="$versions $1" && shift ;;
  esac
done
versions=${versions:-2.10.3 3.0.6 3.3.1}

# share KIND: its part of the cases, in hundredths. A search in Airflow 3 takes a hundred times as long as reading a URI.
share() {
  case $1 in
  uri | json) echo 25 ;;
  fields | backend | hook) echo 15 ;;
  search) echo 5 ;;
  esac
}

work=$(mktemp -d)
total=0
for kind in $kinds; do total=$((total + $(share "$kind"))); done
set -- $versions
echo "seed $seed, $cases cases, Airflow $*"
(cd "$here/../.." && go build -o "$work/oracle" ./tools/oracle)

status=0
for version in "$@"; do
  python=$("$here/airflow/install.sh" "$version")
  for kind in $kinds; do
    n=$(((cases * $(share "$kind") + total * $# - 1) / (total * $#)))
    file=$work/$version-$kind
    python3 "$here/airflow/cases.py" "$seed" "$n" "$kind" >"$file.cases"
    "$python" "$here/airflow/oracle.py" <"$file.cases" >"$file.airflow"
    "$work/oracle" -airflow "$version" <"$file.cases" >"$file.aircon"
    echo "Airflow $version, $kind:"
    if python3 "$here/airflow/agree.py" --cases "$file.cases" "$file.airflow" "$file.aircon"; then
      rm "$file".*
    else
      status=1
    fi
  done
done
if [ $status -eq 0 ]; then
  rm -r "$work"
  echo "all agree (seed $seed)"
else
  echo "some differ (seed $seed); their cases and answers are in $work" >&2
fi
exit $status
