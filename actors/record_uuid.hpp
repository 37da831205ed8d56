// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <random>
#include <string>

#include "messages/time.hpp"

namespace troupe {

/// Makes ids of records: UUIDs of version 7 (RFC 9562), which sort by the time they were made at.
/// The 12 bits behind the milliseconds hold the fraction of the millisecond (method 3 of the RFC),
/// the other 62 are random.
class record_uuid {
public:
  explicit record_uuid(std::uint64_t seed) : random_{seed} {}

  std::string next(timestamp now);

private:
  std::mt19937_64 random_;
};

} // namespace troupe
