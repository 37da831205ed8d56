// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "tests/support/memory_store.hpp"

/// What the parts of a `memory_store` ask of one stored job.
namespace troupe::test {

using memory_job = memory_data::stored_job;

inline bool is_ready(const memory_job& x) {
  return x.seen.state == job_state::ready && !x.held;
}

inline bool is_due_later(const memory_job& x) {
  return x.seen.state == job_state::scheduled || x.seen.state == job_state::retrying;
}

inline ready_job as_ready(const memory_job& x) {
  return {x.seen.id, x.seen.options, x.seen.counters,    x.seen.created_at,
          x.avoid,   x.seen.payload, x.seen.trace_parent};
}

/// As a reader sees it.
inline job as_seen(const memory_job& x, bool details) {
  job seen = x.seen;
  if (x.held) {
    seen.state = job_state::running;
    seen.epoch = x.held->epoch;
    seen.node = x.held->node;
    seen.leased_at = x.held->leased_at;
  }
  if (!details) {
    seen.payload.clear();
    seen.result.clear();
    seen.history.clear();
  }
  return seen;
}

} // namespace troupe::test
