// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "node/client.hpp"
#include "tests/support/program.hpp"
#include "tests/support/relay.hpp"
#include "tests/support/run_journal.hpp"
#include "tests/support/temporary_folder.hpp"

namespace troupe::test {

/// A port of the loopback interface that nobody else is given while this lives.
class reserved_port {
public:
  reserved_port();
  ~reserved_port();
  reserved_port(const reserved_port&) = delete;
  reserved_port& operator=(const reserved_port&) = delete;

  std::uint16_t number() const noexcept { return number_; }

  /// Takes it: no program can listen on it any more.
  void occupy() const;

private:
  int socket_;
  std::uint16_t number_ = 0;
};

/// What a cluster looks like: a node "control", and the nodes "worker-1", "worker-2" ... and
/// "service-1", "service-2" ...
struct cluster_plan {
  std::uint32_t workers = 3;
  std::uint32_t services = 0;
  std::uint32_t slots = 2;
  std::uint32_t prefetch = 0;
  milliseconds heartbeat_interval{300};
  milliseconds lease_timeout{1500};
  milliseconds request_timeout{5000};
  milliseconds shard_lease{3000};
  milliseconds drain_grace{10'000};
  milliseconds cancel_grace{10'000};
  std::filesystem::path storage; ///< empty: in the cluster's folder
  std::string more;              ///< TOML, for other queues and handlers
  std::filesystem::path tls;     ///< folder of certificates; empty: no TLS
  bool relays = false; ///< service nodes reach the control node through networks of their own
};

/// A cluster of real processes of this machine, in a folder of its own. Handlers are those of
/// tests/cluster/node_main.cpp, each with a queue of its name.
///
/// Everything is killed in the end. When a test fails, the ends of the nodes' logs are shown.
class process_cluster {
public:
  explicit process_cluster(cluster_plan plan = {});
  ~process_cluster();
  process_cluster(const process_cluster&) = delete;
  process_cluster& operator=(const process_cluster&) = delete;

  const std::filesystem::path& folder() const noexcept { return folder_.path(); }
  std::filesystem::path config() const { return folder() / "cluster.toml"; }
  std::filesystem::path database() const;
  std::string address() const;
  const reserved_port& port() const noexcept { return port_; }
  std::vector<std::string> worker_names() const;
  std::vector<std::string> service_names() const;

  // -- processes; all of this by one thread

  /// Starts all nodes and waits until the workers are registered, and the services can be asked.
  void start_all();

  /// Starts a node that does not run, without waiting for it.
  void start(const std::string& node);

  void kill(const std::string& node);       ///< SIGKILL, and waits for the end
  void freeze(const std::string& node);     ///< SIGSTOP
  void thaw(const std::string& node);       ///< SIGCONT
  void terminate(const std::string& node);  ///< SIGTERM
  void hang_up(const std::string& node);    ///< SIGHUP
  bool is_running(const std::string& node); ///< frozen or not

  /// The network of a service node, if the plan has relays.
  relay& network(const std::string& node) { return relays_.at(node); }

  /// See `program::wait`.
  std::optional<int> wait_for_end(const std::string& node, milliseconds limit);

  /// All that a node has logged, over all its starts.
  std::string log(const std::string& node) const;

  /// Runs `troupe` with these arguments, connected to this cluster.
  program_end troupe(std::vector<std::string> arguments) const;

  // -- jobs

  /// A connection that stays; the control node must run at the first call.
  troupe::client& client();

  /// Stores jobs and returns their ids; throws when that is refused.
  std::vector<job_id> submit(const std::string& queue, const std::string& payload,
                             std::size_t count = 1);

  /// All of a job; throws when there is no answer, or not one job.
  job find(job_id id);

  /// The same for many, in the order of the ids.
  std::vector<job> find(const std::vector<job_id>& ids);

  /// Have all of them a final state?
  bool finished(const std::vector<job_id>& ids);

  /// Where the dispatcher's events are now.
  std::uint64_t event_position();

  /// What has happened since a position; throws when some of it is forgotten.
  std::vector<job_event> events_after(std::uint64_t position);

  /// Lets handlers go on that wait for this gate.
  void open_gate(const std::string& name) const;

  /// What handlers have done so far.
  std::vector<journal_run> runs() const { return read_journal(folder() / "journal"); }

  /// The runs of one job.
  std::vector<journal_run> runs_of(job_id id) const;

  /// Waits until `condition` holds; false when it does not in time. It is tried whenever a node
  /// writes something, and now and then.
  bool eventually(const std::function<bool()>& condition,
                  milliseconds limit = milliseconds{20'000}) const;

private:
  void write_config(const std::filesystem::path& file, const std::string& control) const;
  std::filesystem::path config_of(const std::string& node) const;
  std::filesystem::path log_file(const std::string& node) const;

  cluster_plan plan_;
  temporary_folder folder_;
  reserved_port port_;
  std::map<std::string, relay> relays_; ///< by service node
  std::map<std::string, program> nodes_;
  std::unique_ptr<troupe::client> client_;
  int exceptions_; ///< in flight when this was made
};

} // namespace troupe::test
