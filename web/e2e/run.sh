#!/usr/bin/env bash
# Starts the program with a demo district of its own and drives its console.
set -euo pipefail
cd "$(dirname "$0")/.."
dir=$(mktemp -d "${TMPDIR:-/tmp}/gridward-e2e-XXXXXX")
chmod 755 "$dir"
GRIDWARD_DIR="$dir" GRIDWARD_ADDR=127.0.0.1:0 ../bin/gridward serve --demo >"$dir/out" 2>"$dir/log" &
pid=$!
finish() {
  kill "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
  rm -rf "$dir"
}
trap finish EXIT
for _ in $(seq 240); do
  grep -q 'token is kept' "$dir/out" && break
  kill -0 "$pid" 2>/dev/null || { cat "$dir/log" >&2; exit 1; }
  sleep 0.5
done
GRIDWARD_URL=$(sed -n 's/^Gridward serves on //p' "$dir/out")
export GRIDWARD_URL
GRIDWARD_TOKEN=$(cat "$dir/demo-token")
export GRIDWARD_TOKEN
export GRIDWARD_DIR="$dir"
npm run --silent e2e
