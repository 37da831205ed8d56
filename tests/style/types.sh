#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# types.sh WEB FOLDER: the dashboard's sources in WEB have no error of types. FOLDER has the packages
# of its build; they are found from copies of the sources beside them.
set -euo pipefail

web=$1
folder=$2

if [[ ! -d $folder/node_modules ]]; then
  echo "$folder has no packages: the dashboard was not built" >&2
  exit 77
fi
rm -rf "$folder/types"
mkdir "$folder/types"
cp -r "$web/src" "$web/tsconfig.json" "$folder/types"
cd "$folder/types"
exec node ../node_modules/typescript/bin/tsc --noEmit
