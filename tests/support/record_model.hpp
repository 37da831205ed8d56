// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tests/support/record_operation.hpp"

namespace troupe::test {

using value_number = std::uint32_t; // of a value, which may be long

/// What one record is like. When nobody was told the version, it is at least this.
struct record_state {
  bool present = false;
  bool exact = true;
  std::uint64_t version = 0; // of the removal, if it is absent
  value_number value = 0;

  bool operator==(const record_state&) const = default;

  bool may_be_at(std::uint64_t wanted) const {
    return present && (exact ? version == wanted : version <= wanted);
  }
};

/// The record as a sequential object: what each operation does to it, and when it may.
class record_model {
public:
  /// The state after, or nothing if the operation cannot happen in this state.
  std::optional<record_state> step(const record_state& before, const record_operation& x);

private:
  std::optional<record_state> read(const record_state& before, const record_operation& x);
  std::optional<record_state> done(const record_state& before, const record_operation& x);
  record_state changed(const record_state& before, const record_operation& x, std::uint64_t version,
                       bool exact);
  value_number merge(value_number before, const std::string& patch);
  value_number number_of(const std::string& value);

  std::vector<std::string> values_{""}; // of absent records: number 0
  std::unordered_map<std::string, value_number> numbers_;
  std::map<std::pair<value_number, value_number>, value_number> merged_;
};

} // namespace troupe::test
