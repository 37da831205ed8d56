// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "actors/child_process.hpp"
#include "actors/handler.hpp"
#include "actors/program_limits.hpp"

namespace troupe {

/// A program as a handler.
struct exec_settings {
  std::vector<std::string> command; ///< program and arguments; not empty. Without a '/' the program
                                    ///< is looked up in PATH
  std::string directory;            ///< to run in; empty: the node's
  std::uint64_t output_max = 256 * 1024;  ///< bytes of stdout: more fails the attempt
  std::uint64_t error_max = 8 * 1024;     ///< bytes of stderr that are kept: its beginning and end
  milliseconds kill_grace{5000};          ///< from TERM to KILL
  std::vector<std::string> environment{}; ///< "NAME=value", or "NAME" to pass the node's on
  std::optional<program_user> user{};     ///< whom it runs as; none: as the node
  program_limits limits{};
};

/// Runs the program once a job: the payload is its stdin, its stdout the result. Of the node's
/// environment it has PATH, HOME, LANG, TZ, what begins with TROUPE_, and what the settings name;
/// on top of that TROUPE_JOB_ID, TROUPE_ATTEMPT, TROUPE_EPOCH and TROUPE_QUEUE, and
/// TROUPE_TRACEPARENT for a job with a trace.
///
/// Exit status 0 is success, 65 (EX_DATAERR) a failure that trying again cannot cure, everything
/// else (75, EX_TEMPFAIL, too) an ordinary failure; its text is the status, and the beginning and
/// end of stderr. A program that need not read its stdin need not. One that cannot even be started
/// has not failed: see `outcome::not_started`.
///
/// The program leads a process group. When the job is to stop, the group gets SIGTERM, and SIGKILL
/// after `kill_grace`; how it ends then says nothing about the job. What is left of the group when
/// the program has ended is killed. Processes that leave the group (`setsid`) are not waited for.
handler make_exec_handler(exec_settings settings);

/// Why the program cannot be started on this host as it is now; empty: nothing is known against it.
std::string why_not_startable(const exec_settings& settings);

} // namespace troupe
