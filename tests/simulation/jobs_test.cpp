// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <numeric>

#include "actors/dispatcher.hpp"
#include "actors/dispatcher_state.hpp"
#include "actors/receptionist.hpp"
#include "actors/repository.hpp"
#include "actors/running_worker.hpp"
#include "actors/worker.hpp"
#include "tests/support/network.hpp"
#include "tests/support/promise_checker.hpp"
#include "tests/support/simulated_runner.hpp"

namespace jobs_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

/// How often bad things happen, per simulated 100 ms.
struct faults {
  double cut = 0;           ///< a connection closes
  double partition = 0;     ///< bytes stay under way, one way or both, until they are healed
  double worker_crash = 0;  ///< a power cut on a worker node
  double control_crash = 0; ///< the same on the control node; the disk survives
  double full_disk = 0;     ///< nothing can be stored for a while
  double drain = 0;         ///< somebody drains a worker, or lets it take jobs again
};

/// One control node, three worker nodes and a client on one of them, driven by a seed. The disk is
/// a `memory_store`; the checker looks at it after every event.
class job_cluster {
public:
  static constexpr std::size_t workers = 3;

  /// The heartbeat time-out and one interval.
  static constexpr milliseconds silence_max{8000 + 2000};

  explicit job_cluster(std::uint64_t seed)
      : disk{std::make_shared<memory_store::disk>()},
        net{1 + workers, seed} {
    start_control();
    for (std::size_t i = 1; i <= workers; ++i)
      start_worker(i);
    net.check_always([this] { checker.observe(disk->data); });
  }

  ~job_cluster() { net.check_always(nullptr); }

  /// Enqueues from worker node 1, as an embedding program would. Remembers what was acknowledged.
  void enqueue(std::size_t count) {
    if (proxies_[1] == nullptr)
      return;
    enqueue_jobs request{"q", std::vector(count, new_job{"x", {}, {}, {}})};
    pending_.push_back(net[1].request<jobs_enqueued>(proxies_[1], std::move(request)));
  }

  void collect_acknowledgements() {
    for (auto& answer : pending_)
      if (answer->has_value() && **answer)
        for (std::uint32_t i = 0; i < (*answer)->value().count; ++i)
          checker.acknowledged((*answer)->value().first + i);
    std::erase_if(pending_, [](const auto& answer) { return answer->has_value(); });
  }

  void misbehave(const faults& rate) {
    auto i = 1 + net.pick(workers);
    if (net.chance(rate.cut))
      net.cut(0, i);
    if (net.chance(rate.partition))
      net.chance(0.5) ? net.partition(0, i) : net.partition_one_way(net.chance(0.5) ? 0 : i, 0);
    if (net.chance(0.05))
      net.heal_all();
    if (net.chance(rate.worker_crash))
      crash_worker(i);
    if (net.chance(rate.control_crash))
      crash_control();
    if (net.chance(rate.full_disk))
      disk->failure = error{errc::storage_full, "no space left on device"};
    else if (net.chance(0.1))
      disk->failure.reset();
    if (rate.drain > 0 && net.chance(rate.drain))
      tell(i, net.chance(0.5));
  }

  /// As an operator does.
  void tell(std::size_t worker, bool draining) {
    net[0].request<caf::ok_atom>(boss_, drain_node{"n" + std::to_string(worker), draining});
  }

  void resume_all() {
    for (std::size_t i = 1; i <= workers; ++i)
      tell(i, false);
  }

  /// Lets 100 ms pass and connects again what lost its connection.
  void run() {
    net.advance(100ms);
    collect_acknowledgements();
    if (*boss_ended_) { // as its supervisor would
      start_dispatcher();
      for (std::size_t i = 1; i <= workers; ++i)
        net.cut(0, i);
    }
    for (std::size_t i = 1; i <= workers; ++i)
      if (!net.connected(0, i))
        connect(i);
  }

  void crash_worker(std::size_t i) {
    if (i == 1)
      pending_.clear(); // the client dies with its node
    proxies_[i] = nullptr;
    receptionists_[i] = nullptr;
    net.crash(i);
    start_worker(i);
  }

