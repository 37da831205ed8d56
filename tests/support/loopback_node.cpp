// SPDX-License-Identifier: Apache-2.0
#include "tests/support/loopback_node.hpp"

#include <caf/exit_reason.hpp>
#include <caf/io/middleman.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <chrono>
#include <stdexcept>
#include <thread>

#include "actors/receptionist.hpp"

namespace troupe::test {

using namespace std::chrono_literals;

class loopback_node::config : public system_config {
public:
  explicit config(const std::string& identifier) : system_config{2} {
    if (!identifier.empty())
      set("middleman.app-identifiers", std::vector<std::string>{identifier});
  }
};

loopback_node::loopback_node(options given)
    : config_{std::make_unique<config>(given.wire_identifier)},
      system{*config_},
      connector_{spawn_connector(
        system, caf::actor_cast<caf::actor>(system.middleman().actor_handle()), 2s)},
      receptionist{system.spawn(
        troupe::receptionist,
        receptionist_options{.self = {.name = given.name,
                                      .cluster = "test",
                                      .incarnation = given.incarnation,
                                      .address = {},
                                      .roles = {},
                                      .pid = static_cast<std::uint32_t>(given.incarnation),
                                      .version = {},
                                      .started_at = {}},
                             .seeds = given.seeds,
                             .connector = caf::actor_cast<caf::actor>(connector_),
                             .request_timeout = 2s,
                             .env = environment::real()})} {}

loopback_node::~loopback_node() {
  caf::anon_send_exit(receptionist, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(connector_, caf::exit_reason::user_shutdown);
}

std::string loopback_node::listen(std::uint16_t port) {
  auto opened = system.middleman().publish(receptionist, port, "127.0.0.1", true);
  if (!opened)
    throw std::runtime_error{"cannot listen: " + to_string(opened.error())};
  port_ = *opened;
  return "127.0.0.1:" + std::to_string(port_);
}

void loopback_node::add_name(const std::string& name, const caf::strong_actor_ptr& who) {
  caf::scoped_actor self{system};
  self->request(receptionist, 5s, register_name{name, who})
    .receive([](caf::ok_atom) {},
             [](const caf::error& e) { throw std::runtime_error{to_string(e)}; });
}

caf::strong_actor_ptr loopback_node::find(const std::string& name, std::chrono::milliseconds time) {
  caf::strong_actor_ptr result;
  caf::scoped_actor self{system};
  eventually(
    [&] {
      self->request(receptionist, 1s, find_name{name})
        .receive([&](const named_actor& x) { result = x.actor; }, [](const caf::error&) {});
      return result != nullptr;
    },
    time);
  return result;
}

std::vector<std::string> loopback_node::nodes() {
  std::vector<std::string> result;
  caf::scoped_actor self{system};
  self->request(receptionist, 5s, list_nodes{})
    .receive(
      [&](const nodes_listed& x) {
        for (const auto& node : x.nodes)
          result.push_back(node.name);
      },
      [](const caf::error& e) { throw std::runtime_error{to_string(e)}; });
  return result;
}

bool eventually(const std::function<bool()>& holds, std::chrono::milliseconds time) {
  auto until = std::chrono::steady_clock::now() + time;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > until)
      return holds();
    std::this_thread::sleep_for(2ms);
  }
  return true;
}

} // namespace troupe::test
