#!/bin/sh
# Runs each package's benchmarks by itself, so that none disturbs another's measurement.
#
#   scripts/bench.sh [PATTERN]    PATTERN as of go test -bench; all by default
set -eu
cd "$(dirname "$0")/.."

pattern=${1-.}
echo "== $(go version), $(getconf _NPROCESSORS_ONLN 2>/dev/null || echo '?') cores"
for package in $(grep -rl --include='*_test.go' '^func Benchmark' . | grep -v '^\./\.cache/' | xargs -n 1 dirname | sort -u); do
	echo "== $package"
	go test -run '^$' -bench "$pattern" -benchmem -count 1 -timeout 30m "$package"
done
