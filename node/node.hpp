#pragma once
#include <memory>
#include <string>

#include "actors/handler.hpp"
#include "messages/errors.hpp"
#include "node/config.hpp"

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
/// All functions may be called from any thread, one at a time. Block SIGINT and SIGTERM before the
/// first one if the program handles them with `wait_for_signal`.
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

  /// Drains the workers, ends the actors in order, and returns when all have ended.
  void stop();

  /// The port this node listens on; 0 if it does not. (A configured port 0 is chosen at start.)
  std::uint16_t port() const;

private:
  class implementation;
  std::unique_ptr<implementation> implementation_;
};

/// Blocks SIGINT and SIGTERM for this thread and those it starts later. First call of `main`.
void block_stop_signals();

/// Waits for SIGINT or SIGTERM, or until `node` stops by itself, then stops it. The exit status
/// for `main`: 0 after a signal, 1 after a failure.
int run_until_signal(node& node);

} // namespace troupe
