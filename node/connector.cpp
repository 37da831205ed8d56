// SPDX-License-Identifier: Apache-2.0
#include "node/connector.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/sec.hpp>
#include <set>
#include <utility>

#include "actors/logging.hpp"
#include "actors/spawn.hpp"
#include "messages/caf_words.hpp"
#include "messages/error_category.hpp"
#include "messages/interfaces.hpp"
#include "messages/registration.hpp"
#include "node/lost_routes.hpp"
#include "node/wire_probe.hpp"

namespace troupe {

namespace {

using self_pointer = connector_actor::stateful_pointer<connector_state>;
using promise = caf::typed_response_promise<caf::strong_actor_ptr>;

// Lives for one question.
caf::behavior prober(caf::event_based_actor* self,
                     std::function<result<std::string>(const endpoint&, milliseconds)> read) {
  log_to_spdlog(self);
  return {[self, read = std::move(read)](const std::string& host, std::uint16_t port,
                                         milliseconds timeout) -> caf::result<std::string> {
    self->quit();
    auto found = read({host, port}, timeout);
    if (!found)
      return to_caf(found.error());
    return *found;
  }};
}

caf::error unavailable(const std::string& address, const std::string& why) {
  return to_caf({errc::unavailable, "cannot connect to " + address + ": " + why});
}

/// Of our own errors, from below TLS, the text says it all.
std::string reason_of(const caf::error& why) {
  return why.category() == error_category ? from_caf(why).text : words_of(why);
}

void refuse_version(self_pointer self, const std::string& address, const endpoint& parsed,
                    promise answer) {
  auto text = [address](const std::string& theirs) {
    return to_caf({errc::incompatible_version, "the node at " + address + " speaks " + theirs
                                                 + ", this one speaks " + wire_identifier()
                                                 + "; upgrade the older one"});
  };
  const auto& options = self->state.options;
  auto helper = spawn_blocking(*self, options.env, prober, options.read_identifier);
  self->request(helper, 2 * options.timeout, parsed.host, parsed.port, options.timeout)
    .then([=](const std::string& theirs) mutable { answer.deliver(text(theirs)); },
          [=](const caf::error&) mutable { answer.deliver(text("another wire version")); });
}

void watch(self_pointer self, const caf::strong_actor_ptr& found) {
  if (self->state.watched.insert(caf::actor_cast<caf::actor_addr>(found)).second)
    self->monitor(found);
}

caf::result<caf::strong_actor_ptr> connect(self_pointer self, const std::string& address) {
  auto parsed = parse_endpoint(address);
  if (!parsed)
    return to_caf(parsed.error());
  // Who is stopped in order takes leave before its connection ends; of that nobody is told.
  forget_lost_routes(self->system());
  auto answer = self->make_response_promise<caf::strong_actor_ptr>();
  const auto& options = self->state.options;
  self->request(options.middleman, options.timeout, caf::connect_atom_v, parsed->host, parsed->port)
    .then(
      [=](const caf::node_id&, const caf::strong_actor_ptr& found,
          const std::set<std::string>& interface) mutable {
        if (!found || !self->system().assignable<receptionist_actor>(interface)) {
          answer.deliver(unavailable(address, "what listens there is no Troupe node"));
          return;
        }
        watch(self, found);
        // Nothing has come over the new connection yet.
        forget_lost_routes(self->system());
        answer.deliver(found);
      },
      [=](const caf::error& why) mutable {
        if (why == caf::sec::incompatible_application_ids)
          refuse_version(self, address, *parsed, answer);
        else
          answer.deliver(unavailable(address, reason_of(why)));
      });
  return answer;
}

} // namespace

connector_actor::behavior_type connector(self_pointer self, connector_options options) {
  log_to_spdlog(self);
  self->state.options = std::move(options);
  self->set_down_handler([self](const caf::down_msg& down) {
    self->state.watched.erase(down.source);
    forget_lost_routes(self->system());
  });
  return {[self](caf::connect_atom, const std::string& address) { return connect(self, address); }};
}

connector_actor spawn_connector(caf::actor_system& system, caf::actor middleman,
                                milliseconds timeout) {
  return system.spawn(connector, connector_options{.middleman = std::move(middleman),
                                                   .read_identifier = read_wire_identifier,
                                                   .timeout = timeout,
                                                   .env = environment::real()});
}

} // namespace troupe
