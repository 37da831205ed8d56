// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "messages/limits.hpp"
#include "tests/support/deterministic.hpp"
#include "tests/support/promise_checker.hpp"

namespace promise_checker_test {

using namespace troupe;
using namespace troupe::test;

namespace {

/// A store by hand, so that it can do what a store must not.
struct bad_history {
  memory_data data;
  promise_checker checker{bounds()};
  dispatcher_picture picture;
  timestamp now = start_date;

  bad_history() {
    picture.queues = {{"q", {}, 0, 0, 0}};
    add(1);
    checker.acknowledged(1);
    rest();
  }

  static promised_bounds bounds() {
    queue_settings queue;
    queue.name = "q";
    queue.max_attempts = 2;
    queue.depth_max = 3;
    return {{queue}, 8, 400, 1000};
  }

  /// A ready job, which the dispatcher knows.
  void add(job_id id, std::uint8_t priority = 5) {
    auto& job = data.jobs[id].seen;
    job.id = id;
    job.queue = "q";
    job.payload = "c" + std::to_string(id);
    job.options.priority = priority;
    ++picture.queues[0].depths.ready;
  }

  /// All is quiet.
  void rest() { checker.observe_quiet(data, picture, now); }

  void lease_quietly(lease_epoch epoch, job_id id = 1) {
    data.jobs[id].held = memory_data::lease{epoch, "n", {}};
    picture.leases.insert({id, epoch});
    picture.leases_total = picture.leases.size();
    --picture.queues[0].depths.ready;
    ++picture.queues[0].depths.running;
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
    if (checker.violations().empty())
      return "";
    const auto& first = checker.violations()[0];
    return first.substr(0, first.find(':'));
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
  checker.end(data);
  CHECK(promise().empty());
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

// -- what clients were told -----------------------------------------------------------------------

TEST_CASE_METHOD(bad_history, "the checker finds an acknowledged job that never was stored") {
  checker.acknowledged(7);
  checker.observe(data);
  CHECK(promise() == "J1");
}

TEST_CASE_METHOD(bad_history, "the checker finds a refused job that is stored") {
  SECTION("before it is refused") {
    checker.refused("c1");
  }
  SECTION("later") {
    checker.refused("c2");
    add(2);
    checker.observe(data);
  }
  CHECK(promise() == "J1");
}

TEST_CASE_METHOD(bad_history, "the checker finds half a batch") {
  checker.acknowledged("c1", 1);
  CHECK(promise().empty());
  checker.acknowledged("c1", 2);
  CHECK(promise() == "R4");
}

TEST_CASE_METHOD(bad_history, "the checker lets jobs end, go and come back as somebody asks") {
  lease(1);
  checker.cancel_asked(1);
  checker.cancel_answered(1, true);
  end(job_state::cancelled, "");
  checker.retry_asked(1);
  end(job_state::ready, "");
  checker.retry_answered(1, true);
  lease(2);
  end(job_state::succeeded, "2");
  data.jobs.clear();
  checker.observe(data);
  CHECK(checker.violations().empty());
}

TEST_CASE_METHOD(bad_history, "the checker finds a job that was cancelled, and runs again") {
  checker.cancel_asked(1);
  checker.cancel_answered(1, true);
  lease(1);
  CHECK(promise() == "J1");
}

TEST_CASE_METHOD(bad_history, "the checker finds a job that nobody cancelled") {
  checker.cancel_asked(1);
  checker.cancel_answered(1, false);
  end(job_state::cancelled, "");
  CHECK(promise() == "J2");
}

TEST_CASE_METHOD(bad_history, "the checker finds a dead job that nobody brought back") {
  data.jobs[1].seen.counters.failures = 2;
  end(job_state::dead, "");
  CHECK(promise().empty());
  SECTION("nobody asked for it") {}
  SECTION("it was refused") {
    checker.retry_asked(1);
    checker.retry_answered(1, false);
  }
  end(job_state::ready, "");
  CHECK(promise() == "J2");
}

TEST_CASE_METHOD(bad_history, "the checker finds a job that died too early") {
  data.jobs[1].seen.counters.failures = 1;
  end(job_state::dead, "");
  CHECK(promise() == "J2");
}

TEST_CASE_METHOD(bad_history, "the checker finds a job without a final state at the end") {
  checker.end(data);
  CHECK(promise() == "J2");
}

TEST_CASE_METHOD(bad_history, "the checker finds an end that was acknowledged and not stored") {
  lease(1);
  SECTION("the lease goes on") {
    checker.finished({1, 1}, false, data);
  }
  SECTION("another one took its place") {
    lease(2);
    checker.finished({1, 1}, true, data);
  }
  SECTION("it is stored") {
    end(job_state::succeeded, "1");
    checker.finished({1, 1}, true, data);
    CHECK(promise().empty());
    return;
  }
  CHECK(promise() == "J3");
}

TEST_CASE_METHOD(bad_history, "the checker finds a dead letter that was lost on its way back") {
  add(2);
  data.jobs[2].seen.queue = "q.dead";
  data.jobs[2].seen.origin = 1;
  data.jobs[2].seen.origin_queue = "q";
  checker.observe(data);
  data.jobs.erase(2);
  SECTION("it came") {
    add(3);
    checker.observe(data);
    CHECK(promise().empty());
  }
  SECTION("it did not") {
    checker.observe(data);
    CHECK(promise() == "J1");
  }
}

TEST_CASE_METHOD(bad_history, "the checker finds what must be refused and was not") {
  checker.mistake_taken("a job for no queue");
  CHECK(promise() == "S2");
}

// -- order ----------------------------------------------------------------------------------------

TEST_CASE_METHOD(bad_history, "J5: the checker finds jobs that overtake others") {
  SECTION("an older one") {
    add(2);
  }
  SECTION("one of a higher priority") {
    add(2, 4);
  }
  rest();
  lease_quietly(1, 2);
  CHECK(promise() == "J5");
}

TEST_CASE_METHOD(bad_history, "J5: the checker accepts what comes first") {
  add(2, 9);
  rest();
  SECTION("it is known") {
    lease_quietly(1, 2);
  }
  SECTION("it came only now") {
    lease_quietly(1, 2);
    add(3, 9);
    lease_quietly(2, 1);
  }
  SECTION("those before it are leased, too") {
    data.jobs[2].held = memory_data::lease{1, "n", {}};
    data.jobs[1].held = memory_data::lease{2, "n", {}};
    checker.observe(data);
  }
  CHECK(promise().empty());
}

TEST_CASE_METHOD(bad_history, "J5: the checker finds a paused queue that hands out jobs") {
  data.paused["q"] = true;
  rest();
  lease_quietly(1);
  CHECK(promise() == "J5");
}

// -- bounds ---------------------------------------------------------------------------------------

TEST_CASE_METHOD(bad_history, "J6: the checker finds what grows beyond its bound") {
  SECTION("jobs in memory") {
    picture.queues[0].window_jobs = 9;
  }
  SECTION("bytes in memory") {
    picture.queues[0].window_jobs = 2;
    picture.queues[0].window_bytes = 401;
  }
  SECTION("bytes that wait for the disk") {
    picture.unstored_bytes = 1001;
  }
  SECTION("jobs that wait for a worker of their own") {
    picture.suspects = limits::suspects_max + 1;
  }
  checker.observe_memory(picture);
  CHECK(promise() == "J6");
}

TEST_CASE_METHOD(bad_history, "J6: the checker finds room that nobody gave back") {
  SECTION("in a queue") {
    picture.queues[0].inserting = 1;
  }
  SECTION("in memory") {
    picture.unstored_bytes = 1;
  }
  SECTION("of a job that is held back") {
    picture.held = 1;
  }
  rest();
  CHECK(promise() == "J6");
}

TEST_CASE_METHOD(bad_history, "J6: the checker finds a queue that takes more than it may") {
  for (job_id id = 2; id <= 3; ++id)
    add(id);
  rest();
  CHECK(promise().empty());
  add(4);
  rest();
  CHECK(promise() == "J6");
}

// -- the dispatcher's picture ---------------------------------------------------------------------

TEST_CASE_METHOD(bad_history, "the checker finds depths that are not those of the store") {
  lease_quietly(1);
  rest();
  CHECK(promise().empty());
  std::swap(picture.queues[0].depths.ready, picture.queues[0].depths.running);
  rest();
  CHECK(promise() == "depths");
}

TEST_CASE_METHOD(bad_history, "the checker finds a lease of which the dispatcher knows nothing") {
  lease_quietly(1);
  picture.leases = {{1, 2}};
  rest();
  CHECK(promise() == "J3");
}

TEST_CASE_METHOD(bad_history, "the checker finds a lease of which only the dispatcher knows") {
  picture.leases_total = 1;
  rest();
  CHECK(promise() == "J3");
}

// -- calls ----------------------------------------------------------------------------------------

TEST_CASE_METHOD(bad_history, "the checker finds a call that is not answered by its deadline") {
  auto call = checker.call("enqueue", now + std::chrono::seconds{1});
  now += std::chrono::seconds{1};
  rest();
  CHECK(promise().empty());
  SECTION("it is answered") {
    checker.answered(call);
  }
  SECTION("it was asked of somebody who has ended") {
    checker.calls_lost();
  }
  SECTION("it is not answered") {
    now += std::chrono::milliseconds{1};
    rest();
    CHECK(promise() == "calls");
    return;
  }
  now += std::chrono::hours{1};
  rest();
  CHECK(promise().empty());
}

// -- telling --------------------------------------------------------------------------------------

TEST_CASE_METHOD(bad_history,
                 "the checker tells what happened to the job before its promise broke") {
  add(2);
  checker.note(0, "a node crashes");
  lease(2);
  lease(1);
  checker.note(0, "nobody knows this yet");

  CHECK(checker.story()
        == "job 1 is stored in 'q' with 'c1', priority 5, ready\n"
           "a node crashes\n"
           "job 1 is ready, leased as 2 to n\n"
           "job 1 is ready, leased as 1 to n\n"
           "J3: job 1 was leased under an epoch that is not newer");
}

} // namespace promise_checker_test
