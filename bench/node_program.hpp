// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string>

namespace troupe::bench {

/// Runs one node of a cluster with the benchmark's handlers until it is told to stop:
///
/// - `noop` does nothing;
/// - `stamp` takes its payload for the moment when the job was to be sent (nanoseconds of the
///   monotonic clock) and remembers it beside the moment of its own start;
/// - `hold` writes its start to `starts_file` at once and runs until it is stopped.
///
/// Files lie beside the configuration. Returns the exit status.
int run_node(const std::filesystem::path& config_file, const std::string& name);

/// Lines of "node job nanoseconds".
inline constexpr const char* starts_file = "starts";

/// What `stamp` writes at the node's end: lines of "sent started".
std::filesystem::path stamps_file(const std::filesystem::path& directory, const std::string& node);

/// Nanoseconds of the monotonic clock, which all processes of a machine share.
std::int64_t monotonic_ns();

} // namespace troupe::bench
