#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The rules of the house that a program can check: check.sh CHECK [ROOT].
# Prints each place that breaks the rule and exits with 1.
#
# Without pipefail: a grep that finds nothing is good news here, and expect_none decides.
set -eu
cd "${2:-$(dirname "$0")/../..}"

folders=()
for folder in messages persistence actors gateway node apps bench tests; do
  [[ -d $folder ]] && folders+=("$folder")
done

sources() {
  find "${folders[@]}" \( -name '*.hpp' -o -name '*.cpp' \) "$@" | sort
}

# Prints "file:line:code" of each line that matches the expression $1 outside comments; reads the
# files' names from stdin.
find_code() {
  xargs awk -v pattern="$1" '
    { code = $0; sub(/\/\/.*/, "", code) }
    code ~ pattern { print FILENAME ":" FNR ": " $0 }'
}

# Succeeds when stdin is empty; else shows it below the rule $1.
expect_none() {
  local found
  found=$(cat)
  [[ -z $found ]] && return 0
  printf '%s\n%s\n' "$1" "$found" >&2
  return 1
}

check_files_are_short() {
  sources | xargs awk '
    FNR == 501 { print FILENAME }' | expect_none "These files have more than 500 lines:"
}

# The code is formatted, so that a function's closing brace stands where its first line begins: at
# column 0, or in a class at column 2.
check_functions_are_short() {
  sources | xargs awk '
    function report(from) {
      if (from && FNR - from + 1 > 70) print FILENAME ":" from ": " FNR - from + 1 " lines"
    }
    FNR == 1 { head = outer = inner = called = 0 }
    /^[A-Za-z_~]/ && !outer {
      if (!head) { head = FNR; word = $1 }
      if (/^(namespace|struct|class|enum|union|extern|template)[ {]/ || /[;:]$/) head = 0
    }
    /^$/ && !outer { head = 0 }
    head && /\(/ { called = head }
    /\{$/ && head && head == called && !outer && !/= *\{$/ { outer = head; head = 0 }
    /^  [A-Za-z_~].*[^=] \{$/ && !outer { inner = FNR }
    /^  \}/ { report(inner); inner = 0 }
    /^\}/ { report(outer); head = outer = inner = 0 }' \
    | expect_none "These functions have more than 70 lines:"
}

check_lines_fit_a_screen() {
  sources | xargs awk '
    length($0) > 100 { print FILENAME ":" FNR }' | expect_none "These lines are longer than 100:"
}

check_layers_include_only_what_stands_left_of_them() {
  local allowed layer
  {
    allowed=""
    for layer in messages persistence actors gateway node; do
      allowed+="${allowed:+|}$layer"
      find "$layer" \( -name '*.hpp' -o -name '*.cpp' \) -print0 \
        | xargs -0 awk -v allowed="^($allowed)/" '
            /^#include "/ {
              path = $2
              gsub(/"/, "", path)
              if (path !~ allowed) print FILENAME ":" FNR ": " path
            }'
    done
    # A program includes no other program, and nothing includes tests or benchmarks.
    sources | grep -v '^\(tests\|bench\)/' | xargs grep -nE '#include "(tests|bench)/' || true
    find apps/troupe -name '*.[ch]pp' 2>/dev/null | xargs -r grep -n '#include "apps/photos' || true
    find apps/photos -name '*.[ch]pp' 2>/dev/null | xargs -r grep -n '#include "apps/troupe' || true
  } | expect_none "These includes do not go left in messages <- persistence <- actors <- node <- apps:"
}

check_includes_name_the_path_from_the_root() {
  local name path
  sources | xargs awk '/^#include "/ { gsub(/"/, "", $2); print FILENAME, $2 }' \
    | while read -r name path; do
        [[ -f $path ]] || echo "$name: $path"
      done | expect_none "These includes name no file from the root:"
}

# The style keeps own headers first, and the build proves by that that they are self-contained.
check_a_source_includes_its_own_header_first() {
  local source header
  sources -name '*.cpp' | while read -r source; do
    header=${source%.cpp}.hpp
    [[ -f $header ]] || continue
    [[ $(grep -m 1 '^#include' "$source") == "#include \"$header\"" ]] || echo "$source"
  done | expect_none "The first include of these is not their own header:"
}

# A script's first line says who runs it, so that the licence is its second.
check_sources_say_their_licence() {
  git ls-files | grep -E '(\.(cpp|hpp|ts|tsx|mjs|css|lua|py|sh|cmake)|CMakeLists\.txt)$|^scripts/|^\.ci/' \
    | while read -r file; do
        head -n 2 "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0' || echo "$file"
      done | expect_none "These do not say 'SPDX-License-Identifier: Apache-2.0' at their start:"
}

check_headers_have_a_guard() {
  sources -name '*.hpp' | xargs grep -L '^#pragma once$' \
    | expect_none "These headers have no '#pragma once':"
}

check_nothing_is_left_to_do() {
  # This file has to name the words.
  grep -rnE '\b(TODO|FIXME|XXX|HACK)\b' "${folders[@]}" cmake config scripts docs CMakeLists.txt \
    README.md --exclude=check.sh 2>/dev/null | expect_none "These are left to do:"
}

# Actors take time from the actor clock. The three classes run programs and handlers on threads of
# their own, where no actor clock exists, and the HTTP server dates its answers on its thread.
check_only_programs_and_threads_read_the_clock() {
  sources \
    | grep -vE '^(node|apps|bench|tests)/|^actors/(handler_pool|child_process|exec_handler)[._]' \
    | grep -vE '^gateway/(http_connection|http_server|response_head)\.' \
    | find_code '(steady|system|high_resolution)_clock::now' \
    | grep -v '^actors/environment\.cpp:' | expect_none "These read a clock:"
}

check_only_spawn_blocking_detaches() {
  sources | grep -vE '^actors/spawn\.hpp$' | find_code '(caf::|<|,) *detached' \
    | expect_none "These spawn detached actors without actors/spawn.hpp:"
}

# The deadlines of requests are the one place that counts the time itself.
check_nothing_waits_for_ever() {
  sources | grep -vE '^(tests/|actors/request_deadlines.hpp)' | find_code '(^|[^a-z_])infinite([^a-z_]|$)' \
    | expect_none "These requests have no time-out:"
}

check_only_node_uses_blocking_network_calls() {
  sources | grep -vE '^(node|tests)/' \
    | find_code 'remote_actor *[(<]|remote_group|remote_spawn|middleman\(\)\.(connect|publish|open)' \
    | expect_none "These block on the network:"
}

# ".then(" and ".await(" need two arguments: what to do with the answer, and with the error.
check_every_request_handles_its_error() {
  sources | xargs awk '
    FNR == 1 { depth = 0 }
    {
      line = $0
      sub(/\/\/.*/, "", line)
      gsub(/"([^"\\]|\\.)*"/, "", line)
      for (i = 1; i <= length(line); i++) {
        c = substr(line, i, 1)
        if (depth == 0) {
          if (match(substr(line, i), /^\.(then|await)\(/)) {
            where = FILENAME ":" FNR
            depth = 1
            commas = 0
            i += RLENGTH - 1
          }
        } else if (index("([{", c)) {
          depth++
        } else if (index(")]}", c)) {
          if (--depth == 0 && commas == 0) print where
        } else if (c == "," && depth == 1) {
          commas++
        }
      }
    }' | expect_none "These requests have no error handler:"
}

check_the_readme_shows_the_example_that_compiles() {
  awk '/^```$/ { shown = 0 } shown; /^```cpp$/ && !found++ { shown = 1 }' README.md | diff - <(tail -n +2 apps/example/main.cpp) \
    | expect_none "README.md and apps/example/main.cpp differ:"
}

check_the_readme_names_files_that_exist() {
  local path
  grep -ohE '\]\([^)#:]+\)' README.md docs/*.md docs/decisions/*.md | tr -d '()]' | sort -u \
    | while read -r path; do
        [[ -e $path || -e docs/$path || -e docs/decisions/$path ]] || echo "$path"
      done | expect_none "The documents point to files that are not there:"
}

# CMake splits lists at a semicolon, and Catch selects by the others: such a case would never run.
check_names_of_tests_are_plain() {
  find tests -name '*.[ch]pp' -print0 | xargs -0 awk '
    /(TEST_CASE|FOR_EACH_ENGINE)[A-Z_]*\(/ && !/#define/ { inside = 1; text = "" }
    inside {
      text = text $0
      if (/\{ *$/) {
        inside = 0
        name = ""
        while (match(text, /"([^"\\]|\\.)*"/)) {
          name = name substr(text, RSTART + 1, RLENGTH - 2)
          text = substr(text, RSTART + RLENGTH)
        }
        if (name ~ /[;*\\]|\[|\]/) print FILENAME ":" FNR ": " name
      }
    }' | expect_none "These names of tests have one of ; [ ] * and \\:"
}

# What only warns counts as passed.
check_tests_say_that_they_are_skipped() {
  find tests -name '*.[ch]pp' ! -path 'tests/support/skip.cpp' | sort \
    | find_code '(WARN|SUCCEED)\\("[^"]*(skip|missing)' \
    | expect_none "These skip a test without tests/support/skip.hpp:"
}

check_no_path_of_one_machine() {
  grep -rnIE '(^|[^A-Za-z0-9_.$}])/(home|root|work|Users)/' "${folders[@]}" cmake config scripts docs \
    .ci CMakeLists.txt README.md --exclude=check.sh 2>/dev/null \
    | expect_none "These paths exist on one machine only:"
}

check_formatting() {
  scripts/format --check
}

check=check_${1:?check.sh CHECK [ROOT]}
if ! declare -F "$check" >/dev/null; then
  echo "check.sh: no check '$1'; there are:" >&2
  declare -F | sed -n 's/^declare -f check_/  /p' >&2
  exit 2
fi
"$check"
