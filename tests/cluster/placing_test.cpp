// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cstdlib>
#include <future>

#include "tests/support/http_client.hpp"
#include "tests/support/placed_cluster.hpp"

namespace placing_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

enum class fault : std::uint8_t { killed, stopped, frozen, cut_off };

std::string text_of_fault(fault x) {
  switch (x) {
  case fault::killed:
    return "killed";
  case fault::stopped:
    return "stopped in order";
  case fault::frozen:
    return "frozen";
  default:
    return "cut off";
  }
}

// Whatever is asked of a cluster works again within its leases and a second, on a machine that has
// time for it.
constexpr auto promised = placed_cluster::lease + 1s;
constexpr milliseconds patience{15'000};

// Long enough that all leases of a process that is out of reach end.
constexpr auto out_of_reach = placed_cluster::lease + 500ms;

void strike(placed_cluster& cluster, const std::string& process, fault what) {
  switch (what) {
  case fault::killed:
    cluster.kill(process);
    return cluster.start(process);
  case fault::stopped:
    CHECK(cluster.stop(process) == 0);
    return cluster.start(process);
  case fault::frozen:
    cluster.freeze(process);
    cluster.idle(out_of_reach);
    return cluster.thaw(process);
  default:
    cluster.cut_off(process);
    cluster.idle(out_of_reach);
    return cluster.join_again(process);
  }
}

/// Does everything to every process, one after the other, and returns the longest outage.
milliseconds strike_all(const placing& roles, const std::vector<fault>& faults) {
  placed_cluster cluster{roles};
  cluster.start_all();
  milliseconds longest{0};
  for (const auto& process : cluster.processes())
    for (auto what : faults) {
      if (what == fault::cut_off && roles.size() == 1)
        continue; // from whom
      CAPTURE(text_of(roles), process, text_of_fault(what));
      strike(cluster, process, what);
      const auto outage = cluster.recovers_within(patience);
      if (!outage)
        FAIL(cluster.trouble() << "\n---- log of " << process << "\n" << cluster.log(process));
      longest = std::max(longest, *outage);
      if (*outage > promised)
        WARN("it took " << outage->count() << " ms");
    }
  return longest;
}

std::vector<fault> all_faults() {
  return {fault::killed, fault::stopped, fault::frozen, fault::cut_off};
}

/// With TROUPE_CHAOS_SECONDS, whatever it is, all placings; this takes some minutes.
std::vector<placing> wanted_placings() {
  if (std::getenv("TROUPE_CHAOS_SECONDS") != nullptr)
    return all_placings();
  return {placing_of("control/service/gateway/worker")};
}

} // namespace

TEST_CASE("everything works again after any fault of any process however roles are placed") {
  for (const auto& roles : wanted_placings()) {
    const auto longest = strike_all(roles, all_faults());
    WARN(text_of(roles) << ": the longest outage was " << longest.count() << " ms");
  }
}

TEST_CASE("everything works again when roles that share a process are killed together") {
  for (const auto* roles : {"control service gateway worker", "control worker/service gateway",
                            "control gateway/service worker", "control service/gateway worker"}) {
    const auto longest = strike_all(placing_of(roles), {fault::killed});
    WARN(roles << ": the longest outage was " << longest.count() << " ms");
  }
}

TEST_CASE("who waits for a job at a gateway is answered when the control node is lost") {
  placed_cluster cluster{placing_of("control service worker/gateway")};
  cluster.start_all();
  const auto port = cluster.http_port();
  auto answer = std::async(std::launch::async, [port] {
    return http_client{port, 60s}.send("POST", "/v1/queues/noop/leases",
                                       R"({"worker":"ann","wait":30})",
                                       {"Content-Type: application/json"});
  });
  const auto waits = [port] {
    auto workers = http_client{port}.send("GET", "/v1/workers");
    return workers && workers->body.find("ann") != std::string::npos;
  };
  REQUIRE(cluster.eventually(waits, patience));

  cluster.kill("control-service-worker");

  REQUIRE(answer.wait_for(10s) == std::future_status::ready);
  auto empty = answer.get();
  REQUIRE(empty);
  CHECK(empty->status == 200);
  CHECK_THAT(empty->body, Catch::Contains("\"jobs\":[]"));
}

} // namespace placing_test
