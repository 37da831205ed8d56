// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "actors/lease_table.hpp"

namespace lease_table_test {

using namespace troupe;
using namespace std::chrono_literals;

namespace {

constexpr time_point start{}; // simulated: nothing here reads a clock

lease_record make_lease(job_id job, lease_epoch epoch, std::uint64_t worker,
                        lease_phase phase = lease_phase::held) {
  lease_record record;
  record.key = {job, epoch};
  record.worker = worker;
  record.node = "n" + std::to_string(worker);
  record.phase = phase;
  record.renewed = start;
  record.run_timeout = 1min;
  return record;
}

const lease_limits limits_8s{8s, 15s};

} // namespace

TEST_CASE("J3: a lease is found by its current epoch only") {
  lease_table leases;
  leases.add(make_lease(1, 10, 7));

  CHECK(leases.find({1, 10}) != nullptr);
  CHECK(leases.find({1, 9}) == nullptr);
  CHECK(leases.find({2, 10}) == nullptr);
}

TEST_CASE("leases that are being ended fill no slot") {
  lease_table leases;
  auto& first = leases.add(make_lease(1, 10, 7, lease_phase::granting));
  leases.add(make_lease(2, 11, 7));
  CHECK(leases.active(7) == 2);

  leases.assign(first, 7, lease_phase::ending);
  CHECK(leases.active(7) == 1);
  CHECK(leases.of_worker(7) == std::vector<job_id>{1, 2});

  leases.erase(1);
  leases.erase(2);
  CHECK(leases.active(7) == 0);
  CHECK(leases.size() == 0);
}

TEST_CASE("a lease is overdue when its worker was silent for longer than the limit") {
  lease_table leases;
  leases.add(make_lease(1, 10, 7));
  leases.add(make_lease(2, 11, 7)).renewed = start + 5s;

  CHECK(leases.overdue(start + 8s, limits_8s).empty());
  auto overdue = leases.overdue(start + 8001ms, limits_8s);
  REQUIRE(overdue.size() == 1);
  CHECK(overdue[0].job == 1);
  CHECK(overdue[0].reason == end_reason::lease_lost);
}

TEST_CASE("a handler that passes its time-outs is overdue though its worker beats") {
  lease_table leases;
  auto& slow = leases.add(make_lease(1, 10, 7));
  slow.started = true;
  slow.begun = slow.active = start;
  auto& silent = leases.add(make_lease(2, 11, 7));
  silent = slow;
  silent.key = {2, 11};
  silent.progress_timeout = 10s;
  auto& waiting = leases.add(make_lease(3, 12, 7));
  auto at = start + 1min + 16s;
  slow.renewed = silent.renewed = waiting.renewed = at;

  auto overdue = leases.overdue(at, limits_8s);
  REQUIRE(overdue.size() == 2);
  CHECK(overdue[0].reason == end_reason::deadline);
  CHECK(overdue[1].reason == end_reason::deadline);

  overdue = leases.overdue(start + 26s, limits_8s);
  REQUIRE(overdue.size() == 1);
  CHECK(overdue[0].job == 2);
  CHECK(overdue[0].reason == end_reason::no_progress);
}

TEST_CASE("orphans are found by the node that held them") {
  lease_table leases;
  leases.add(make_lease(2, 11, 7, lease_phase::orphaned));
  leases.add(make_lease(1, 10, 7, lease_phase::orphaned));
  leases.add(make_lease(3, 12, 7));
  leases.add(make_lease(4, 13, 8, lease_phase::orphaned));

  CHECK(leases.orphans_of("n7") == std::vector<job_id>{1, 2});
}

TEST_CASE("a worker with a lease that must be alone is full") {
  lease_table leases;
  auto& alone = leases.add([] {
    auto record = make_lease(1, 10, 7);
    record.alone = true;
    return record;
  }());
  CHECK(leases.active(7) == lease_table::full);

  leases.assign(alone, 7, lease_phase::ending);
  CHECK(leases.active(7) == lease_table::full); // it has not ended yet
  leases.erase(1);
  CHECK(leases.active(7) == 0);
}

TEST_CASE("time in which nobody could be heard is nobody's silence") {
  lease_table leases;
  auto& record = leases.add(make_lease(1, 10, 7));
  record.started = true;
  record.begun = record.active = start + 1s;

  leases.forgive(50s, start + 52s);

  CHECK(leases.overdue(start + 58s, limits_8s).empty());
  CHECK(leases.overdue(start + 59s, limits_8s).size() == 1);
  CHECK(record.begun == start + 51s);
}

TEST_CASE("a worker's grace for a handler that is out of time is waited for") {
  lease_table leases;
  auto& slow = leases.add(make_lease(1, 10, 7));
  slow.started = true;
  slow.begun = slow.active = start;
  slow.cancel_grace = 30s;
  slow.renewed = start + 2min;

  CHECK(leases.overdue(start + 1min + 45s, limits_8s).empty());
  CHECK(leases.overdue(start + 1min + 46s, limits_8s).size() == 1);
}

} // namespace lease_table_test
