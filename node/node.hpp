// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>

#include "actors/handler.hpp"
#include "messages/errors.hpp"
#include "node/config.hpp"
#include "node/record_collection.hpp"

namespace troupe {

/// One node of a cluster, inside your own program.
///
///     auto config = troupe::load_config("cluster.toml");
///     troupe::node node{*config, "worker-1"};
///     node.add_handler("thumbnail", [](troupe::job_context& job) {
///       return troupe::outcome::success(make_thumbnail(job.payload()));
///     });
///     if (auto started = node.start(); !started) ...
///     node.wait();
///
/// All functions may be called from any thread, one at a time, except that `stop` may be called
/// while `wait` waits. Starting one makes spdlog's default logger the node's, to stderr.
class node {
public:
  node(cluster_config config, std::string name);
  ~node(); ///< stops it
  node(const node&) = delete;
  node& operator=(const node&) = delete;

  /// Compiles a handler in, under the name that queues in the configuration use. Before `start`.
  void add_handler(std::string name, handler run);

  /// Opens the database, listens, joins the cluster and begins to work. Returns when the node
  /// works, or why it cannot; a node that cannot reach its control node yet goes on trying.
  result<void> start();

  /// Blocks until the node has stopped, by `stop` or by a failure it could not recover from.
  result<void> wait();

  /// Drains the workers, ends the actors in order, and returns when all have ended. If some do not
  /// end in time, e.g. in a system call that does not return, it logs that and leaves them alone.
  void stop();

  /// The port this node listens on; 0 if it does not. (A configured port 0 is chosen at start.)
  std::uint16_t port() const;

  /// The port where it serves HTTP; 0 if it does not.
  std::uint16_t http_port() const;

  /// The records of one collection of the cluster, from inside this process: without a socket as
  /// far as this node itself has the role "service". May be called, and used, by any number of
  /// threads at any time, handlers included. `unavailable` before `start`, after `stop`, and when
  /// no node with the role answers.
  record_collection records(std::string collection) const;

private:
  friend int run_until_signal(node& node);

  bool ended_within(milliseconds time);
  bool stuck() const;

  class implementation;
  std::unique_ptr<implementation> implementation_;
};

/// Blocks SIGINT, SIGTERM and SIGHUP for this thread and those it starts later, and ignores
/// SIGPIPE. First call of `main`, if it ends with `run_until_signal`, which lets SIGHUP end
/// nothing.
void block_stop_signals();

/// Waits for SIGINT or SIGTERM, or until `node` stops by itself, then stops it. The exit status
/// for `main`: 0 after a signal, 1 after a failure. Does not return, but leaves the process at
/// once, when a second signal comes while it stops (status 128 + signal), and when actors do not
/// end (status 3).
int run_until_signal(node& node);

} // namespace troupe
