// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "tests/support/chance.hpp"
#include "tests/support/record_cluster.hpp"

namespace records_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

std::size_t answered(const std::vector<record_operation>& history) {
  return static_cast<std::size_t>(
    std::ranges::count(history, operation_end::done, &record_operation::end));
}

void all_promises_hold(record_cluster_options options, const record_faults& rate) {
  INFO("seed " << options.seed);
  record_cluster cluster{options};
  cluster.run(15s, rate);
  for (const auto& wrong : cluster.finish())
    FAIL_CHECK(wrong);
  CHECK(answered(cluster.history()) > 100);
}

void all_promises_hold(const record_faults& rate) {
  for (auto seed : seeds(2)) {
    record_cluster_options options;
    options.seed = seed;
    options.control_serves = seed % 2 == 0;
    all_promises_hold(options, rate);
  }
}

/// True if one of the first seeds shows what is wrong.
bool is_noticed(record_cluster_options options, const record_faults& rate) {
  for (options.seed = 1; options.seed <= 20; ++options.seed) {
    record_cluster cluster{options};
    cluster.run(15s, rate);
    if (!cluster.finish().empty())
      return true;
  }
  return false;
}

} // namespace

TEST_CASE("R1 R2 R3 R4 R5: nothing bad happens when nothing bad happens") {
  all_promises_hold({});
}

TEST_CASE("R1 R2 R3 R4 R5 hold when connections break and bytes are held up") {
  all_promises_hold({.cut = 0.05, .delay = 0.05});
}

TEST_CASE("R1 R2 R3 R4 R5 hold when service nodes crash") {
  all_promises_hold({.service_crash = 0.04});
}

TEST_CASE("R1 R2 R3 R4 R5 hold when the control node crashes and reads its disk again") {
  all_promises_hold({.control_crash = 0.02, .full_disk = 0.01});
}

TEST_CASE("R1 R2 R3 R4 R5 hold when nodes freeze past their leases and thaw") {
  all_promises_hold({.freeze = 0.04, .control_freeze = 0.01});
}

TEST_CASE("R1 R2 R3 R4 R5 hold when owners leave and join") {
  all_promises_hold({.leave = 0.05});
}

TEST_CASE("R1 R2 R3 R4 R5 hold when nothing stays in memory for long") {
  for (auto seed : seeds(1)) {
    record_cluster_options options;
    options.seed = seed;
    options.cache_max = 2048;
    all_promises_hold(options, {.cut = 0.02, .leave = 0.02});
  }
}

TEST_CASE("R1 R2 R3 R4 R5 hold when everything goes wrong at once") {
  all_promises_hold({.cut = 0.02,
                     .delay = 0.02,
                     .service_crash = 0.01,
                     .control_crash = 0.005,
                     .freeze = 0.02,
                     .control_freeze = 0.005,
                     .leave = 0.02,
                     .full_disk = 0.01});
}

// -- what would happen without them ---------------------------------------------------------------

TEST_CASE("without the lease of reads, stale answers of owners that were cut off are found") {
  record_cluster_options options;
  options.safety.read_lease = false;
  options.local_players = 5; // each that asks for a key of another node waits for the network
  CHECK(is_noticed(options, {.delay = 0.1}));
}

TEST_CASE("without the order of versions, an old load over a newer value is found") {
  record_cluster_options options;
  options.safety.version_order = false;
  options.cache_max = 2048;
  CHECK(is_noticed(options, {.delay = 0.1}));
}

TEST_CASE("without the fence of epochs, what an old owner writes is found") {
  record_cluster_options options;
  options.check_epochs = false;
  CHECK(is_noticed(options, {.delay = 0.02, .freeze = 0.05}));
}

TEST_CASE("one seed of records is one history") {
  auto events = [](std::uint64_t seed) {
    record_cluster_options options;
    options.seed = seed;
    record_cluster cluster{options};
    cluster.run(2s, {.cut = 0.05, .service_crash = 0.05, .freeze = 0.05});
    return cluster.events();
  };
  CHECK(events(7) == events(7));
  CHECK(events(7) != events(8));
}

} // namespace records_test
