// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/rows.hpp"

#include <algorithm>
#include <chrono>

#include "persistence/sqlite/lines.hpp"

namespace troupe::sqlite {

namespace {

/// A length of time. What was never written by this program, such as centuries, would be more than
/// clocks can count.
milliseconds length_in(const query& row, int column) {
  constexpr milliseconds longest = std::chrono::hours{24} * 366 * 100;
  return std::clamp(milliseconds{row.integer(column)}, milliseconds{0}, longest);
}

} // namespace

ready_job read_ready_job(const query& row, name_table& nodes) {
  ready_job x;
  x.id = row.as<job_id>(0);
  x.options.priority = row.as<std::uint8_t>(1);
  x.options.delay = length_in(row, 2);
  x.options.max_attempts = row.as<std::uint32_t>(3);
  x.options.max_losses = row.as<std::uint32_t>(4);
  x.options.run_timeout = length_in(row, 5);
  x.options.progress_timeout = length_in(row, 6);
  x.counters.failures = row.as<std::uint32_t>(7);
  x.counters.losses = row.as<std::uint32_t>(8);
  x.counters.snoozes = row.as<std::uint32_t>(9);
  x.counters.deliveries = row.as<std::uint32_t>(10);
  x.created_at = row.time(11);
  x.node = nodes.name(row.integer(12));
  x.payload = row.bytes(13);
  x.trace_parent = row.bytes(14);
  return x;
}

job read_job(const query& row, name_table& queues, name_table& nodes) {
  auto common = read_ready_job(row, nodes);
  job x;
  x.id = common.id;
  x.options = common.options;
  x.counters = common.counters;
  x.created_at = common.created_at;
  x.payload = std::move(common.payload);
  x.trace_parent = std::move(common.trace_parent);
  x.queue = queues.name(row.integer(15));
  x.state = row.as<job_state>(16);
  x.node = nodes.name(row.integer(17));
  x.leased_at = row.time(18);
  x.run_at = row.time(19);
  x.finished_at = row.time(20);
  x.reason = row.as<end_reason>(21);
  if (!row.null(22)) {
    x.origin = row.as<job_id>(22);
    x.origin_queue = queues.name(row.integer(23));
  }
  if (!row.null(24)) {
    x.state = job_state::running;
    x.epoch = row.as<lease_epoch>(24);
    x.node = nodes.name(row.integer(25));
    x.leased_at = row.time(26);
  }
  x.error = row.bytes(27);
  x.result = row.bytes(28);
  x.tags = split_lines(row.bytes_in_place(29));
  return x;
}

} // namespace troupe::sqlite
