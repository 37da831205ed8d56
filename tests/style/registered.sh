#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# registered.sh PROGRAM CASES BUILD: every case of a test program belongs to a test that ctest runs,
# and that test runs it.
set -euo pipefail

program=$1
cases=$2
build=$3
compare() {
  diff "$@" >&2 && return
  echo "$program: these cases and what is registered differ" >&2
  exit 1
}

# Its exit status is the number of cases.
compare <(cut -f 2 "$cases" | sort) <("$program" --list-test-names-only | sort || true)
compare <(cut -f 1 "$cases" | sort -u) \
  <(cut -f 1 "$cases" | sort -u | comm -12 - <(ctest --test-dir "$build" -N \
    | sed -n 's/^ *Test *#[0-9]*: //p' | sort -u))

# What a test of a whole file selects is what is listed for it.
while IFS= read -r test; do
  compare <(awk -F '\t' -v test="$test" '$1 == test { print $2 }' "$cases" | sort) \
    <("$program" --filenames-as-tags --list-test-names-only "[#${test#*: }]" | sort || true)
done < <(awk -F '\t' '$1 !~ /: / || substr($1, index($1, ": ") + 2) != $2 { print $1 }' "$cases" \
  | sort -u)
