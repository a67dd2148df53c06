#!/bin/sh
# Runs every fuzz target for a while, one after the other, and stops at the first finding. Go leaves the input that found it under the
# package's testdata/fuzz, where it is a test from then on.
#
#   scripts/fuzz.sh TIME [PATTERN]    such as 30s, 10m; PATTERN chooses targets by name
set -eu
cd "$(dirname "$0")/.."

time=${1?usage: scripts/fuzz.sh TIME [PATTERN]}
pattern=${2-.}
count=0
for file in $(grep -rl --include='*_test.go' '^func Fuzz' . | grep -v '^\./\.cache/' | sort); do
	for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$file" | grep -e "$pattern" || true); do
		echo "== $target in $(dirname "$file"), $time"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" "$(dirname "$file")"
		count=$((count + 1))
	done
done
echo "== $count fuzz targets, no finding"
