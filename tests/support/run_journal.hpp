// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "actors/handler.hpp"

/// What handlers really did, as they write it down themselves: the independent witness of a cluster
/// test. The processes of a machine share its monotonic clock.
namespace troupe::test {

struct journal_run {
  lease_key lease;
  std::uint32_t attempt = 0;
  std::string node;
  std::chrono::steady_clock::time_point begun{};
  std::optional<std::chrono::steady_clock::time_point>
    ended; ///< none: it was killed, or still runs
};

/// Appends to a journal. Many processes may write to one: a line is one write.
class journal_writer {
public:
  /// Throws when it cannot be opened.
  journal_writer(const std::filesystem::path& file, std::string node);
  ~journal_writer();
  journal_writer(const journal_writer&) = delete;
  journal_writer& operator=(const journal_writer&) = delete;

  void begin(const job_context& job) const;
  void end(const job_context& job) const;

private:
  void write(const job_context& job, const char* what) const;

  int file_;
  std::string node_;
};

/// The runs in the order in which they began.
std::vector<journal_run> read_journal(const std::filesystem::path& file);

/// What handlers of the tests return, so that a stored result says which run it is of.
std::string result_of(const lease_key& lease, const std::string& node);
std::string result_of(const journal_run& run);

} // namespace troupe::test
