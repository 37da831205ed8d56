// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "tests/contract/engines.hpp"

/// Jobs and ends of leases for the contract of the storage engines.
namespace troupe::test {

inline constexpr lease_epoch first_epoch = (lease_epoch{1} << 40) + 1;

inline new_job some(const std::string& payload, std::uint8_t priority = 5) {
  new_job x;
  x.payload = payload;
  x.options.priority = priority;
  return x;
}

inline new_job later(milliseconds delay) {
  auto x = some("later");
  x.options.delay = delay;
  return x;
}

inline new_job tagged(std::vector<std::string> tags, const std::string& payload = "tagged") {
  auto x = some(payload);
  x.tags = std::move(tags);
  return x;
}

inline lease_end succeeded(job_id id, lease_epoch epoch, const std::string& output = "") {
  return {{id, epoch}, job_state::succeeded, end_reason::none, {}, output, "", 0};
}

inline lease_end failed(job_id id, lease_epoch epoch, timestamp run_at) {
  return {{id, epoch}, job_state::retrying, end_reason::error, run_at, "no luck", "", 0};
}

inline lease_end died(job_id id, lease_epoch epoch, const std::string& dead_letter = "",
                      job_id copy = 0) {
  return {{id, epoch}, job_state::dead, end_reason::error, {}, "for good", dead_letter, copy};
}

inline std::vector<job_id> ids_of(const std::vector<ready_job>& jobs) {
  std::vector<job_id> ids;
  for (const auto& x : jobs)
    ids.push_back(x.id);
  return ids;
}

using ids = std::vector<job_id>;

} // namespace troupe::test

#define FOR_EACH_ENGINE(name) TEMPLATE_TEST_CASE(name, "", memory_engine, sqlite_engine)
