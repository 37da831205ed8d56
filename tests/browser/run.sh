#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the browser's tests: run.sh TROUPE FOLDER. The folder keeps npm's packages.
# With TROUPE_WRITE_SCREENSHOTS=1 they also write docs/screenshots/*.png.
set -euo pipefail

troupe=$1
folder=$2
here=$(cd "$(dirname "$0")" && pwd)

missing() {
  echo "The browser's tests need $1; scripts/setup --dev installs it." >&2
  # Where nobody reads what was skipped, it must not be skipped.
  [[ -n ${CI-} ]] && exit 1
  exit 77
}
command -v node >/dev/null || missing "Node.js"
command -v npm >/dev/null || missing "npm"
chromium=$(command -v chromium || command -v chromium-browser) || missing "chromium"

mkdir -p "$folder"
cp "$here"/*.mjs "$here"/package.json "$here"/package-lock.json "$here"/.npmrc "$folder"
cd "$folder"
if ! cmp -s package-lock.json node_modules/.installed-lock; then
  npm ci --ignore-scripts --no-audit --no-fund
  cp package-lock.json node_modules/.installed-lock
fi

export TROUPE=$troupe CHROMIUM=$chromium SOURCES=$here/../../web/src
export SCREENSHOTS=${TROUPE_WRITE_SCREENSHOTS:+$here/../../docs/screenshots}
exec node --test --test-reporter=spec --test-concurrency=1 ./*.test.mjs
