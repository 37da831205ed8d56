// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>

#include "persistence/storage_engine.hpp"

/// What a request costs the store: how much it writes, and whether the disk must be flushed.
namespace troupe {

inline constexpr std::size_t row_bytes = 64; // of what a change costs beside its texts

/// Rough size of what a request writes.
inline std::size_t bytes_of(const insert_jobs& x) {
  std::size_t bytes = 0;
  for (const auto& job : x.jobs) {
    bytes += row_bytes + job.payload.size() + job.trace_parent.size();
    for (const auto& tag : job.tags)
      bytes += row_bytes + 2 * tag.size();
  }
  return bytes;
}

inline std::size_t bytes_of(const end_leases& x) {
  std::size_t bytes = 0;
  for (const auto& end : x.ends)
    bytes += row_bytes + end.output.size();
  return bytes;
}

inline std::size_t bytes_of(const open_shard& x) {
  return x.queues.size() * row_bytes;
}

inline std::size_t bytes_of(const declare_collections& x) {
  return x.collections.size() * row_bytes;
}

inline std::size_t bytes_of(const claim_shards& x) {
  return x.shards.size() * row_bytes;
}

inline std::size_t bytes_of(const write_records& x) {
  std::size_t bytes = 0;
  for (const auto& write : x.writes)
    bytes += row_bytes + (write.hook_job == 0 ? 2 : 4) * write.fields.size();
  return bytes;
}

inline std::size_t bytes_of(const store_step& x) {
  std::size_t bytes = row_bytes + x.end.output.size() + bytes_of(x.writes);
  for (const auto& jobs : x.jobs)
    bytes += bytes_of(jobs);
  return bytes;
}

inline std::size_t bytes_of(const grant_leases& x) {
  return x.grants.size() * row_bytes;
}

inline std::size_t bytes_of(const cancel_waiting& x) {
  return x.ids.size() * row_bytes;
}

inline std::size_t bytes_of(const revive_jobs& x) {
  return x.ids.size() * row_bytes;
}

inline std::size_t bytes_of(const pause_queue&) {
  return row_bytes;
}

inline std::size_t bytes_of(const create_token& x) {
  return row_bytes * (2 + x.token.scopes.size());
}

inline std::size_t bytes_of(const revoke_token&) {
  return row_bytes;
}

template <class Limited>
requires requires(const Limited& x) {
  x.limit;
}
std::size_t bytes_of(const Limited& x) {
  return x.limit * row_bytes;
}

/// How sure the commit of a request must be. What is lost with the machine and is done again by its
/// sender needs no flush.
template <class Request>
inline constexpr durability durability_of = durability::machine;
template <>
inline constexpr durability durability_of<grant_leases> = durability::process;
template <>
inline constexpr durability durability_of<promote_jobs> = durability::process;
template <>
inline constexpr durability durability_of<purge_jobs> = durability::process;
template <>
inline constexpr durability durability_of<trim_records> = durability::process;

} // namespace troupe
