#!/bin/sh
# Prints the path of a Python that has the packages of a requirements file. pip or uv brings them at first, into this user's cache and nowhere else.
#
#   scripts/python.sh tools/replay/requirements.txt
set -eu

wanted=$1
case "$(uname -s)" in
Darwin) cache=$HOME/Library/Caches ;;
*) cache=${XDG_CACHE_HOME:-$HOME/.cache} ;;
esac

python=
for candidate in python3 python3.14 python3.13 python3.12 python3.11 python3.10 python; do
	minor=$($candidate -c 'import sys; sys.version_info < (3, 10) and sys.exit(1); print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
	python=$(command -v $candidate) && break
done
if [ -z "$python" ]; then
	echo "python.sh: no Python 3.10 or later on this machine: install one (Debian, Ubuntu: sudo apt-get install python3-venv)" >&2
	exit 1
fi

dir=$cache/aircon/python/$minor-$(cksum <"$wanted" | cut -d' ' -f1)
[ ! -x "$dir/python" ] || { echo "$dir/python" && exit 0; }

new=$dir.$$
rm -rf "$new"
mkdir -p "$new"
trap 'rm -rf "$new"' EXIT
export PIP_ROOT_USER_ACTION=ignore PIP_DISABLE_PIP_VERSION_CHECK=1
echo "bringing $(tr '\n' ' ' <"$wanted")into $dir" >&2
if command -v uv >/dev/null && uv --version >/dev/null 2>&1; then
	uv pip install --quiet --python "$python" --compile-bytecode --target "$new" -r "$wanted" >&2
elif "$python" -m pip --version >/dev/null 2>&1; then
	"$python" -m pip install --quiet --target "$new" -r "$wanted" >&2
elif "$python" -m venv "$new/pip" >/dev/null 2>&1; then
	"$new/pip/bin/python" -m pip install --quiet --target "$new" -r "$wanted" >&2
else
	echo "python.sh: $python has neither pip nor venv, and there is no uv: install one of them (Debian, Ubuntu: sudo apt-get install python3-venv)" >&2
	exit 1
fi
printf '#!/bin/sh\nPYTHONPATH=%s PYTHONNOUSERSITE=1 exec %s -B "$@"\n' "'$dir'" "'$python'" >"$new/python"
chmod +x "$new/python"
rm -rf "$dir"
mv "$new" "$dir"
echo "$dir/python"
