#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# symbols.sh BUILD: no two libraries of the build define the same function or variable. The linker
# takes whichever comes first, and so tests one and ships the other.
set -euo pipefail

find "$1" -name 'lib*.a' -print0 | sort -z \
  | while IFS= read -r -d '' library; do
      # Strong ones only: templates and inline functions may be everywhere.
      nm --defined-only --demangle "$library" 2>/dev/null \
        | awk -v library="${library##*/}" '$2 ~ /^[TDBR]$/ { $1 = $2 = ""; print $0 "\t" library }' \
        | sort -u
    done | awk -F '\t' '
      { libraries[$1] = libraries[$1] " " $2; ++count[$1] }
      END {
        for (symbol in count)
          if (count[symbol] > 1) { print symbol ":" libraries[symbol]; ++found }
        exit found > 0
      }' >&2 || {
  echo "These are defined by more than one library" >&2
  exit 1
}
