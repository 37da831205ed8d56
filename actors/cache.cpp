// SPDX-License-Identifier: Apache-2.0
#include "actors/cache.hpp"

#include "actors/cache_state.hpp"
#include "actors/logging.hpp"

namespace troupe {

cache_shell::behavior_type cache(cache_shell::stateful_pointer<cache_state> self,
                                 cache_options options) {
  log_to_spdlog(self);
  auto& state = self->state;
  self->set_exit_handler([&state](caf::exit_msg& x) { state.end(std::move(x.reason)); });
  self->set_down_handler([&state](const caf::down_msg& down) { state.down(down); });
  state.start(std::move(options));
  return {
    [&state](const get_records& x) { return state.get(x); },
    [&state](write_records& x) { return state.write(x); },
    [&state](const invalidate_keys& x) {
      state.invalidate(x);
      return caf::ok_atom::value;
    },
    [&state](const describe_cache&) { return state.describe(); },
    [&state](const named_actor& x) { state.follow(x); },
    [&state](caf::tick_atom) { state.tick(); },
    [&state](caf::flush_atom) { state.load_wanted(); },
  };
}

} // namespace troupe
