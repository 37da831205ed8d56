// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actors/dispatcher.hpp"
#include "actors/dispatcher_state.hpp"
#include "actors/receptionist.hpp"
#include "actors/repository.hpp"
#include "tests/support/deterministic.hpp"
#include "tests/support/memory_store.hpp"

namespace troupe::test {

/// What a scripted worker was told.
struct orders {
  std::vector<leased_job> runs;
  std::vector<lease_key> cancels;
  std::vector<bool> drained; ///< true: to drain, false: to take jobs again

  std::vector<job_id> jobs() const {
    std::vector<job_id> result;
    for (const auto& x : runs)
      result.push_back(x.lease.job);
    return result;
  }
};

inline worker_actor::behavior_type scripted_worker(worker_actor::pointer,
                                                   std::shared_ptr<orders> seen) {
  return {
    [seen](const run_jobs& x) {
      seen->runs.insert(seen->runs.end(), x.jobs.begin(), x.jobs.end());
    },
    [seen](const cancel_leases& x) {
      seen->cancels.insert(seen->cancels.end(), x.leases.begin(), x.leases.end());
    },
    [seen](const drain_worker&) {
      seen->drained.push_back(true);
      return caf::ok_atom::value;
    },
    [seen](resume_worker) { seen->drained.push_back(false); },
    [](const named_actor&) {},
  };
}

/// A worker of the test.
struct scripted {
  worker_id id;
  worker_actor handle;
  std::shared_ptr<orders> seen = std::make_shared<orders>();
};

/// A dispatcher over a store in memory, whose workers the test plays.
struct dispatching : fixture {
  std::shared_ptr<memory_store::disk> disk = std::make_shared<memory_store::disk>();
  dispatcher_options options;
  repository_actor storage;
  dispatcher_actor boss;
  std::uint64_t incarnations = 0;

  dispatching() {
    auto env = simulated_environment();
    std::shared_ptr<storage_engine> store = std::make_shared<memory_store>(disk);
    storage = system.spawn(repository, std::move(store), repository_options{env});
    options.env = env;
    options.repository = storage;
    receptionist_options reception;
    reception.self.name = "control";
    reception.env = env;
    options.receptionist = system.spawn(receptionist, reception);
    queue_settings queue;
    queue.name = "q";
    queue.handler = "h";
    queue.dead_letter = "q.dead";
    queue.max_attempts = 2;
    queue.max_losses = 2;
    queue.backoff = {milliseconds{1000}, 1, milliseconds{1000}};
    queue_settings dead;
    dead.name = "q.dead";
    options.queues = {queue, dead};
  }

  void begin() {
    boss = system.spawn(dispatcher, options);
    settle();
  }

  void restart() {
    caf::anon_send_exit(boss, caf::exit_reason::kill);
    boss = nullptr;
    settle();
    begin();
  }

  std::vector<job_id> enqueue(std::size_t count, job_options job = {}) {
    auto reply
      = ask<jobs_enqueued>(boss, enqueue_jobs{"q", std::vector(count, new_job{"x", job, {}, {}})});
    REQUIRE(reply);
    std::vector<job_id> ids;
    for (std::uint32_t i = 0; i < reply->count; ++i)
      ids.push_back(reply->first + i);
    return ids;
  }

  scripted join(std::string node, std::uint32_t capacity, std::vector<lease_key> leases = {}) {
    scripted result;
    result.id = {std::move(node), ++incarnations};
    result.handle = system.spawn(scripted_worker, result.seen);
    auto reply = enlist(result, capacity, std::move(leases));
    REQUIRE(reply);
    settle();
    return result;
  }

  result<worker_registered> enlist(const scripted& worker, std::uint32_t capacity,
                                   std::vector<lease_key> leases) {
    return ask<worker_registered>(
      boss, register_worker{worker.id, {"q"}, capacity, capacity, std::move(leases)},
      worker.handle);
  }

  result<heartbeat_reply> beat(const scripted& worker, std::vector<lease_key> leases,
                               std::uint32_t capacity = 1) {
    return ask<heartbeat_reply>(boss, heartbeat{worker.id, capacity, std::move(leases), {}, {}});
  }

  result<finish_reply> finish(const scripted& worker, lease_key lease, outcome_kind kind,
                              std::uint32_t capacity = 1) {
    job_outcome outcome{lease, kind, end_reason::none, "out", milliseconds{-1}};
    return ask<finish_reply>(boss, finish_jobs{worker.id, capacity, {outcome}, {}});
  }

  job look(job_id id) {
    auto reply = ask<jobs_found>(boss, get_jobs{{id}, true});
    REQUIRE(reply);
    REQUIRE(reply->jobs.size() == 1);
    return reply->jobs[0];
  }

  queue_depths depths(std::size_t queue = 0) {
    auto reply = ask<queues_listed>(boss, list_queues{});
    REQUIRE(reply);
    return reply->queues[queue].depths;
  }
};

} // namespace troupe::test
