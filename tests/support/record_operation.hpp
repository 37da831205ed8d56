// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>

namespace troupe::test {

/// What a client did to one record.
enum class operation_kind : std::uint8_t {
  read = 1,
  put,    ///< create or replace
  create, ///< only if there is none
  merge,  ///< RFC 7396: the value after depends on the value before
  remove,
};

/// What it was told.
enum class operation_end : std::uint8_t {
  done = 1,
  precondition_failed,
  unknown_record,
  unknown, ///< nothing: it may take effect at any time after its invocation, or never
};

/// The time of an operation that never returned.
inline constexpr std::uint64_t never = UINT64_MAX;

/// One operation of one client on one record. Times are of one clock for all clients, in any unit;
/// equal times count as "at the same time".
struct record_operation {
  std::string key;
  std::uint32_t client = 0;
  operation_kind kind = operation_kind::read;
  std::uint64_t expected = 0; ///< only at this version; 0: no such condition
  std::string value;          ///< to write, or what was read; the patch of a merge
  std::uint64_t invoked = 0;
  std::uint64_t returned = never;
  operation_end end = operation_end::unknown;
  std::uint64_t version = 0; ///< read: 0 for none; of the change that was made, a removal included
  bool created = false;      ///< of a change: there was none before
  std::string merged;        ///< the value after a merge, canonical JSON
};

/// One line for people: time, client, what was asked and answered.
std::string to_string(const record_operation& x);

/// JSON as the checker compares it: members in order, no spaces.
std::string canonical_json(const std::string& text);

} // namespace troupe::test
