#!/bin/sh
# Prints the directory of a Python with boto3 and of the aws command, both as pip installs them, and brings them into .cache/clients at first.
set -eu
cd "$(dirname "$0")/.."

dir=$(pwd)/.cache/clients
wanted='boto3==1.43.11 awscli==1.45.11'
if [ "$(cat "$dir/.complete" 2>/dev/null)" != "$wanted" ]; then
	python=
	for candidate in python3 python; do
		command -v $candidate >/dev/null && $candidate -c 'import sys; sys.exit(sys.version_info < (3, 10))' && python=$candidate && break
	done
	if [ -z "$python" ]; then
		echo "clients.sh: no Python 3.10 or later on this machine: install one (Debian, Ubuntu: sudo apt-get install python3-venv)" >&2
		exit 1
	fi
	echo "bringing $wanted into $dir" >&2
	rm -rf "$dir"
	$python -m venv "$dir"
	# shellcheck disable=SC2086 # two requirements
	"$dir/bin/pip" install --quiet --disable-pip-version-check $wanted >&2
	echo "$wanted" >"$dir/.complete"
fi
echo "$dir/bin"
