// SPDX-License-Identifier: Apache-2.0
#include "node/tls_middleman.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/io/basp_broker.hpp>
#include <caf/io/middleman.hpp>
#include <caf/sec.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <set>
#include <spdlog/spdlog.h>
#include <utility>

#include "actors/logging.hpp"
#include "actors/spawn.hpp"
#include "messages/error_category.hpp"
#include "node/tls_scribe.hpp"

namespace troupe {

namespace {

using signatures = std::set<std::string>;

// How soon certificates that were replaced are noticed.
constexpr milliseconds file_check_interval{30'000};

// CAF's broker for its own protocol: it gets connections whose handshake is finished.
caf::actor protocol_broker(caf::actor_system& system) {
  return system.middleman().named_broker<caf::io::basp_broker>(caf::atom("BASP"));
}

struct tls_middleman_state {
  static inline const char* name = "tls_middleman";

  tls_middleman_options options;
  std::unique_ptr<tls_acceptor> acceptor; ///< null: nothing is published
};

using self_pointer = caf::stateful_actor<tls_middleman_state>*;

caf::result<std::uint16_t> publish(self_pointer self, std::uint16_t port,
                                   const caf::strong_actor_ptr& whom, const signatures& interface,
                                   const std::string& host) {
  auto& state = self->state;
  auto socket = listen_at({host, port});
  if (!socket)
    return to_caf(socket.error());
  const auto actual = local_port(*socket);
  auto& system = self->system();
  auto accepted = [&system, broker = protocol_broker(system), whom, interface,
                   actual](socket_handle caller, tls_session session) {
    caf::anon_send(broker, caf::publish_atom_v,
                   make_tls_scribe(system, caller.release(), std::move(session)), actual, whom,
                   interface);
  };
  state.acceptor
    = std::make_unique<tls_acceptor>(tls_acceptor_options{.socket = std::move(*socket),
                                                          .identity = state.options.identity,
                                                          .welcome = state.options.welcome,
                                                          .accepted = std::move(accepted),
                                                          .deadline = state.options.timeout});
  return actual;
}

using dialer_actor
  = caf::typed_actor<caf::replies_to<std::string, std::uint16_t>::with<caf::io::scribe_ptr>>;

// Blocks; lives for one connection.
dialer_actor::behavior_type dialer(dialer_actor::pointer self, tls_middleman_options options) {
  log_to_spdlog(self);
  return {[self, options](const std::string& host,
                          std::uint16_t port) -> caf::result<caf::io::scribe_ptr> {
    self->quit();
    const auto until = std::chrono::steady_clock::now() + options.timeout;
    auto socket = connect_to({host, port}, until);
    if (!socket)
      return to_caf(socket.error());
    auto session = shake_hands(*options.identity, *socket, options.name_at({host, port}), until);
    if (!session)
      return to_caf(session.error());
    return make_tls_scribe(self->system(), socket->release(), std::move(*session));
  }};
}

caf::result<caf::node_id, caf::strong_actor_ptr, signatures>
connect(self_pointer self, const std::string& host, std::uint16_t port) {
  const auto& options = self->state.options;
  auto promise = self->make_response_promise<caf::node_id, caf::strong_actor_ptr, signatures>();
  auto helper = spawn_blocking(*self, options.env, dialer, options);
  self->request(helper, 2 * options.timeout, host, port)
    .then(
      [=](const caf::io::scribe_ptr& scribe) mutable {
        self
          ->request(protocol_broker(self->system()), self->state.options.timeout,
                    caf::connect_atom_v, scribe, port)
          .then(
            [=](const caf::node_id& node, const caf::strong_actor_ptr& actor,
                const signatures& interface) mutable { promise.deliver(node, actor, interface); },
            [=](caf::error& why) mutable { promise.deliver(std::move(why)); });
      },
      [=](caf::error& why) mutable { promise.deliver(std::move(why)); });
  return promise;
}

void look_at_files(self_pointer self) {
  self->delayed_send(self, file_check_interval, caf::tick_atom_v);
  auto& identity = *self->state.options.identity;
  if (!identity.outdated())
    return;
  if (auto loaded = identity.reload(); loaded)
    spdlog::info("new TLS certificates are in use");
  else
    spdlog::error("new TLS certificates cannot be used, the old ones are: {}", loaded.error().text);
}

caf::behavior tls_middleman(self_pointer self, tls_middleman_options options) {
  log_to_spdlog(self);
  self->state.options = std::move(options);
  self->delayed_send(self, file_check_interval, caf::tick_atom_v);
  return {
    [self](caf::tick_atom) { look_at_files(self); },
    [self](caf::publish_atom, std::uint16_t port, const caf::strong_actor_ptr& whom,
           const signatures& interface, const std::string& host,
           bool) { return publish(self, port, whom, interface, host); },
    [self](caf::unpublish_atom, const caf::actor_addr&, std::uint16_t) {
      self->state.acceptor.reset();
    },
    [self](caf::connect_atom, const std::string& host, std::uint16_t port) {
      return connect(self, host, port);
    },
  };
}

} // namespace

caf::actor spawn_tls_middleman(caf::actor_system& system, tls_middleman_options options) {
  const auto env = options.env;
  // To end the accepting thread takes a moment.
  return spawn_blocking(system, env, tls_middleman, std::move(options));
}

} // namespace troupe
