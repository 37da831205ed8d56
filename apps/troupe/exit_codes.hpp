// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "messages/errors.hpp"

namespace troupe {

/// How commands end. Scripts rely on these: docs/cli.md has the same list.
inline constexpr int exit_ok = 0;
inline constexpr int exit_failed = 1;        ///< refused or failed; nothing more was done
inline constexpr int exit_usage = 2;         ///< wrong command line or configuration
inline constexpr int exit_unreachable = 3;   ///< no cluster answers
inline constexpr int exit_not_succeeded = 4; ///< some of the jobs waited for did not succeed
inline constexpr int exit_timed_out = 5;     ///< no answer in time: it may have taken effect
inline constexpr int exit_interrupted = 130; ///< stopped by Ctrl-C

/// The exit code that stands for a refusal or failure.
constexpr int exit_code_of(errc code) noexcept {
  switch (code) {
  case errc::config_invalid:
    return exit_usage;
  case errc::unavailable:
  case errc::incompatible_version:
    return exit_unreachable;
  case errc::timed_out:
    return exit_timed_out;
  default:
    return exit_failed;
  }
}

} // namespace troupe
