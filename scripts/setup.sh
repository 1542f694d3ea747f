#!/bin/sh
# Installs what `make dev` and `make test` need beside Go, and says so: the Postgres server's binaries. Nothing is
# started and nothing is configured; the project runs a private server of its own.
set -eu

# Version 15 or newer, in the places that internal/devdb looks at.
fits() {
	[ -x "$1/initdb" ] && [ -x "$1/postgres" ] || return 1
	major=$("$1/postgres" --version 2>/dev/null | sed 's/[^0-9]*\([0-9]*\).*/\1/')
	[ "${major:-0}" -ge 15 ]
}

have_postgres() {
	if [ -n "${DEVPG_BIN:-}" ]; then
		fits "$DEVPG_BIN" && return 0
		echo "DEVPG_BIN has to be the folder that holds initdb and postgres, version 15 or newer: $DEVPG_BIN is not." >&2
		exit 1
	fi
	found=$(command -v initdb 2>/dev/null) && fits "$(dirname "$found")" && return 0
	for dir in /usr/lib/postgresql/*/bin /usr/lib/postgresql*/bin /usr/libexec/postgresql* /usr/pgsql-*/bin \
		/opt/homebrew/opt/postgresql*/bin /usr/local/opt/postgresql*/bin /home/linuxbrew/.linuxbrew/opt/postgresql*/bin \
		/Applications/Postgres.app/Contents/Versions/latest/bin; do
		fits "$dir" && return 0
	done
	return 1
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null 2>&1; then
		echo "+ sudo $*"
		sudo "$@"
	else
		echo "Installing needs root, and there is no sudo here. Run this as root, then try again:" >&2
		echo "    $*" >&2
		exit 1
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
elif command -v zypper >/dev/null 2>&1; then
	as_root zypper --non-interactive install postgresql-server
elif command -v brew >/dev/null 2>&1; then
	brew install postgresql@17
else
	echo "No package manager known here. Install Postgres 15 or newer, or set DEVPG_BIN to the folder with initdb." >&2
	exit 1
fi
have_postgres || {
	echo "What was installed is older than Postgres 15, or not where it was expected. Newer packages: https://www.postgresql.org/download/" >&2
	echo "Where they are elsewhere, set DEVPG_BIN to the folder that holds initdb and postgres." >&2
	exit 1
}
