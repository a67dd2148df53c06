#!/usr/bin/env bash
# Makes one virtual environment for each Airflow version named, with the packages that Amazon MWAA pins (pins/).
#
#   ./install.sh 2.10.3 3.3.1        these two
#   ./install.sh all                 all eight
#
# Prints the path of each environment's python, one a line. The environments lie in
# $AIRFLOW_ORACLE_DIR (default ~/.cache/airflow-oracle), one folder a version. A second run
# finds them and returns at once. Python interpreters are looked for and never downloaded.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
dir=${AIRFLOW_ORACLE_DIR:-$HOME/.cache/airflow-oracle}
all="2.9.2 2.10.1 2.10.3 2.11.0 2.11.2 3.0.6 3.2.1 3.3.1"

# plan VERSION sets: pins (the file with every package's version), minors (pythons, best first).
plan() {
  pins=$here/pins/$1.txt
  [ -f "$pins" ] || {
    echo "install.sh: no pins for Airflow $1 (known: $all)" >&2
    return 2
  }
  case $1 in
  2.9.* | 2.10.*) minors="3.11 3.12 3.10" ;;
  *) minors="3.12 3.11 3.10" ;;
  esac
}

# runs PYTHON MINOR: whether that interpreter starts and is of that version.
runs() {
  "$1" -c 'import sys; sys.exit("%d.%d" % sys.version_info[:2] != sys.argv[1])' "$2" >/dev/null 2>&1
}

# find_python MINOR...: prints the first interpreter found.
find_python() {
  local minor p
  for minor in "$@"; do
    while read -r p; do
      if [ -n "$p" ] && runs "$p" "$minor"; then
        echo "$p"
        return 0
      fi
    done < <(
      ls -d "${PYENV_ROOT:-$HOME/.pyenv}/versions/$minor."*/bin/python 2>/dev/null | sort -rV
      type -ap "python$minor" python3 python || true
    )
  done
  return 1
}

find_uv() {
  if uv --version >/dev/null 2>&1; then
    echo uv
  else
    [ -x "$dir/uv/bin/uv" ] || { python3 -m venv "$dir/uv" && "$dir/uv/bin/pip" install -q uv; } >&2
    echo "$dir/uv/bin/uv"
  fi
}

[ $# -gt 0 ] || {
  echo "usage: install.sh VERSION... | all" >&2
  exit 2
}
[ "$1" != all ] || set -- $all
mkdir -p "$dir"

for version in "$@"; do
  plan "$version"
  venv=$dir/$version
  if ! cmp -s "$pins" "$venv/.pins"; then
    python=$(find_python $minors) || {
      echo "install.sh: Airflow $version needs one of python $minors, and none was found" >&2
      exit 1
    }
    uv=$(find_uv)
    echo "installing Airflow $version with $python" >&2
    rm -rf "$venv"
    export UV_PYTHON_DOWNLOADS=never
    "$uv" venv -q "$venv" --python "$python"
    "$uv" pip install -q --python "$venv/bin/python" -r "$pins" >&2
    cp "$pins" "$venv/.pins"
  fi
  echo "$venv/bin/python"
done
