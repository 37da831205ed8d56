// SPDX-License-Identifier: Apache-2.0
#include "tests/support/network.hpp"

#include <algorithm>
#include <caf/io/basp_broker.hpp>
#include <caf/io/system_messages.hpp>
#include <caf/send.hpp>
#include <numeric>
#include <stdexcept>

namespace troupe::test {

simulated_node::simulated_node(std::uint64_t seed)
    : fixture{seed, true},
      middleman{system.middleman()},
      multiplexer{dynamic_cast<caf::io::network::test_multiplexer&>(middleman.backend())} {
  settle();
}

simulated_node::~simulated_node() {
  kill_all(); // while `step_network` can still be called
}

bool simulated_node::step_network() {
  return multiplexer.try_exec_runnable() || multiplexer.try_accept_connection();
}

simulated_cluster::simulated_cluster(std::size_t nodes, std::uint64_t seed) : engine_{seed} {
  for (std::size_t i = 0; i < nodes; ++i)
    nodes_.push_back(make_node());
}

simulated_cluster::~simulated_cluster() {
  check_always_ = nullptr;
  // No node may send to one that is gone.
  connections_.clear();
}

std::unique_ptr<simulated_node> simulated_cluster::make_node() {
  return std::make_unique<simulated_node>(engine_());
}

std::uint16_t simulated_cluster::prepare(std::size_t server, std::size_t client) {
  auto acceptor = caf::io::accept_handle::from_int(next_handle_++);
  connection made{server, client, caf::io::connection_handle::from_int(next_handle_),
                  caf::io::connection_handle::from_int(next_handle_ + 1)};
  next_handle_ += 2;
  auto port = next_port_++;
  nodes_[server]->multiplexer.prepare_connection(
    acceptor, made.at_server, nodes_[client]->multiplexer, name_of(server), port, made.at_client);
  connections_.push_back(made);
  return port;
}

bool simulated_cluster::connected(std::size_t a, std::size_t b) const {
  return std::any_of(connections_.begin(), connections_.end(),
                     [=](const connection& x) { return x.joins(a, b); });
}

void simulated_cluster::tell_closed(std::size_t node, caf::io::connection_handle handle) {
  auto broker = nodes_[node]->middleman.named_broker<caf::io::basp_broker>(caf::atom("BASP"));
  caf::anon_send(broker, caf::io::connection_closed_msg{handle});
}

void simulated_cluster::cut(std::size_t a, std::size_t b) {
  for (const auto& x : connections_)
    if (x.joins(a, b)) {
      tell_closed(x.server, x.at_server);
      tell_closed(x.client, x.at_client);
    }
  std::erase_if(connections_, [=](const connection& x) { return x.joins(a, b); });
  settle();
}

void simulated_cluster::partition(std::size_t a, std::size_t b) {
  partition_one_way(a, b);
  partition_one_way(b, a);
}

void simulated_cluster::partition_one_way(std::size_t from, std::size_t to) {
  for (auto& x : connections_)
    if (x.joins(from, to))
      (x.server == to ? x.to_server : x.to_client) = false;
}

void simulated_cluster::heal(std::size_t a, std::size_t b) {
  for (auto& x : connections_)
    if (x.joins(a, b))
      x.to_server = x.to_client = true;
}

void simulated_cluster::heal_all() {
  for (auto& x : connections_)
    x.to_server = x.to_client = true;
}

void simulated_cluster::crash(std::size_t node) {
  for (const auto& x : connections_)
    if (x.server == node)
      tell_closed(x.client, x.at_client);
    else if (x.client == node)
      tell_closed(x.server, x.at_server);
  std::erase_if(connections_,
                [=](const connection& x) { return x.server == node || x.client == node; });
  auto time = nodes_[node]->scheduler.clock().current_time;
  if (auto frozen = frozen_.find(node); frozen != frozen_.end()) {
    time += frozen->second;
    frozen_.erase(frozen);
  }
  nodes_[node].reset();
  nodes_[node] = make_node();
  nodes_[node]->scheduler.clock().current_time = time;
  settle();
}

void simulated_cluster::thaw(std::size_t node) {
  if (auto frozen = frozen_.extract(node))
    nodes_[node]->scheduler.advance_time(frozen.mapped());
}

bool simulated_cluster::step() {
  order_.resize(nodes_.size() + 2 * connections_.size());
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  std::shuffle(order_.begin(), order_.end(), engine_);
  for (auto i : order_) {
    auto side = i - nodes_.size();
    auto done
      = i < nodes_.size() ? step_node(i) : step_connection(connections_[side / 2], side % 2 == 0);
    if (done) {
      ++events_;
      if (check_always_)
        check_always_();
      return true;
    }
  }
  return false;
}

bool simulated_cluster::step_node(std::size_t i) {
  if (is_frozen(i))
    return false;
  // Any actor that is ready, not only the one that has waited longest.
  if (auto& jobs = nodes_[i]->scheduler.jobs; jobs.size() > 1)
    std::swap(jobs.front(), jobs[pick(jobs.size())]);
  return nodes_[i]->step();
}

bool simulated_cluster::step_connection(connection& x, bool at_server) {
  if (!(at_server ? x.to_server : x.to_client) || is_frozen(at_server ? x.server : x.client))
    return false;
  // Not `read_data`: it runs the node's brokers, too, and says that nothing happened.
  return at_server ? nodes_[x.server]->multiplexer.try_read_data(x.at_server)
                   : nodes_[x.client]->multiplexer.try_read_data(x.at_client);
}

void simulated_cluster::settle(std::size_t limit) {
  while (step())
    if (limit-- == 0)
      throw std::runtime_error{"the cluster does not come to rest"};
}

void simulated_cluster::advance(caf::timespan duration, caf::timespan tick) {
  settle();
  for (caf::timespan passed{0}; passed < duration; passed += tick) {
    pass(std::min(tick, duration - passed));
    settle();
  }
}

void simulated_cluster::pass(caf::timespan duration) {
  for (std::size_t i = 0; i < nodes_.size(); ++i)
    if (auto frozen = frozen_.find(i); frozen != frozen_.end())
      frozen->second += duration;
    else
      nodes_[i]->scheduler.advance_time(duration);
}

timestamp simulated_cluster::now() const {
  auto result = nodes_.front()->now();
  for (const auto& node : nodes_)
    result = std::max(result, node->now());
  return result;
}

bool simulated_cluster::chance(double probability) {
  return std::uniform_real_distribution<>{0, 1}(engine_) < probability;
}

std::size_t simulated_cluster::pick(std::size_t n) {
  return std::uniform_int_distribution<std::size_t>{0, n - 1}(engine_);
}

} // namespace troupe::test
