#!/bin/sh
# Runs every fuzz target for a while, and stops at the first finding. Go leaves the input that found it under the package's testdata/fuzz, where
# it is a test from then on.
#
#   scripts/fuzz.sh TIME [PATTERN]         such as 30s, 10m; PATTERN chooses targets by name
#   JOBS=4 scripts/fuzz.sh TIME [PATTERN]  so many at once, each with one worker; 1 by default, with a worker a core
set -eu
cd "$(dirname "$0")/.."

time=${1?usage: scripts/fuzz.sh TIME [PATTERN]}
pattern=${2-.}
jobs=${JOBS:-1}
workers=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)
[ "$jobs" = 1 ] || workers=1

targets=$(mktemp)
trap 'rm -f "$targets"' EXIT
for file in $(grep -rl --include='*_test.go' '^func Fuzz' . | grep -v '^\./\.cache/' | sort); do
	sed -n "s|^func \(Fuzz[A-Za-z0-9_]*\)(.*|$(dirname "$file") \1|p" "$file"
done | grep -e "$pattern" >"$targets"
# A target that ends with 255 makes xargs start no further one.
xargs -P "$jobs" -n 2 sh -c '
	echo "== $3 in $2, '"$time"'"
	said=$(go test -run "^$" -fuzz "^$3\$" -fuzztime "$0" -parallel "$1" "$2" 2>&1) || { echo "$said"; exit 255; }
	echo "$said" | grep "^fuzz: elapsed" | tail -n 1 | sed "s|^fuzz:|   $3 in $2:|"
' "$time" "$workers" <"$targets"
echo "== $(wc -l <"$targets" | tr -d " ") fuzz targets, no finding"
