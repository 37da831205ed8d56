// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <condition_variable>
#include <future>
#include <map>
#include <mutex>

#include "actors/handler_pool.hpp"
#include "messages/limits.hpp"
#include "tests/support/soon.hpp"

namespace handler_pool_test {

using namespace troupe;
using namespace std::chrono_literals;

namespace {

constexpr auto patience = 20s;

/// A pool whose events are collected.
class watched_pool {
public:
  explicit watched_pool(std::uint32_t slots, milliseconds stop_grace = 10s)
      : pool{slots, stop_grace} {
    pool.on_event([this] {
      std::lock_guard lock{mutex_};
      ++notifications_;
      changed_.notify_all();
    });
    pool.start_until(handler_pool::time_point::max());
  }

  void start(job_id job, handler run) {
    pool.start({{make_job(job), std::make_shared<const handler>(std::move(run))}});
  }

  static leased_job make_job(job_id job) {
    leased_job result;
    result.lease = {job, 100 + job};
    result.payload = "payload of " + std::to_string(job);
    return result;
  }

  static lease_key key(job_id job) { return {job, 100 + job}; }

  /// Waits until a job has ended, and says how.
  outcome end_of(job_id job) {
    collect([&] { return ended.contains(job); });
    return ended.at(job);
  }

  void wait_for_start(job_id job) {
    collect([&] { return started.contains(job); });
  }

