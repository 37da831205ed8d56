# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# To be sourced: npm_folder SOURCE FOLDER goes to FOLDER, with what SOURCE's tests need of npm.

npm_folder() {
  local source=$1 folder=$2 tool
  for tool in node npm; do
    command -v "$tool" >/dev/null && continue
    echo "These tests need $tool; scripts/setup --test installs it." >&2
    # Where nobody reads what was skipped, it must not be skipped.
    [[ -n ${CI-} ]] && exit 1
    exit 77
  done
  mkdir -p "$folder"
  cp "$source"/*.mjs "$source"/package.json "$source"/package-lock.json "$source"/.npmrc "$folder"
  cd "$folder" || exit
  if ! cmp -s package-lock.json node_modules/.installed-lock; then
    npm ci --ignore-scripts --no-audit --no-fund
    cp package-lock.json node_modules/.installed-lock
  fi
}
