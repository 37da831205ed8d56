#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Holds a server's answers against its OpenAPI document: contract.sh TROUPE FOLDER. The folder keeps
# npm's packages.
set -euo pipefail

troupe=$1
folder=$2
here=$(cd "$(dirname "$0")" && pwd)

for tool in node npm; do
  command -v $tool >/dev/null && continue
  echo "The contract's tests need $tool; scripts/setup --test installs it." >&2
  # Where nobody reads what was skipped, it must not be skipped.
  [[ -n ${CI-} ]] && exit 1
  exit 77
done

mkdir -p "$folder"
cp "$here"/*.mjs "$here"/package.json "$here"/package-lock.json "$here"/.npmrc "$folder"
cd "$folder"
if ! cmp -s package-lock.json node_modules/.installed-lock; then
  npm ci --ignore-scripts --no-audit --no-fund
  cp package-lock.json node_modules/.installed-lock
fi

export TROUPE=$troupe
exec node --test --test-reporter=spec --test-concurrency=1 ./*.test.mjs
