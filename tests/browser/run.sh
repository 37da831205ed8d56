#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the browser's tests: run.sh TROUPE FOLDER [NAME...]. NAME selects NAME.test.mjs. The folder
# keeps npm's packages and a copy of the tests.
# With TROUPE_WRITE_SCREENSHOTS=1, `screenshots` and `photos` also write docs/screenshots/*.png.
set -euo pipefail

troupe=$(realpath "$1")
folder=$2
shift 2
here=$(cd "$(dirname "$0")" && pwd)

missing() {
  echo "The browser's tests need $1; scripts/setup --test installs it." >&2
  # Where nobody reads what was skipped, it must not be skipped.
  [[ -n ${CI-} ]] && exit 1
  exit 77
}
command -v node >/dev/null || missing "Node.js"
command -v npm >/dev/null || missing "npm"
chromium=$(command -v chromium || command -v chromium-browser) || missing "chromium"

# Files that are run side by side share the folder: one prepares it, and what is up to date is not
# touched while another reads it.
mkdir -p "$folder"
cd "$folder"
exec 9>.lock
flock 9
cp -u "$here"/*.mjs "$here"/package.json "$here"/package-lock.json "$here"/.npmrc .
if ! cmp -s package-lock.json node_modules/.installed-lock; then
  npm ci --ignore-scripts --no-audit --no-fund
  cp package-lock.json node_modules/.installed-lock
fi
exec 9>&-

files=(./*.test.mjs)
[[ $# -eq 0 ]] || files=("${@/%/.test.mjs}")
export TROUPE=$troupe CHROMIUM=$chromium SOURCES=$here/../../web/src
export SCREENSHOTS=${TROUPE_WRITE_SCREENSHOTS:+$here/../../docs/screenshots}
exec node --test --test-reporter=spec --test-concurrency=1 "${files[@]}"
