// SPDX-License-Identifier: Apache-2.0
#include "actors/record_service.hpp"

#include "actors/logging.hpp"
#include "actors/record_service_state.hpp"

namespace troupe {

record_service_shell::behavior_type
record_service(record_service_shell::stateful_pointer<record_service_state> self,
               record_service_options options) {
  log_to_spdlog(self);
  auto& state = self->state;
  self->set_down_handler([&state](const caf::down_msg& down) { state.owner_down(down); });
  if (auto started = state.start(std::move(options)); !started) {
    self->quit(to_caf(started.error()));
    return record_service_shell::behavior_type::make_empty_behavior();
  }
  return {
    [&state](get_records& x) { return state.get(x); },
    [&state](change_record& x) { return state.change(x); },
    [&state](change_records& x) { return state.change_all(x); },
    [&state](const list_records& x) { return state.list(x); },
    [&state](read_changes& x) { return state.changes(x); },
    [&state](const list_collections&) { return state.collections(); },
    [&state](const list_caches&) { return state.caches(); },
    [&state](commit_step& x) { return state.commit(x); },
    [&state](const shard_map& x) { state.learn(x); },
    [&state](const named_actor& x) { state.follow(x); },
    [&state](caf::tick_atom) { state.tick(); },
    [&state](caf::flush_atom) { state.send_bundles(); },
  };
}

} // namespace troupe
