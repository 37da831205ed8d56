// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "actors/dispatcher.hpp"
#include "actors/receptionist.hpp"
#include "actors/repository.hpp"
#include "tests/support/network.hpp"
#include "tests/support/promise_checker.hpp"

namespace troupe::test {

/// How often things happen, per simulated 100 ms, by name: what clients and operators do
/// (`job_traffic`), and what goes wrong:
///
/// - `cut`: a connection closes; `partition`: bytes stay under way, one way or both, until they are
///   healed; `freeze`: a node stands still for a while;
/// - `worker crash`, `control crash`: a power cut on a node; the disk survives;
/// - `dispatcher end`, `repository end`: they are told to end, and started again;
/// - `full disk`: nothing can be stored for a while; `unknown commit`: a commit happens, or not,
///   and the disk does not say which;
/// - `clock jump`: the wall clock of the control node is set;
/// - `drain`: somebody drains a worker, or lets it take jobs again.
using rates = std::map<std::string, double>;

/// One control node, three worker nodes and a client on one of them, driven by a seed. The disk is
/// a `memory_store`; the checker looks at it and at the dispatcher after every event, and compares
/// the two whenever all is quiet.
///
/// Queue "q" is the workers', "p" is for pull workers only, "q.dead" has the dead letters of "q".
/// Collection "photos" has hooks to both.
class job_cluster {
public:
  static constexpr std::size_t workers = 3;

  /// The heartbeat time-out and one interval.
  static constexpr milliseconds silence_max{8000 + 2000};

  explicit job_cluster(std::uint64_t seed);
  ~job_cluster();
  job_cluster(const job_cluster&) = delete;
  job_cluster& operator=(const job_cluster&) = delete;

  /// Enqueues from worker node 1, as an embedding program would. Remembers what was acknowledged.
  void enqueue(std::size_t count);

  void misbehave(const rates& rate);

  /// Nothing is wrong from now on.
  void calm();

  /// As an operator does.
  void tell(std::size_t worker, bool draining);
  void resume_all();

  /// Lets 100 ms pass, starts again what has ended, as its supervisor would, and connects again
  /// what lost its connection.
  void run();

  void crash_worker(std::size_t i);
  void crash_control();

  /// The leases that a worker node holds now.
  std::vector<lease_key> leases_of(std::size_t i) const;
  bool is_current(const lease_key& lease) const;

  const dispatcher_actor& boss() const { return boss_; }
  /// Another number for each dispatcher.
  std::uint64_t boss_number() const { return boss_number_; }
  /// The wall clock of the control node.
  timestamp now();

  /// True with the probability of that name, 0 if there is none.
  bool happens(const rates& rate, const std::string& name);

  void note(const std::string& what);

  std::shared_ptr<memory_store::disk> disk;
  promise_checker checker;
  simulated_cluster net;

private:
  void start_control();
  void start_repository();
  void start_dispatcher();
  void restart_ended();
  receptionist_actor spawn_receptionist(std::size_t i);
  void start_worker(std::size_t i);
  void connect(std::size_t i);
  void collect_acknowledgements();
  void look();
  void look_when_quiet();
  void misuse_disk(const rates& rate);

  dispatcher_options options_;
  repository_actor storage_;
  dispatcher_actor boss_;
  std::shared_ptr<bool> boss_ended_, storage_ended_;
  std::uint64_t boss_number_ = 0;
  milliseconds skew_{0}; // of the control node's wall clock
  std::size_t observed_commits_ = 0;
  std::array<dispatcher_actor, 1 + workers> proxies_;
  std::array<receptionist_actor, 1 + workers> receptionists_;
  std::vector<answer<jobs_enqueued>> pending_;
};

} // namespace troupe::test