  handler_pool pool;
  std::map<job_id, outcome> ended;
  std::map<job_id, handler_pool::time_point> started;

private:
  template <class Done>
  void collect(Done done) {
    auto deadline = std::chrono::steady_clock::now() + patience;
    std::unique_lock lock{mutex_};
    for (;;) {
      auto seen = notifications_;
      lock.unlock();
      for (auto& event : pool.take_events())
        if (event.ended)
          ended.emplace(event.lease.job, *event.ended);
        else
          started.emplace(event.lease.job, event.at);
      lock.lock();
      if (done())
        return;
      if (!changed_.wait_until(lock, deadline, [&] { return notifications_ != seen; }))
        throw std::runtime_error{"the pool reports nothing"};
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t notifications_ = 0;
};

/// A handler that ignores its stop until the test opens the gate.
struct gate {
  std::promise<void> opened;
  std::shared_future<void> open = opened.get_future().share();

  handler handler_that_waits() {
    return [open = open](job_context&) {
      open.wait();
      return outcome::success("late");
    };
  }
};

outcome wait_for_stop(job_context& job) {
  std::promise<void> stopped;
  std::stop_callback wake{job.stop_token(), [&] { stopped.set_value(); }};
  stopped.get_future().wait();
  return outcome::failure("stopped");
}

} // namespace

TEST_CASE("a pool runs a job and reports its start and its outcome") {
  watched_pool x{2};

  x.start(1, [](job_context& job) { return outcome::success("did " + job.payload()); });

  CHECK(x.end_of(1).kind() == outcome_kind::succeeded);
  CHECK(x.ended.at(1).output() == "did payload of 1");
  CHECK(x.started.contains(1));
}

TEST_CASE("an exception of a handler is a failure with its text") {
  watched_pool x{1};

  x.start(1, [](job_context&) -> outcome { throw std::runtime_error{"no such picture"}; });
  x.start(2, [](job_context&) -> outcome { throw 42; });

  CHECK(x.end_of(1).kind() == outcome_kind::failed);
  CHECK(x.ended.at(1).output() == "no such picture");
  CHECK(x.end_of(2).kind() == outcome_kind::failed);
  CHECK_FALSE(x.ended.at(2).output().empty());
}

TEST_CASE("a pool runs no more handlers at once than it has slots, and the rest in order") {
  watched_pool x{1};
  gate first;
  x.start(1, first.handler_that_waits());
  x.wait_for_start(1);

  x.start(2, [](job_context&) { return outcome::success(); });
  x.start(3, [](job_context&) { return outcome::success(); });
  CHECK(x.pool.take_events().empty());
  first.opened.set_value();
  x.end_of(3);

  CHECK(x.started.at(1) <= x.started.at(2));
  CHECK(x.started.at(2) <= x.started.at(3));
  CHECK(x.ended.size() == 3);
}

TEST_CASE("thousands of short jobs all end") {
  watched_pool x{4};
  constexpr job_id count = 20'000;
  auto run = std::make_shared<const handler>([](job_context&) { return outcome::success(); });
  std::vector<handler_run> runs;
  for (job_id job = 1; job <= count; ++job)
    runs.push_back({watched_pool::make_job(job), run});

  x.pool.start(std::move(runs));
  for (job_id job = 1; job <= count; ++job)
    x.end_of(job);

  CHECK(x.ended.size() == count);
}

TEST_CASE("a stopped handler sees its stop token") {
  watched_pool x{1};
  x.start(1, wait_for_stop);
  x.wait_for_start(1);

  x.pool.stop(watched_pool::key(1));

  CHECK(x.end_of(1).output() == "stopped");
}

TEST_CASE("a job that is stopped before it began never runs, and is released") {
  watched_pool x{1};
  gate first;
  x.start(1, first.handler_that_waits());
  x.wait_for_start(1);
  x.start(2, [](job_context&) { return outcome::success("ran"); });

  x.pool.stop(watched_pool::key(2));

  CHECK(x.end_of(2).kind() == outcome_kind::released);
  CHECK_FALSE(x.started.contains(2));
  first.opened.set_value();
}

TEST_CASE("no job begins once the leases are in doubt (J3)") {
  watched_pool x{1};
  x.pool.start_until(handler_pool::time_point::min());

  x.start(1, [](job_context&) { return outcome::success("ran"); });
  x.pool.stop(watched_pool::key(1));

  CHECK(x.end_of(1).kind() == outcome_kind::released);
}

TEST_CASE("an abandoned handler frees its slot and is not reported any more") {
  watched_pool x{1};
  gate stuck;
  x.start(1, stuck.handler_that_waits());
  x.wait_for_start(1);

  x.pool.abandon(watched_pool::key(1));
  CHECK(x.pool.abandoned() == 1);
  x.start(2, [](job_context&) { return outcome::success(); });

  CHECK(x.end_of(2).kind() == outcome_kind::succeeded);
  stuck.opened.set_value();
  x.start(3, [](job_context&) { return outcome::success(); });
  x.end_of(3);
  CHECK_FALSE(x.ended.contains(1));
}

TEST_CASE("progress is the last text of each handler that reported since it was asked") {
  watched_pool x{1};
  gate until;
  std::promise<void> reported;
  x.start(1, [&, open = until.open](job_context& job) {
    job.progress("10%");
    job.progress(std::string(2 * limits::progress_bytes_max, 'x'));
    reported.set_value();
    open.wait();
    return outcome::success();
  });
  REQUIRE(reported.get_future().wait_for(patience) == std::future_status::ready);

  auto progress = x.pool.take_progress();

  REQUIRE(progress.size() == 1);
  CHECK(progress[0].lease == watched_pool::key(1));
  CHECK(progress[0].text == std::string(limits::progress_bytes_max, 'x'));
  CHECK(x.pool.take_progress().empty());
  until.opened.set_value();
  x.end_of(1);
}

TEST_CASE("a pool ends although a handler never returns") {
  auto stuck = std::make_shared<gate>();
  auto begun = std::make_shared<std::promise<void>>();
  {
    handler_pool pool{1, 10ms};
    pool.start_until(handler_pool::time_point::max());
    pool.start({{watched_pool::make_job(1),
                 std::make_shared<const handler>([begun, open = stuck->open](job_context&) {
                   begun->set_value();
                   open.wait();
                   return outcome::success();
                 })}});
    REQUIRE(begun->get_future().wait_for(patience) == std::future_status::ready);
  }
  stuck->opened.set_value();
}

TEST_CASE("a pool asks its handlers to stop when it ends, and waits for them") {
  std::promise<void> begun;
  bool returned = false;
  {
    handler_pool pool{1, 20s};
    pool.start_until(handler_pool::time_point::max());
    pool.start({{watched_pool::make_job(1), std::make_shared<const handler>([&](job_context& job) {
                   begun.set_value();
                   auto how = wait_for_stop(job);
                   returned = true;
                   return how;
                 })}});
    test::soon(begun.get_future());
  }
  CHECK(returned);
}

} // namespace handler_pool_test
