#!/bin/sh
# Installs what `make dev` and `make test` need beside Go, and says so: the Postgres server's binaries. Nothing is
# started and nothing is configured; the project runs a private server of its own.
set -eu

have_postgres() {
	[ -n "${DEVPG_BIN:-}" ] && [ -x "$DEVPG_BIN/initdb" ] && return 0
	command -v initdb >/dev/null 2>&1 && command -v postgres >/dev/null 2>&1 && return 0
	for dir in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql*/bin /usr/local/opt/postgresql*/bin /Applications/Postgres.app/Contents/Versions/latest/bin; do
		[ -x "$dir/initdb" ] && return 0
	done
	return 1
}

as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else
		echo "+ sudo $*"
		sudo "$@"
	fi
}

if ! command -v go >/dev/null 2>&1; then
	echo "Go is missing: install Go 1.26 or newer from https://go.dev/dl/" >&2
	exit 1
fi

# Tests may use another server: then no binaries are needed.
if [ -n "${TEST_DATABASE_URL:-}" ] && [ "${1:-}" = test ]; then exit 0; fi
if have_postgres; then exit 0; fi

echo "Postgres is missing on this machine; installing its binaries with the system's package manager."
if command -v apt-get >/dev/null 2>&1; then
	# Keep Debian from creating and starting a cluster of its own: only the binaries are wanted.
	if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
		as_root mkdir -p /etc/postgresql-common
		echo "create_main_cluster = false" | as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
	fi
	as_root apt-get update -q
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q postgresql
elif command -v dnf >/dev/null 2>&1; then
	as_root dnf install -y postgresql-server
elif command -v apk >/dev/null 2>&1; then
	as_root apk add postgresql
elif command -v pacman >/dev/null 2>&1; then
	as_root pacman -S --noconfirm postgresql
elif command -v brew >/dev/null 2>&1; then
	brew install postgresql
else
	echo "No package manager known here. Install Postgres 15 or newer, or set DEVPG_BIN to the folder with initdb." >&2
	exit 1
fi
have_postgres || { echo "Postgres was installed, but initdb is not where it was expected. Set DEVPG_BIN to its folder." >&2; exit 1; }
