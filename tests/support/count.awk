# SPDX-License-Identifier: Apache-2.0
# awk -f count.awk kind=cases CASES... kind=results RESULTS... kind=tests JUNIT: counts cases, says
# which failed or were skipped, and ends with "N passed, N failed" and, if there are some,
# ", N skipped". Exits with 1 if any failed or nothing ran, and with ci=1 if any was skipped.
#
# CASES are what discover_tests.cmake lists, RESULTS what tests/support/main.cpp writes, JUNIT what
# ctest writes. A case that is listed and has no result failed: its process ended before.
BEGIN { FS = "\t" }

kind == "cases" {
  listed[$1, ++many[$1]] = $2
  file[$1] = $3
}

kind == "results" {
  path = FILENAME
  sub(/.*\//, "", path)
  result[path, $2] = $1
  reason[path, $2] = $3
}

# <testcase name="unit: backoff_test" classname="unit: backoff_test" time="0.03" status="run">
kind == "tests" && /<testcase / {
  test = attribute("name")
  status = attribute("status")
  order[++tests] = test
  state[test] = status == "run" ? "passed" : status == "fail" ? "failed" : "not run"
}
kind == "tests" && /<skipped message="(SKIP_|Disabled)/ { state[test] = "skipped" }

function attribute(name,   text) {
  text = $0
  if (!sub(".* " name "=\"", "", text)) return ""
  sub(/".*/, "", text)
  gsub(/&quot;/, "\"", text)
  gsub(/&apos;/, "'", text)
  gsub(/&lt;/, "<", text)
  gsub(/&gt;/, ">", text)
  gsub(/&amp;/, "\\&", text)
  return text
}

function tell(how, name, why) {
  ++total[how]
  if (how != "passed") print how ": " name (why == "" ? "" : " (" why ")")
}

function tell_cases(test,   i, name, how, blamed) {
  for (i = 1; i <= many[test]; ++i) {
    name = listed[test, i]
    how = result[file[test], name]
    if (how == "") how = "failed"
    if (how == "failed") blamed = 1
    tell(how, test (index(test, name) ? "" : ": " name),
         result[file[test], name] == "" ? "it did not run to its end" : reason[file[test], name])
  }
  # A time-out or a leak: no case is to blame, and the process failed all the same.
  if (state[test] != "passed" && !blamed) tell("failed", test, "its process failed")
}

END {
  for (i = 1; i <= tests; ++i) {
    test = order[i]
    if (test in many)
      tell_cases(test)
    else
      tell(state[test] == "not run" ? "failed" : state[test], test, state[test] == "not run" ? "not run" : "")
  }
  if (!tests) print "no test ran"
  printf "%d passed, %d failed", total["passed"], total["failed"]
  if (total["skipped"]) printf ", %d skipped", total["skipped"]
  print ""
  exit !tests || total["failed"] || (ci && total["skipped"])
}
