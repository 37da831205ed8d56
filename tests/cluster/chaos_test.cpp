// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <csignal>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "tests/support/chance.hpp"
#include "tests/support/cluster_checks.hpp"
#include "tests/support/load.hpp"

namespace chaos_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

using clock_type = std::chrono::steady_clock;

/// A thread that looks at jobs ten times a second, and remembers each as it was when it was first
/// seen to be final.
class witness {
public:
  witness(client& cluster, const load& clients)
      : thread_{[this, &cluster, &clients](const std::stop_token& stop) {
          std::unique_lock lock{mutex_};
          while (!stopped_.wait_for(lock, stop, 100ms, [&] { return stop.stop_requested(); }))
            look(cluster, clients.ids());
        }} {}

  void stop() {
    thread_.request_stop();
    thread_.join();
  }

  /// A final state is for ever: it was not left, nor entered again. After `stop`.
  void check_unchanged(const std::vector<job>& jobs) const {
    for (const auto& now : jobs)
      if (auto then = final_.find(now.id); then != final_.end()) {
        CAPTURE(now.id);
        CHECK(now.state == then->second.state);
        CHECK(now.finished_at == then->second.finished_at);
        CHECK(now.counters == then->second.counters);
      }
  }

  std::size_t seen() const noexcept { return final_.size(); }

private:
  static constexpr std::size_t looked_at_max = 500;

  void look(client& cluster, const std::vector<job_id>& ids) {
    std::vector<job_id> open;
    for (auto id : ids)
      if (open.size() < looked_at_max && !final_.contains(id))
        open.push_back(id);
    auto found = cluster.get(open, false);
    if (!found)
      return; // the control node is down just now
    for (auto& x : *found)
      if (is_final(x.state))
        final_.emplace(x.id, std::move(x));
  }

  std::map<job_id, job> final_;
  std::mutex mutex_;
  std::condition_variable_any stopped_;
  std::jthread thread_; // the last: it uses the others
};

/// Kills, freezes, stops and restarts nodes at random times.
class chaos {
public:
  chaos(process_cluster& cluster, std::uint64_t seed) : cluster_{cluster}, random_{seed} {
    nodes_ = cluster.worker_names();
    nodes_.push_back("control");
  }

  /// Until the next thing happens.
  milliseconds pause() { return milliseconds{between(50, 400)}; }

  void strike() {
    end_troubles(clock_type::now());
    auto node = nodes_[between(0, nodes_.size() - 1)];
    if (troubles_.contains(node) || stopping_.contains(node))
      return;
    CAPTURE(node);
    CHECK(cluster_.is_running(node)); // no node has ended by itself
    auto lasts = milliseconds{between(50, 900)};
    switch (between(0, 9)) {
    case 0:
    case 1:
      cluster_.terminate(node);
      stopping_.insert(node);
      ++counts_["SIGTERM"];
      break;
    case 2:
    case 3:
    case 4:
      cluster_.freeze(node);
      frozen_.insert(node);
      lasts = milliseconds{between(100, 3500)}; // some of them past the lease
      ++counts_["SIGSTOP"];
      break;
    default:
      cluster_.kill(node);
      ++counts_["SIGKILL"];
    }
    troubles_[node] = clock_type::now() + lasts;
  }

  /// All nodes run again.
  void end() {
    REQUIRE(cluster_.eventually([&] {
      end_troubles(clock_type::time_point::max());
      return stopping_.empty();
    }));
  }

  std::string report() const {
    std::string result;
    for (const auto& [what, count] : counts_)
      result += std::to_string(count) + " " + what + ", ";
    return result;
  }

private:
  std::uint64_t between(std::uint64_t low, std::uint64_t high) {
    return std::uniform_int_distribution{low, high}(random_);
  }

  void end_troubles(clock_type::time_point now) {
    std::erase_if(troubles_, [&](const auto& trouble) {
      const auto& [node, until] = trouble;
      if (until > now)
        return false;
      if (frozen_.erase(node) > 0)
        cluster_.thaw(node);
      else if (!stopping_.contains(node)) // else it drains, and is looked at below
        cluster_.start(node);
      return true;
    });
    std::erase_if(stopping_, [&](const std::string& node) {
      auto status = cluster_.wait_for_end(node, milliseconds{0});
      if (!status || troubles_.contains(node))
        return false;
      CAPTURE(node);
      // The signal may come before a fresh process takes care of it.
      CHECK((*status == 0 || *status == -SIGTERM));
      cluster_.start(node);
      return true;
    });
  }

