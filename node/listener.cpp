// SPDX-License-Identifier: Apache-2.0
#include "node/listener.hpp"

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/sec.hpp>
#include <caf/system_messages.hpp>
#include <spdlog/spdlog.h>
#include <utility>

#include "actors/logging.hpp"
#include "messages/caf_words.hpp"
#include "node/config_checks.hpp"

namespace troupe {

namespace {

error cannot_listen(const listener_options& options, const caf::error& why) {
  auto place = format_endpoint(options.address);
  if (why == caf::sec::cannot_open_port)
    return {errc::unavailable, "cannot listen at " + place
                                 + ": the port is in use, or not allowed. Stop whatever listens "
                                   "there (`ss -ltnp` names it), or change "
                                 + options.address_key};
  return {errc::unavailable, "cannot listen at " + place + ": " + words_of(why)};
}

void stop(caf::stateful_actor<listener_state>* self, caf::error reason) {
  auto& state = self->state;
  if (state.port == 0)
    return self->quit(std::move(reason));
  // The port must be free before a successor wants it.
  auto end = [self, reason = std::move(reason)] { self->quit(reason); };
  self
    ->request(state.options.middleman, state.options.timeout, caf::unpublish_atom_v,
              state.options.receptionist.address(), std::exchange(state.port, std::uint16_t{0}))
    .then(end, [end](const caf::error&) { end(); });
}

} // namespace

caf::behavior listener(caf::stateful_actor<listener_state>* self, listener_options options) {
  log_to_spdlog(self);
  self->set_exit_handler([self](caf::exit_msg& x) { stop(self, std::move(x.reason)); });
  auto& state = self->state;
  state.options = std::move(options);
  // Reuses an address that a process before this one left a moment ago.
  self
    ->request(state.options.middleman, state.options.timeout, caf::publish_atom_v,
              state.options.address.port,
              caf::actor_cast<caf::strong_actor_ptr>(state.options.receptionist),
              self->system().message_types<receptionist_actor>(), state.options.address.host, true)
    .then(
      [self](std::uint16_t port) {
        self->state.port = port;
        spdlog::info("listens at {}", format_endpoint({self->state.options.address.host, port}));
        self->state.options.report(port);
      },
      [self](const caf::error& why) {
        auto problem = cannot_listen(self->state.options, why);
        self->state.options.report(tl::unexpected<error>{problem});
        self->quit(to_caf(problem));
      });
  return {[self](caf::get_atom) { return self->state.port; }};
}

} // namespace troupe
