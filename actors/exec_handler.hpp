// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "actors/handler.hpp"

namespace troupe {

/// A program as a handler.
struct exec_settings {
  std::vector<std::string> command; ///< program and arguments; not empty. Without a '/' the program
                                    ///< is looked up in PATH
  std::string directory;            ///< to run in; empty: the node's
  std::uint64_t output_max = 256 * 1024; ///< bytes of stdout: more fails the attempt
  std::uint64_t error_max = 8 * 1024;    ///< bytes of stderr that are kept, from its end
  milliseconds kill_grace{2000};         ///< from TERM to KILL; below the worker's cancel_grace
};

/// Runs the program once a job: the payload is its stdin, its stdout the result. Its environment
/// has TROUPE_JOB_ID, TROUPE_ATTEMPT, TROUPE_EPOCH and TROUPE_QUEUE on top of the node's, and
/// TROUPE_TRACEPARENT for a job with a trace.
///
/// Exit status 0 is success, 65 (EX_DATAERR) a failure that trying again cannot cure, everything
/// else (75, EX_TEMPFAIL, too) an ordinary failure; its text is the status and the end of stderr.
/// A program that need not read its stdin need not.
///
/// The program leads a process group. When the job is to stop, the group gets SIGTERM, and SIGKILL
/// after `kill_grace`; what is left of the group when the program has ended is killed. Processes
/// that leave the group (`setsid`) are not waited for.
handler make_exec_handler(exec_settings settings);

} // namespace troupe
