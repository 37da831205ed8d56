// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/job_cluster.hpp"

namespace troupe::test {

/// Clients, operators and pull workers of a `job_cluster`, on its control node, as gateways are:
/// every request that a dispatcher takes, by chance. What they were told goes to the checker.
///
/// By name: `enqueue`, `cancel`, `retry`, `redrive`, `pause`, `purge`, `await`, `events`, `read`,
/// `write` (records with hooks), `odd` (what must be refused), `pull` and `drain`; of jobs that a
/// pull worker holds `report`, and of itself `beat`.
class job_traffic {
public:
  explicit job_traffic(job_cluster& cluster) : cluster_{cluster} {}

  void act(const rates& rate);

  /// Operators let everything go on, and pull workers do what there is to do.
  void calm();

private:
  struct puller {
    std::string name;
    std::vector<lease_key> held{};
    std::vector<lease_key> to_cancel{};
    bool pulling = false;
  };

  /// Asks the dispatcher, and tells the checker that there must be an answer `wait` later.
  template <class Answer, class Message>
  void call(const std::string& what, Message message, milliseconds wait,
            std::function<void(result<Answer>&)> then);

  std::string next_payload() { return "c" + std::to_string(++payloads_); }
  std::string some_queue();
  milliseconds some_wait();
  std::vector<job_id> some_jobs(bool ended);
  std::vector<new_job> some_new_jobs(const std::string& payload);
  std::vector<record_write> some_writes();

  void enqueue();
  void cancel();
  void retry();
  void redrive();
  void pause(const std::string& queue, bool paused);
  void purge();
  void await();
  void read_events_on();
  void read();
  void write();
  void drain(const std::string& worker, bool draining);
  void make_mistake();
  void forget_lost_calls();
  void pull(puller& worker, const std::string& queue, milliseconds wait);
  void beat(puller& worker);
  void report(puller& worker, const lease_key& lease);
  void finish(puller& worker, job_outcome outcome);
  void take_step(puller& worker, const lease_key& lease);
  static void drop(puller& worker, const lease_key& lease);

  job_cluster& cluster_;
  std::shared_ptr<const int> alive_ = std::make_shared<const int>(); // answers may come later
  std::array<puller, 2> pullers_{puller{"w0"}, puller{"w1"}};
  std::uint64_t payloads_ = 0;
  std::uint64_t boss_number_ = 0;
  std::uint64_t last_event_ = 0;
  std::uint64_t calm_ticks_ = 0;
};

} // namespace troupe::test
