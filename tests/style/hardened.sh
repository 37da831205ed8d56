#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# hardened.sh PROGRAM BUILD: an optimised program has what cmake/hardening.cmake asks for. 77 for a
# build of another kind.
set -euo pipefail
grep -q '^CMAKE_BUILD_TYPE:[A-Z]*=RelWithDebInfo$' "$2/CMakeCache.txt" || exit 77
! grep -q '^CMAKE_CXX_FLAGS.*-fsanitize' "$2/CMakeCache.txt" || exit 77

missing=0
# Says that the program has not what WHAT names.
demand() {
  local what=$1
  shift
  "$@" && return
  echo "$what is missing in $program" >&2
  missing=1
}

program=$1
build=$2
headers=$(readelf --wide --file-header --program-headers --dynamic "$program")
symbols=$(nm --dynamic --demangle "$program")
has() { grep -Eq "$1" <<<"$2"; }
has_not() { ! has "$@"; }

demand "A place in memory that is another each time (PIE)" has '^ +Type: +DYN' "$headers"
demand "A table of functions that is read-only" has 'GNU_RELRO' "$headers"
demand "All functions bound at the start" has 'BIND_NOW|FLAGS_1.*NOW' "$headers"
demand "A stack that is not executed" has 'GNU_STACK.* RW +0x' "$headers"
demand "A canary on the stack" has '__stack_chk_fail' "$symbols"
demand "Bounds of what C functions write (FORTIFY)" has '__(mem|str|vsn|sn|read|recv|fd)[a-z]*_chk' "$symbols"
demand "Looks at indices (_GLIBCXX_ASSERTIONS)" has '__glibcxx_assert_fail' "$symbols"
# Libraries that come compiled have some of their own.
demand "Headers of libraries without their asserts (NDEBUG)" has_not '__assert_fail' \
  "$(nm --undefined-only "$build"/libtroupe_*.a)"
exit "$missing"
