// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "messages/record_storage.hpp"

namespace troupe {

/// What an idempotency key counts for in `limits::idempotency_bytes_max`.
inline std::uint64_t kept_bytes(const write_records& request, const records_written& answer) {
  constexpr std::uint64_t overhead = 100; // of a row in the tables, roughly
  auto bytes = overhead + request.idempotency_key.size() + request.idempotency_scope.size()
               + request.fingerprint.size();
  for (const auto& x : answer.results)
    bytes += overhead + x.before.id.size() + x.after.fields.size();
  return bytes;
}

/// Whether a condition may hold in this database at all.
inline bool is_of(const write_condition& x, database_generation generation) {
  return x.kind != condition_kind::version || x.generation == 0 || x.generation == generation;
}

} // namespace troupe