  void crash_control() {
    boss_ = nullptr;
    for (auto& proxy : proxies_)
      proxy = nullptr;
    net.crash(0);
    start_control();
  }

  /// The leases that a worker node holds now.
  std::vector<lease_key> leases_of(std::size_t i) const {
    std::vector<lease_key> result;
    for (const auto& [id, job] : disk->data.jobs)
      if (job.held && job.held->node == "n" + std::to_string(i))
        result.push_back({id, job.held->epoch});
    return result;
  }

  bool is_current(const lease_key& lease) const {
    const auto& held = disk->data.jobs.at(lease.job).held;
    return held && held->epoch == lease.epoch;
  }

  std::shared_ptr<memory_store::disk> disk;
  promise_checker checker;
  simulated_cluster net;

private:
  void start_control() {
    auto& node = net[0];
    auto env = node.simulated_environment();
    dispatcher_options& options = options_;
    options = {};
    options.env = env;
    options.window_jobs_max = 8; // smaller than the queue gets
    options.repository = node.system.spawn(
      repository, std::shared_ptr<storage_engine>{std::make_shared<memory_store>(disk)},
      repository_options{env, 2});
    options.receptionist = spawn_receptionist(0);
    queue_settings queue;
    queue.name = "q";
    queue.handler = "h";
    queue.dead_letter = "q.dead";
    queue.max_attempts = 3;
    queue.max_losses = 1000; // here workers are lost by chance, not by their jobs
    queue.backoff = {100ms, 2, 2s};
    queue_settings dead;
    dead.name = "q.dead";
    options.queues = {queue, dead};
    start_dispatcher();
  }

  void start_dispatcher() {
    boss_ = net[0].system.spawn(dispatcher, options_);
    boss_ended_ = std::make_shared<bool>(false);
    boss_->attach_functor([ended = boss_ended_](const caf::error&) { *ended = true; });
    net.settle();
  }

  receptionist_actor spawn_receptionist(std::size_t i) {
    receptionist_options options;
    options.self.name = "n" + std::to_string(i);
    options.env = net[i].simulated_environment();
    return net[i].system.spawn(receptionist, options);
  }

  void start_worker(std::size_t i) {
    auto& node = net[i];
    receptionists_[i] = spawn_receptionist(i);
    worker_options options;
    options.env = node.simulated_environment();
    options.id = {"n" + std::to_string(i), options.env.seed()};
    options.slots = 2;
    options.prefetch = 1;
    options.receptionist = receptionists_[i];
    options.queues["q"] = {"h", std::make_shared<const handler>(), 1024};
    // The script depends on the lease alone, so that it is the same in every replay.
    options.make_runner = [&node] {
      return std::make_unique<simulated_runner>(
        node.system, 2,
        simulated_handler{[](const leased_job& job) {
                            return milliseconds{50
                                                + (job.lease.epoch * 7919 + job.lease.job) % 4000};
                          },
                          [](const leased_job& job) {
                            return (job.lease.epoch + job.lease.job) % 10 == 0
                                     ? outcome::failure("the script says so")
                                     : outcome::success(std::to_string(job.lease.epoch));
                          },
                          {}});
    };
    node.system.spawn(worker, options);
    connect(i);
  }

  void connect(std::size_t i) {
    proxies_[i] = net.connect(0, i, boss_);
    net[i].request<caf::ok_atom>(
      receptionists_[i],
      register_name{"dispatcher", caf::actor_cast<caf::strong_actor_ptr>(proxies_[i])});
    net.settle();
  }

  dispatcher_options options_;
  dispatcher_actor boss_;
  std::shared_ptr<bool> boss_ended_;
  std::array<dispatcher_actor, 1 + workers> proxies_;
  std::array<receptionist_actor, 1 + workers> receptionists_;
  std::vector<answer<jobs_enqueued>> pending_;
};

/// TROUPE_SEEDS: how many to try. TROUPE_SEED: only this one.
std::vector<std::uint64_t> seeds() {
  if (auto only = std::getenv("TROUPE_SEED"))
    return {std::strtoull(only, nullptr, 10)};
  auto wanted = std::getenv("TROUPE_SEEDS");
  std::vector<std::uint64_t> result(wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 20);
  std::iota(result.begin(), result.end(), 1);
  return result;
}

