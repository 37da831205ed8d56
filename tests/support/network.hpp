// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/io/connection_handle.hpp>
#include <caf/io/middleman.hpp>
#include <caf/io/network/test_multiplexer.hpp>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tests/support/deterministic.hpp"

namespace troupe::test {

/// A node of a simulated cluster: an actor system with a middleman, but without sockets.
class simulated_node final : public fixture {
public:
  explicit simulated_node(std::uint64_t seed);
  ~simulated_node();

  caf::io::middleman& middleman;
  caf::io::network::test_multiplexer& multiplexer;

protected:
  bool step_network() override;
};

/// Nodes and the connections between them, driven by a seed: what happens next is drawn from
/// everything that could, so one seed is one history, and another seed another one.
///
/// Nodes are numbered from 0 and are called "n0", "n1", ...
class simulated_cluster {
public:
  simulated_cluster(std::size_t nodes, std::uint64_t seed);
  ~simulated_cluster();
  simulated_cluster(const simulated_cluster&) = delete;
  simulated_cluster& operator=(const simulated_cluster&) = delete;

  std::size_t size() const { return nodes_.size(); }
  simulated_node& operator[](std::size_t i) { return *nodes_[i]; }

  // -- the network -------------------------------------------------------------------------------

  /// Connects two nodes. `server` publishes `published`; the handle is what `client` sees of it.
  /// All else that the two send each other goes over this connection, too.
  template <class Handle>
  Handle connect(std::size_t server, std::size_t client, const Handle& published) {
    auto port = prepare(server, client);
    nodes_[server]->scheduler.inline_next_enqueue(); // the middleman's calls would block
    auto listening = nodes_[server]->middleman.publish(published, port);
    check(listening);
    nodes_[client]->scheduler.inline_next_enqueue();
    nodes_[client]->scheduler.after_next_enqueue([this] { settle(); });
    auto proxy = nodes_[client]->middleman.template remote_actor<Handle>(name_of(server), port);
    check(proxy);
    return *proxy;
  }

  bool connected(std::size_t a, std::size_t b) const;

  /// Closes the connections between two nodes. Both see a closed socket at once; what was under
  /// way is lost.
  void cut(std::size_t a, std::size_t b);

  /// Bytes between two nodes stay under way until `heal`. Nobody is told: only heartbeats notice.
  void partition(std::size_t a, std::size_t b);

  /// The same for one direction.
  void partition_one_way(std::size_t from, std::size_t to);

  /// Ends all partitions between two nodes.
  void heal(std::size_t a, std::size_t b);
  void heal_all();

  /// A power cut: all actors of the node are gone at once, its connections close, and a fresh
  /// system takes its place. Handles and references into the old one are invalid, except that
  /// other nodes see their proxies die.
  void crash(std::size_t node);

  /// Like SIGSTOP: its actors do nothing, its clock goes on without them, and bytes to it stay
  /// under way.
  void freeze(std::size_t node) { frozen_.try_emplace(node); }

  /// It goes on, and learns at once how late it is.
  void thaw(std::size_t node);

  bool is_frozen(std::size_t node) const { return frozen_.contains(node); }

  // -- time and chance ---------------------------------------------------------------------------

  /// One event of one node or connection, chosen by the seed. False when everything is quiet.
  bool step();

  /// Everything that can happen now. Throws after `limit` events.
  void settle(std::size_t limit = 1'000'000);

  /// Moves time on everywhere, in ticks, and lets happen whatever becomes due.
  void advance(caf::timespan duration, caf::timespan tick = std::chrono::milliseconds{100});

  /// Only moves time on. What becomes due then happens in the next steps.
  void pass(caf::timespan duration);

  /// Simulated wall-clock time, the same on all nodes but frozen ones.
  timestamp now() const;

  /// True with the given probability.
  bool chance(double probability);
  /// A number below `n`.
  std::size_t pick(std::size_t n);

  /// How many events there were so far.
  std::size_t events() const { return events_; }

  /// Calls `check` after every event, for what must hold at any time.
  void check_always(std::function<void()> check) { check_always_ = std::move(check); }

  /// Sends a request from `node` and settles. `timed_out` when nobody has answered then.
  template <class R, class Handle, class... Ts>
  result<R> ask(std::size_t node, const Handle& receiver, Ts... xs) {
    auto answered = nodes_[node]->template request<R>(receiver, std::move(xs)...);
    settle();
    return answered->has_value() ? std::move(**answered)
                                 : failure(errc::timed_out, "unanswered when all was quiet");
  }

private:
  struct connection {
    std::size_t server;
    std::size_t client;
    caf::io::connection_handle at_server;
    caf::io::connection_handle at_client;
    bool to_server = true; // false: bytes stay under way
    bool to_client = true;

    bool joins(std::size_t a, std::size_t b) const {
      return (server == a && client == b) || (server == b && client == a);
    }
  };

  static std::string name_of(std::size_t node) { return "n" + std::to_string(node); }

  template <class Expected>
  static void check(const Expected& x) {
    if (!x)
      throw std::runtime_error{"cannot connect: " + to_string(x.error())};
  }

  std::uint16_t prepare(std::size_t server, std::size_t client);
  void tell_closed(std::size_t node, caf::io::connection_handle handle);
  bool step_node(std::size_t i);
  bool step_connection(connection& x, bool at_server);
  std::unique_ptr<simulated_node> make_node();

  std::mt19937_64 engine_;
  std::vector<std::unique_ptr<simulated_node>> nodes_;
  std::vector<connection> connections_;
  std::map<std::size_t, caf::timespan> frozen_; // for how long
  std::vector<std::size_t> order_;              // scratch of `step`
  std::function<void()> check_always_;
  std::int64_t next_handle_ = 1;
  std::uint16_t next_port_ = 1000;
  std::size_t events_ = 0;
};

} // namespace troupe::test
