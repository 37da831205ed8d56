// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <map>
#include <random>

#include "tests/support/chance.hpp"
#include "tests/support/process_cluster.hpp"
#include "tests/support/record_load.hpp"

namespace records_chaos_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

using clock_type = std::chrono::steady_clock;

cluster_plan plan_of(std::uint32_t services) {
  cluster_plan plan;
  plan.workers = 0;
  plan.services = services;
  plan.relays = true;
  plan.heartbeat_interval = 200ms;
  plan.lease_timeout = 1500ms;
  plan.request_timeout = 2000ms;
  plan.shard_lease = 500ms;
  plan.more = "[queues." + std::string{order_queue} + "]\nhandler = \"noop\"\n\n";
  for (const auto& x : played_collections()) {
    plan.more += "[collections." + x.name + "]\n";
    if (x.hooks.any())
      plan.more += "on_create = \"" + x.hooks.on_create + "\"\n";
  }
  return plan;
}

/// Kills, freezes, stops and cuts nodes off at random times.
class record_chaos {
public:
  record_chaos(process_cluster& cluster, std::uint64_t seed)
      : cluster_{cluster},
        random_{seed},
        nodes_{cluster.service_names()} {
    nodes_.push_back("control");
  }

  milliseconds pause() { return milliseconds{between(100, 600)}; }

  void strike() {
    end_troubles(clock_type::now());
    auto node = nodes_[between(0, nodes_.size() - 1)];
    if (troubles_.contains(node))
      return;
    CAPTURE(node);
    CHECK(cluster_.is_running(node)); // no node has ended by itself
    switch (between(0, node == "control" ? 5 : 8)) {
    case 0:
    case 1:
      cluster_.kill(node);
      return begin("SIGKILL", node, between(50, 900), [this, node] { cluster_.start(node); });
    case 2:
    case 3:
      cluster_.freeze(node);
      return begin("SIGSTOP", node, between(100, 2500), [this, node] { cluster_.thaw(node); });
    case 4:
    case 5:
      cluster_.terminate(node);
      return begin("SIGTERM", node, between(500, 1500), [this, node] { start_again(node); });
    case 6:
    case 7:
      cluster_.network(node).cut();
      return begin("cut", node, between(10, 1500), [this, node] { cluster_.network(node).heal(); });
    default:
      cluster_.network(node).hold();
      return begin("held up", node, between(100, 2500),
                   [this, node] { cluster_.network(node).heal(); });
    }
  }

  /// All nodes run again.
  void end() { end_troubles(clock_type::time_point::max()); }

  std::string report() const {
    std::string result;
    for (const auto& [what, count] : counts_)
      result += std::to_string(count) + " " + what + ", ";
    return result;
  }

private:
  struct trouble {
    clock_type::time_point until;
    std::function<void()> end;
  };

  std::uint64_t between(std::uint64_t low, std::uint64_t high) {
    return std::uniform_int_distribution{low, high}(random_);
  }

  void begin(const std::string& what, const std::string& node, std::uint64_t length_ms,
             std::function<void()> end) {
    ++counts_[what];
    troubles_[node] = {clock_type::now() + milliseconds{length_ms}, std::move(end)};
  }

  void start_again(const std::string& node) {
    auto status = cluster_.wait_for_end(node, 20s);
    CAPTURE(node);
    REQUIRE(status.has_value());
    CHECK((*status == 0 || *status == -SIGTERM)); // -SIGTERM: it had hardly started
    cluster_.start(node);
  }

  void end_troubles(clock_type::time_point now) {
    for (auto i = troubles_.begin(); i != troubles_.end();) {
      if (i->second.until > now) {
        ++i;
        continue;
      }
      i->second.end();
      i = troubles_.erase(i);
    }
  }

  process_cluster& cluster_;
  std::mt19937_64 random_;
  std::vector<std::string> nodes_;
  std::map<std::string, trouble> troubles_; // by node
  std::map<std::string, int> counts_;
};

std::size_t count(const std::vector<record_operation>& history, operation_end what) {
  return static_cast<std::size_t>(std::ranges::count(history, what, &record_operation::end));
}

} // namespace

// TROUPE_CHAOS_SECONDS and TROUPE_CHAOS_SEED make it longer, or repeat it.
TEST_CASE("R1 R2 R3 R4 R5: whatever is killed, frozen, cut off and moved, records keep all "
          "promises") {
  auto seed = number_from("TROUPE_CHAOS_SEED", std::random_device{}());
  auto length = std::chrono::seconds{number_from("TROUPE_CHAOS_SECONDS", 20)};
  CAPTURE(seed);
  process_cluster cluster{plan_of(3)};
  cluster.start_all();
  record_load players{cluster.address(), 6, seed};
  feed_reader reader{cluster.address()};
  record_chaos trouble{cluster, seed};

  for (auto until = clock_type::now() + length; clock_type::now() < until;) {
    auto next = clock_type::now() + trouble.pause();
    cluster.eventually([&] { return clock_type::now() >= next; });
    trouble.strike();
  }
  trouble.end();
  players.stop();
  auto read = reader.finish();

  auto connection = connect_to(cluster.address());
  auto all = read_played(*connection);
  auto history = players.history();
  WARN("records chaos with seed " << seed << " for " << length.count() << " s: " << trouble.report()
                                  << count(history, operation_end::done) << " operations done, "
                                  << count(history, operation_end::unknown) << " in doubt, "
                                  << reader.starts() << " readers of the feed");
  for (const auto& wrong : players.complaints())
    FAIL_CHECK(wrong);
  for (const auto& wrong : check_records(all, history, read_order_payloads(*connection)))
    FAIL_CHECK(wrong);
  for (const auto& x : all) {
    CAPTURE(x.name);
    CHECK((read[x.name] == x.feed));
  }
  CHECK(count(history, operation_end::done) > 100);
}

} // namespace records_chaos_test
