// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "actors/loss_blame.hpp"

namespace loss_blame_test {

using namespace troupe;

namespace {

lease_record make_lease(job_id job, lease_epoch epoch, bool started, std::uint32_t slots = 2) {
  lease_record record;
  record.key = {job, epoch};
  record.started = started;
  record.slots = slots;
  return record;
}

std::vector<job_id> jobs_of(const std::vector<const lease_record*>& records) {
  std::vector<job_id> result;
  for (const auto* x : records)
    result.push_back(x->key.job);
  return result;
}

using ids = std::vector<job_id>;

} // namespace

TEST_CASE("a job that began pays for the loss of its worker, one that waited does not") {
  auto a = make_lease(1, 11, true), b = make_lease(2, 12, true), c = make_lease(3, 13, false);

  auto blamed = blame({&c, &a, &b});

  CHECK(jobs_of(blamed.begun) == ids{1, 2});
  CHECK(jobs_of(blamed.untouched) == ids{3});
}

TEST_CASE("of jobs whose start was not reported those may have begun that came first") {
  auto a = make_lease(9, 11, false), b = make_lease(2, 12, false), c = make_lease(1, 13, false);

  auto blamed = blame({&a, &b, &c});

  CHECK(jobs_of(blamed.begun) == ids{9, 2});
  CHECK(jobs_of(blamed.untouched) == ids{1});
}

TEST_CASE("where the slots of a worker are not known all of its jobs may have begun") {
  auto a = make_lease(1, 11, false, 0), b = make_lease(2, 12, false, 0);

  CHECK(blame({&a, &b}).untouched.empty());
}

TEST_CASE("a suspect was lost before, and may be lost once more only") {
  CHECK_FALSE(is_suspect({0, 0, 0, 0}, 3));
  CHECK_FALSE(is_suspect({0, 1, 0, 1}, 3));
  CHECK(is_suspect({0, 2, 0, 2}, 3));
  CHECK(is_suspect({0, 1, 0, 1}, 2));
  CHECK_FALSE(is_suspect({0, 0, 0, 0}, 1));
}

} // namespace loss_blame_test
