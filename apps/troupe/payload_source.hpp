// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <istream>
#include <optional>
#include <string>

#include "messages/errors.hpp"

namespace troupe {

/// Where the payloads of new jobs come from, one after another.
class payload_source {
public:
  /// The same payload `copies` times.
  payload_source(std::string payload, std::uint64_t copies);

  /// Each line of `lines` that is not blank, `copies` times. `lines` must outlive this.
  payload_source(std::istream& lines, std::uint64_t copies);

  std::optional<std::string> next();

  /// From now on there are no more.
  void stop() { stopped_ = true; }

  /// How many there are; 0: unknown.
  std::uint64_t total() const { return lines_ ? 0 : copies_; }

private:
  bool read_line();

  std::istream* lines_ = nullptr;
  std::string payload_;
  std::uint64_t copies_;
  std::uint64_t left_; ///< of the current payload
  bool stopped_ = false;
};

/// Refuses text that is no JSON, and says where it stops being some.
result<void> check_json(const std::string& text);

} // namespace troupe
