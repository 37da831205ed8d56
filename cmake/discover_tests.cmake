# SPDX-License-Identifier: Apache-2.0
# cmake -DPROGRAM=... -DLABEL=... -DBY_FILE=... -DBESIDE=... -DPROPERTIES=... -DOUTPUT=...
#   -P discover_tests.cmake:
# asks a program of Catch's which cases it has, and writes
#
#   OUTPUT.cmake   what registers them with ctest: one process a case, or, BY_FILE, one a source file
#   OUTPUT.cases   a line for each case: the name of its test in ctest, its own name, and the file
#                  in the folder `results` beside them where its process writes its result
#
# Catch's own CatchAddTests.cmake splits names with a semicolon into two that match nothing and pass:
# here such a name ends the build.
cmake_minimum_required(VERSION 3.25)

execute_process(COMMAND ${PROGRAM} --list-test-names-only --verbosity high
                OUTPUT_VARIABLE listed ERROR_VARIABLE errors RESULT_VARIABLE status)
# The status is how many there are, cut off to a byte.
if(NOT status MATCHES "^[0-9]+$" OR listed STREQUAL "")
  message(FATAL_ERROR "${PROGRAM} lists no tests (${status}):\n${errors}")
endif()
if(listed MATCHES "[^\n]*[]\\;*[][^\n]*")
  message(FATAL_ERROR "Names of tests must not have any of ; [ ] * and \\, which Catch or CMake take "
                      "for their own:\n${CMAKE_MATCH_0}")
endif()

get_filename_component(folder ${OUTPUT} DIRECTORY)
set(script "")
set(cases "")
set(known "")
set(seconds 300)
if(BY_FILE)
  set(seconds 900)
endif()

# register(TEST SPEC...): the test runs what SPEC selects, of which there must be something.
function(register test)
  string(REGEX REPLACE "[^A-Za-z0-9]+" "_" file "${test}")
  string(SUBSTRING "${file}" 0 60 file)
  string(SHA256 hash "${test}")
  string(SUBSTRING "${hash}" 0 8 hash)
  set(file "${file}.${hash}")
  set(file "${file}" PARENT_SCOPE)
  if(test IN_LIST known)
    return()
  endif()
  list(APPEND known "${test}")
  set(known "${known}" PARENT_SCOPE)
  set(command "[==[${PROGRAM}]==] -w NoTests")
  foreach(word IN LISTS ARGN)
    string(APPEND command " [==[${word}]==]")
  endforeach()
  set(text "add_test([==[${test}]==] ${command})\n")
  string(APPEND text "set_tests_properties([==[${test}]==] PROPERTIES LABELS ${LABEL} TIMEOUT ${seconds} "
                     "ENVIRONMENT_MODIFICATION "
                     "[==[TROUPE_TEST_RESULTS=set:${folder}/results/${file}]==]")
  foreach(word IN LISTS PROPERTIES)
    string(APPEND text " [==[${word}]==]")
  endforeach()
  if(stem IN_LIST BESIDE)
    string(APPEND text " RUN_SERIAL FALSE")
  endif()
  set(script "${script}${text})\n" PARENT_SCOPE)
endfunction()

# A line a case: its name, a tab, "@", and where it stands.
string(REGEX REPLACE "\n$" "" lines "${listed}")
string(REPLACE "\n" ";" lines "${lines}")
foreach(line IN LISTS lines)
  if(NOT line MATCHES "^(.+)\t@.*/([^/]+)\\.[ch]pp[:(][0-9]+")
    message(FATAL_ERROR "${PROGRAM} lists a test in no known form:\n${line}")
  endif()
  set(name "${CMAKE_MATCH_1}")
  set(stem "${CMAKE_MATCH_2}")
  if(BY_FILE)
    set(test "${LABEL}: ${stem}")
    register("${test}" --filenames-as-tags "[#${stem}]")
  else()
    set(test "${LABEL}: ${name}")
    string(REPLACE "," "\\," spec "${name}")
    register("${test}" "${spec}")
  endif()
  string(APPEND cases "${test}\t${name}\t${file}\n")
endforeach()

file(WRITE ${OUTPUT}.cmake "${script}")
file(WRITE ${OUTPUT}.cases "${cases}")