void all_promises_hold(std::uint64_t seed, const faults& rate) {
  INFO("seed " << seed);
  job_cluster cluster{seed};
  for (int tick = 0; tick < 300; ++tick) {
    if (tick % 10 == 0)
      cluster.enqueue(1 + cluster.net.pick(4));
    cluster.misbehave(rate);
    cluster.run();
  }
  cluster.net.heal_all();
  cluster.disk->failure.reset();
  auto left = [&] { return cluster.checker.unfinished(cluster.disk->data).size(); };
  for (int tick = 0; tick < 3000 && left() > 0; ++tick) {
    if (rate.drain > 0 && tick % 20 == 0)
      cluster.resume_all();
    cluster.run();
  }
  for (const auto& violation : cluster.checker.violations())
    FAIL_CHECK(violation);
  INFO(left() << " acknowledged jobs have no final state");
  REQUIRE(left() == 0);
  REQUIRE(cluster.disk->data.jobs.size() > 10);
}

} // namespace

TEST_CASE("J1, J2, J3: nothing bad happens when nothing bad happens") {
  for (auto seed : seeds())
    all_promises_hold(seed, {});
}

TEST_CASE("J1, J2, J3 hold when connections break and bytes are held up") {
  for (auto seed : seeds())
    all_promises_hold(seed, {.cut = 0.05, .partition = 0.05});
}

TEST_CASE("J1, J2, J3 hold when worker nodes crash") {
  for (auto seed : seeds())
    all_promises_hold(seed, {.worker_crash = 0.05});
}

TEST_CASE("J1, J2, J3 hold when the control node crashes and reads its disk again") {
  for (auto seed : seeds())
    all_promises_hold(seed, {.control_crash = 0.02});
}

TEST_CASE("J1, J2, J3 hold while workers are drained and take jobs again") {
  for (auto seed : seeds())
    all_promises_hold(seed, {.drain = 0.2});
}

TEST_CASE("a drained worker gets no jobs, and has some again soon after it may") {
  for (auto seed : seeds()) {
    INFO("seed " << seed);
    job_cluster cluster{seed};
    cluster.tell(1, true);
    cluster.net.advance(1s);
    cluster.enqueue(60);
    for (int tick = 0; tick < 20; ++tick) {
      cluster.run();
      REQUIRE(cluster.leases_of(1).empty());
    }

    cluster.tell(1, false);
    for (int tick = 0; tick < 20 && cluster.leases_of(1).empty(); ++tick)
      cluster.run();

    CHECK_FALSE(cluster.leases_of(1).empty());
  }
}

TEST_CASE("J1, J2, J3 hold when everything goes wrong at once") {
  for (auto seed : seeds())
    all_promises_hold(seed, {0.02, 0.02, 0.02, 0.01, 0.01, 0.05});
}

TEST_CASE("J4: a lost worker's leases end within their time") {
  for (auto seed : seeds()) {
    INFO("seed " << seed);
    job_cluster cluster{seed};
    cluster.enqueue(9);
    for (auto ticks = 5 + cluster.net.pick(10); ticks > 0; --ticks)
      cluster.run();
    auto crashed = cluster.leases_of(2), cut_off = cluster.leases_of(3);
    REQUIRE_FALSE((crashed.empty() && cut_off.empty()));

    cluster.net.crash(2);
    cluster.net.advance(100ms, 10ms);
    for (const auto& lease : crashed)
      CHECK_FALSE(cluster.is_current(lease));

    cluster.net.partition(0, 3);
    cluster.net.advance(cluster.silence_max);
    for (const auto& lease : cut_off)
      CHECK_FALSE(cluster.is_current(lease));
  }
}

TEST_CASE("one seed is one history") {
  auto history = [](std::uint64_t seed) {
    job_cluster cluster{seed};
    for (int tick = 0; tick < 50; ++tick) {
      if (tick % 10 == 0)
        cluster.enqueue(2);
      cluster.misbehave({0.05, 0.05, 0.05, 0.02, 0, 0});
      cluster.run();
    }
    return cluster.net.events();
  };
  CHECK(history(7) == history(7));
  CHECK(history(7) != history(8));
}

} // namespace jobs_test
