#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Works with clients that are generated from a server's OpenAPI document: clients.sh TROUPE FOLDER.
# The folder keeps npm's packages.
set -euo pipefail

TROUPE=$(realpath "$1")
export TROUPE
here=$(cd "$(dirname "$0")" && pwd)

# shellcheck source=tests/openapi/npm_folder.sh
source "$here/../npm_folder.sh"
npm_folder "$here" "$2"
rm -rf generated compiled
cp "$here"/*.ts "$here"/tsconfig.json "$here"/../cluster.mjs .
exec node --test --test-reporter=spec clients.test.mjs
