#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# packages.sh ROOT BUILD: every header of others that the build in BUILD used belongs to a package
# that scripts/setup names, or to one that such a package depends on. What only happens to be on the
# machine would be missing on a fresh one.
set -euo pipefail

root=$1
build=$2

if ! command -v dpkg-query >/dev/null; then
  echo "this is no Debian" >&2
  exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Ninja's log of dependencies: what the compiler has read, indented below each object file.
ninja -C "$build" -t deps | sed -n 's/^    \(\/.*\)/\1/p' | sort -u \
  | grep -v -e "^$root/" -e "^$build/" | xargs -r realpath -s | sort -u >"$folder/headers" || true
if [[ ! -s $folder/headers ]]; then
  echo "Ninja knows no headers that $build was made of" >&2
  exit 1
fi

# "package:amd64, other: /usr/include/x.h"
xargs dpkg-query -S <"$folder/headers" 2>/dev/null >"$folder/owned" || true
sed 's/.*: //' "$folder/owned" | sort -u | comm -13 - "$folder/headers" >"$folder/strangers"

# What is installed, and what of it follows from what setup names.
dpkg-query -W -f '${db:Status-Abbrev}\t${Package}\t${Depends}, ${Pre-Depends}\t${Provides}\n' \
  | sed -n 's/^ii *\t//p' >"$folder/installed"
"$root/scripts/setup" --names | awk -F '\t' '
  function names(text, into,   n, i) {
    n = split(text, into, / *[,|] */)
    for (i = 1; i <= n; ++i) sub(/[ :(].*/, "", into[i])
    return n
  }
  FNR == NR {
    depends[$1] = $2
    n = names($3, list)
    for (i = 1; i <= n; ++i) if (list[i] != "") provider[list[i]] = provider[list[i]] " " $1
    next
  }
  { pending[++last] = $1 }
  END {
    for (first = 1; first <= last; ++first) {
      package = pending[first]
      n = split(provider[package], list, " ")
      for (i = 1; i <= n; ++i) if (!(list[i] in known)) pending[++last] = list[i]
      if (package in known || !(package in depends)) continue
      known[package] = 1
      print package
      n = names(depends[package], list)
      for (i = 1; i <= n; ++i) if (list[i] != "" && !(list[i] in known)) pending[++last] = list[i]
    }
  }' "$folder/installed" - | sort -u >"$folder/allowed"

awk -v allowed="$folder/allowed" '
  BEGIN { while ((getline package <allowed) > 0) known[package] = 1 }
  {
    n = split(substr($0, 1, index($0, ": ") - 1), owners, ", ")
    for (i = 1; i <= n; ++i) {
      sub(/:.*/, "", owners[i])
      if (owners[i] in known) next
    }
    print "  " $0
  }' "$folder/owned" >"$folder/others"

if [[ -s $folder/strangers || -s $folder/others ]]; then
  echo "These headers come from no package that scripts/setup names or that follows from one:" >&2
  cat "$folder/others" <(sed 's/^/  no package: /' "$folder/strangers") >&2
  exit 1
fi
echo "$(wc -l <"$folder/headers") headers"