  process_cluster& cluster_;
  std::mt19937_64 random_;
  std::vector<std::string> nodes_;
  std::map<std::string, clock_type::time_point> troubles_; ///< until when
  std::set<std::string> frozen_;
  std::set<std::string> stopping_;
  std::map<std::string, int> counts_;
};

/// Runs whose lease was lost while they went on to their end.
std::size_t count_stale(const std::vector<journal_run>& runs) {
  std::map<job_id, lease_epoch> last;
  for (const auto& run : runs)
    last[run.lease.job] = std::max(last[run.lease.job], run.lease.epoch);
  return static_cast<std::size_t>(std::ranges::count_if(runs, [&](const journal_run& run) {
    return run.ended && run.lease.epoch < last[run.lease.job];
  }));
}

bool nothing_left(process_cluster& cluster) {
  auto queues = cluster.client().queues();
  return queues && std::ranges::all_of(*queues, [](const queue_info& x) {
           return x.depths.ready + x.depths.running + x.depths.scheduled + x.depths.retrying == 0;
         });
}

std::vector<job> find_all(process_cluster& cluster, const std::vector<job_id>& ids) {
  constexpr std::size_t portion = 1000;
  std::vector<job> result;
  for (std::size_t i = 0; i < ids.size(); i += portion) {
    auto some = cluster.find(std::vector<job_id>(
      ids.begin() + static_cast<std::ptrdiff_t>(i),
      ids.begin() + static_cast<std::ptrdiff_t>(std::min(i + portion, ids.size()))));
    result.insert(result.end(), some.begin(), some.end());
  }
  return result;
}

std::uint64_t count_succeeded(process_cluster& cluster) {
  auto queues = cluster.client().queues();
  REQUIRE(queues.has_value());
  std::uint64_t result = 0;
  for (const auto& queue : *queues)
    result += queue.depths.succeeded;
  return result;
}

} // namespace

// TROUPE_CHAOS_SECONDS and TROUPE_CHAOS_SEED make it longer, or repeat it.
TEST_CASE(
  "J1 J2 J3: whatever is killed, frozen and restarted, each job ends once and none is lost") {
  auto seed = number_from("TROUPE_CHAOS_SEED", std::random_device{}());
  auto length = std::chrono::seconds{number_from("TROUPE_CHAOS_SECONDS", 20)};
  CAPTURE(seed);
  cluster_plan plan;
  plan.workers = 4;
  plan.prefetch = 2;
  plan.heartbeat_interval = 200ms;
  plan.lease_timeout = 1000ms;
  plan.drain_grace = 500ms;
  plan.cancel_grace = 500ms;
  process_cluster cluster{plan};
  cluster.start_all();
  load clients{
    cluster.address(), 3, {{"noop", ""}, {"slow", "2"}, {"steady", "15"}}, 8, seed, 50ms};
  chaos trouble{cluster, seed};
  witness seen{cluster.client(), clients};

  for (auto until = clock_type::now() + length; clock_type::now() < until;) {
    auto next = clock_type::now() + trouble.pause();
    cluster.eventually([&] { return clock_type::now() >= next; });
    trouble.strike();
  }
  trouble.end();
  seen.stop();
  auto ids = clients.stop();
  auto drained = cluster.eventually([&] { return nothing_left(cluster); }, 60s);

  auto runs = cluster.runs();
  WARN("chaos with seed " << seed << " for " << length.count() << " s: " << trouble.report()
                          << ids.size() << " jobs acknowledged, " << clients.failed()
                          << " requests in doubt or refused, " << runs.size() << " runs, "
                          << count_stale(runs) << " of them stale");
  REQUIRE(drained);
  auto jobs = find_all(cluster, ids);
  check_succeeded_under_last_lease(jobs, runs);
  seen.check_unchanged(jobs);
  CHECK(seen.seen() > 0);
  CHECK(count_succeeded(cluster) >= ids.size());
}

} // namespace chaos_test
