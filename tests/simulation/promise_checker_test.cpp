// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "tests/support/promise_checker.hpp"

namespace promise_checker_test {

using namespace troupe;
using namespace troupe::test;

namespace {

/// A store by hand, so that it can do what a store must not.
struct bad_history {
  memory_data data;
  promise_checker checker;

  bad_history() {
    data.jobs[1].seen.id = 1;
    checker.acknowledged(1);
    checker.observe(data);
  }

  void lease(lease_epoch epoch) {
    data.jobs[1].held = memory_data::lease{epoch, "n", {}};
    checker.observe(data);
  }

  void end(job_state state, std::string result) {
    data.jobs[1].held.reset();
    data.jobs[1].seen.state = state;
    data.jobs[1].seen.result = std::move(result);
    checker.observe(data);
  }

  std::string promise() const {
    return checker.violations().empty() ? "" : checker.violations()[0].substr(0, 2);
  }
};

} // namespace

TEST_CASE_METHOD(bad_history, "the checker accepts a good history") {
  lease(1);
  end(job_state::retrying, "");
  lease(2);
  CHECK(checker.unfinished(data) == std::vector<job_id>{1});
  end(job_state::succeeded, "2");
  CHECK(promise().empty());
  CHECK(checker.unfinished(data).empty());
}

TEST_CASE_METHOD(bad_history, "the checker finds a lost job") {
  data.jobs.clear();
  checker.observe(data);
  CHECK(promise() == "J1");
}

TEST_CASE_METHOD(bad_history, "the checker finds a second final state") {
  lease(1);
  end(job_state::succeeded, "1");
  end(job_state::dead, "");
  CHECK(promise() == "J2");
}

TEST_CASE_METHOD(bad_history, "the checker finds a zombie's result") {
  lease(1);
  lease(2);
  end(job_state::succeeded, "1");
  CHECK(promise() == "J3");
}

TEST_CASE_METHOD(bad_history, "the checker finds an epoch that does not grow") {
  lease(2);
  end(job_state::ready, "");
  lease(1);
  CHECK(promise() == "J3");
}

} // namespace promise_checker_test
