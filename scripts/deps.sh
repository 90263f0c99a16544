#!/usr/bin/env bash
# Installs Debian packages whose file is missing: deps.sh package=file …
# Says what it does; uses sudo only when it is not root.
set -euo pipefail
missing=()
for pair in "$@"; do
  [ -e "${pair#*=}" ] || missing+=("${pair%%=*}")
done
[ ${#missing[@]} -gt 0 ] || exit 0
echo "installing Debian packages: ${missing[*]}"
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "these packages need root: apt-get install ${missing[*]}" >&2; exit 1; }
  as_root=(sudo)
fi
# The packaged PostgreSQL must not start a server of its own: Gridward runs its own.
"${as_root[@]}" mkdir -p /etc/postgresql-common
[ -e /etc/postgresql-common/createcluster.conf ] || echo "create_main_cluster = false" | "${as_root[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends -o Dpkg::Options::=--force-confold "${missing[@]}" >/dev/null
