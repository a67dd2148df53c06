#!/bin/sh
# Runs each package's benchmarks by itself, so that none disturbs another's measurement, and ends with a table of their medians.
# Each benchmark that has a baseline runs it in turns with itself and reports both, as machines differ and are never quiet.
#
#   scripts/bench.sh [PATTERN]    PATTERN as of go test -bench; all by default
#   COUNT=5 scripts/bench.sh      how often each runs; 3 by default
set -eu
cd "$(dirname "$0")/.."

pattern=${1-.}
count=${COUNT:-3}
AIRCON_BINARY=${AIRCON_BINARY:-$PWD/bin/aircon}
AIRCON_MOTO=${AIRCON_MOTO:-$(scripts/python.sh localaws/testdata/moto.txt)}
export AIRCON_BINARY AIRCON_MOTO
results=$(mktemp)
trap 'rm -f "$results"' EXIT

echo "== $(go version), $(getconf _NPROCESSORS_ONLN 2>/dev/null || echo '?') cores, each $count times"
for package in $(grep -rl --include='*_test.go' '^func Benchmark' . | grep -v '^\./\.cache/' | xargs -n 1 dirname | sort -u); do
	echo "== $package"
	memory=-benchmem
	case $package in ./cmd/*) memory= ;; esac # it would be the memory of the benchmark, not of the process
	go test -tags moto -run '^$' -bench "$pattern" $memory -count "$count" -timeout 60m "$package" >"$results.one" 2>&1 || {
		cat "$results.one"
		rm -f "$results.one"
		exit 1
	}
	grep '^Benchmark' "$results.one" | sed "s|^|$package |" | tee -a "$results" || true
	rm -f "$results.one"
done

echo
echo "== medians of $count"
awk '
function median(text,   v, n, i, j, t) {
	n = split(text, v, " ")
	for (i = 2; i <= n; i++)
		for (j = i; j > 1 && v[j - 1] + 0 > v[j] + 0; j--) { t = v[j]; v[j] = v[j - 1]; v[j - 1] = t }
	return v[int((n + 1) / 2)]
}
{
	name = $2; sub(/^Benchmark/, "", name); sub(/-[0-9]+$/, "", name)
	row = $1 " " name
	if (!(row in seen)) { seen[row] = ++rows; names[rows] = row }
	for (i = 4; i < NF; i += 2) {
		key = row SUBSEP $(i + 1)
		if (!(key in values)) units[row] = units[row] " " $(i + 1)
		values[key] = values[key] " " $i
	}
}
END {
	for (r = 1; r <= rows; r++) {
		split(names[r], at, " ")
		if (at[1] != last) printf "\n%s\n", last = at[1]
		printf "  %s\n", at[2]
		n = split(units[names[r]], unit, " ")
		for (i = 1; i <= n; i++) printf "    %14s  %s\n", median(values[names[r] SUBSEP unit[i]]), unit[i]
	}
}' "$results"
