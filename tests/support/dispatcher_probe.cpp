// SPDX-License-Identifier: Apache-2.0
#include "tests/support/dispatcher_probe.hpp"

namespace troupe::test {

dispatcher_picture dispatcher_probe::look(const dispatcher_state& state, const memory_data& data) {
  dispatcher_picture result;
  for (const auto& x : state.queues_)
    result.queues.push_back(
      {x.settings.name, x.depths, x.inserting, x.window.size(), x.window.bytes()});
  for (const auto& [id, stored] : data.jobs)
    if (const auto* record = state.leases_.find(id))
      result.leases.insert(record->key);
  result.leases_total = state.leases_.size();
  result.unstored_bytes = state.unstored_bytes_;
  result.held = state.held_.size();
  result.suspects = state.suspects_.size();
  return result;
}

} // namespace troupe::test
