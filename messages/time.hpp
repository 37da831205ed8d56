// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>

namespace troupe {

/// Wall-clock time as it is stored, sent and shown: microseconds since 1970 (UTC).
///
/// Leases and time-outs never compare wall clocks of two hosts: they are durations, counted by
/// each side on its own monotonic clock.
using timestamp = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;

/// A length of time as it is configured, stored and sent.
using milliseconds = std::chrono::milliseconds;

} // namespace troupe
