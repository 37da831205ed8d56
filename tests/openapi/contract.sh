#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Holds a server's answers against its OpenAPI document: contract.sh TROUPE FOLDER. The folder keeps
# npm's packages.
set -euo pipefail

TROUPE=$(realpath "$1")
export TROUPE
here=$(cd "$(dirname "$0")" && pwd)

# shellcheck source=tests/openapi/npm_folder.sh
source "$here/npm_folder.sh"
npm_folder "$here" "$2"
exec node --test --test-reporter=spec --test-concurrency=1 ./*.test.mjs
