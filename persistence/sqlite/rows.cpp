#include "persistence/sqlite/rows.hpp"

namespace troupe::sqlite {

ready_job read_ready_job(const query& row, name_table& nodes) {
  ready_job x;
  x.id = row.as<job_id>(0);
  x.options.priority = row.as<std::uint8_t>(1);
  x.options.delay = milliseconds{row.integer(2)};
  x.options.max_attempts = row.as<std::uint32_t>(3);
  x.options.max_losses = row.as<std::uint32_t>(4);
  x.options.run_timeout = milliseconds{row.integer(5)};
  x.options.progress_timeout = milliseconds{row.integer(6)};
  x.counters.failures = row.as<std::uint32_t>(7);
  x.counters.losses = row.as<std::uint32_t>(8);
  x.counters.snoozes = row.as<std::uint32_t>(9);
  x.counters.deliveries = row.as<std::uint32_t>(10);
  x.created_at = row.time(11);
  x.node = nodes.name(row.integer(12));
  x.payload = row.bytes(13);
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
  x.queue = queues.name(row.integer(14));
  x.state = row.as<job_state>(15);
  x.node = nodes.name(row.integer(16));
  x.leased_at = row.time(17);
  x.run_at = row.time(18);
  x.finished_at = row.time(19);
  x.reason = row.as<end_reason>(20);
  if (!row.null(21)) {
    x.origin = row.as<job_id>(21);
    x.origin_queue = queues.name(row.integer(22));
  }
  if (!row.null(23)) {
    x.state = job_state::running;
    x.epoch = row.as<lease_epoch>(23);
    x.node = nodes.name(row.integer(24));
    x.leased_at = row.time(25);
  }
  x.error = row.bytes(26);
  x.result = row.bytes(27);
  return x;
}

} // namespace troupe::sqlite
