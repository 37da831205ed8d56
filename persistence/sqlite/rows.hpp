// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "messages/job.hpp"
#include "messages/storage.hpp"
#include "persistence/sqlite/connection.hpp"
#include "persistence/sqlite/names.hpp"

namespace troupe::sqlite {

/// The columns of a `ready_job`, of table `jobs`.
inline constexpr const char* ready_columns
  = "jobs.id, priority, delay, max_attempts, max_losses, run_timeout, progress_timeout, failures, "
    "losses, snoozes, deliveries, created_at, avoid, payload, trace_parent";
inline constexpr int ready_column_count = 15;

/// Of a ready job: it is not running.
inline constexpr const char* not_leased
  = " AND NOT EXISTS (SELECT 1 FROM leases WHERE job = jobs.id)";

ready_job read_ready_job(const query& row, name_table& nodes);

/// Selects whole jobs; `?1` says whether with payload and result. A condition must follow.
inline constexpr const char* select_job
  = "SELECT jobs.id, priority, delay, max_attempts, max_losses, run_timeout, progress_timeout, "
    "failures, losses, snoozes, deliveries, created_at, avoid, CASE WHEN ?1 THEN payload END, "
    "trace_parent, queue, state, jobs.node, jobs.leased_at, run_at, finished_at, reason, origin, "
    "origin_queue, leases.epoch, leases.node, leases.leased_at, error, "
    "CASE WHEN ?1 THEN result END, tags "
    "FROM jobs LEFT JOIN leases ON leases.job = jobs.id LEFT JOIN outputs ON outputs.job = jobs.id";

/// A job as `select_job` gives it, without its history.
job read_job(const query& row, name_table& queues, name_table& nodes);

} // namespace troupe::sqlite
