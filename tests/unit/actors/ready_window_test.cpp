// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <optional>
#include <random>

#include "actors/ready_window.hpp"

namespace ready_window_test {

using namespace troupe;

namespace {

ready_job make_job(job_id id, std::uint8_t priority = limits::priority_default,
                   std::size_t bytes = 1) {
  ready_job job;
  job.id = id;
  job.options.priority = priority;
  job.payload.assign(bytes, 'x');
  return job;
}

std::vector<job_id> drain(ready_window& window) {
  std::vector<job_id> ids;
  while (!window.empty())
    ids.push_back(window.take_front().id);
  return ids;
}

// The store's side of `read_ready`, over a map in start order.
ready_read read_from(const std::map<start_order, ready_job>& store, const read_ready& request) {
  ready_read read;
  read.end = true;
  start_order after{static_cast<std::uint8_t>(limits::priority_max - request.priority),
                    request.after};
  for (auto i = store.upper_bound(after); i != store.end(); ++i) {
    if (read.jobs.size() == request.limit) {
      read.end = false;
      break;
    }
    read.jobs.push_back(i->second);
  }
  return read;
}

/// Empties the store through the window.
void take_everything(ready_window& window, std::map<start_order, ready_job>& store) {
  while (!store.empty()) {
    if (window.empty()) {
      REQUIRE(window.wants_read());
      window.end_read(read_from(store, window.begin_read("q")));
      REQUIRE_FALSE(window.empty());
    }
    store.erase(start_order::of(window.take_front()));
  }
}

} // namespace

TEST_CASE("J5: ready jobs start by priority, then by age") {
  ready_window window{10, 1000, false};
  window.offer(make_job(3, 5));
  window.offer(make_job(1, 5));
  window.offer(make_job(4, 9));
  window.offer(make_job(2, 0));

  CHECK(drain(window) == std::vector<job_id>{4, 1, 3, 2});
}

TEST_CASE("J6: a window holds no more jobs and bytes than it may, and keeps the first") {
  ready_window window{3, 1000, false};
  for (job_id id = 1; id <= 10; ++id)
    window.offer(make_job(id));
  CHECK(window.size() == 3);

  ready_window by_bytes{100, 10, false};
  for (job_id id = 1; id <= 10; ++id)
    by_bytes.offer(make_job(id, 5, 4));
  CHECK(by_bytes.bytes() <= 10);
  CHECK(drain(window) == std::vector<job_id>{1, 2, 3});
}

TEST_CASE("one job that is larger than the window is still kept") {
  ready_window window{3, 10, false};
  window.offer(make_job(1, 5, 100));
  CHECK(window.front().id == 1);
}

TEST_CASE("a better job takes the place of the last one in a full window") {
  ready_window window{2, 1000, false};
  window.offer(make_job(1, 5));
  window.offer(make_job(2, 5));
  window.offer(make_job(3, 9));

  CHECK(drain(window) == std::vector<job_id>{3, 1});
  CHECK(window.wants_read());
}

TEST_CASE("a job that was left in the store is read when the window runs low") {
  ready_window window{2, 1000, false};
  std::map<start_order, ready_job> store;
  for (job_id id = 1; id <= 3; ++id)
    store[start_order::of(make_job(id))] = make_job(id);
  window.offer(make_job(1));
  window.offer(make_job(2));
  window.leave(start_order::of(make_job(3)));
  CHECK_FALSE(window.wants_read());
  window.take_front();

  REQUIRE(window.wants_read());
  window.end_read(read_from(store, window.begin_read("q")));

  CHECK(drain(window) == std::vector<job_id>{2, 3});
  CHECK_FALSE(window.wants_read());
}

TEST_CASE("a job that is stored while a read is under way is not forgotten") {
  ready_window window{4, 1000, true};
  std::map<start_order, ready_job> store;
  store[start_order::of(make_job(1))] = make_job(1);
  auto read = read_from(store, window.begin_read("q"));
  store[start_order::of(make_job(2))] = make_job(2);
  window.offer(make_job(2)); // beyond the horizon: left in the store
  window.end_read(std::move(read));

  CHECK(window.size() == 1);
  REQUIRE(window.wants_read());
  window.end_read(read_from(store, window.begin_read("q")));
  CHECK(drain(window) == std::vector<job_id>{1, 2});
}

TEST_CASE("a read that failed is made again") {
  ready_window window{4, 1000, true};
  window.begin_read("q");
  CHECK_FALSE(window.wants_read());
  window.abort_read();
  CHECK(window.wants_read());
}

TEST_CASE("an erased job is not handed out") {
  ready_window window{4, 1000, false};
  window.offer(make_job(1));
  window.offer(make_job(2, 9));
  window.erase(2);
  window.erase(77);
  CHECK(drain(window) == std::vector<job_id>{1});
  CHECK(window.bytes() == 0);
}

TEST_CASE("the age of the oldest job is known whatever its priority") {
  ready_window window{4, 1000, false};
  auto old = make_job(1, 0);
  old.created_at = timestamp{std::chrono::seconds{5}};
  auto young = make_job(2, 9);
  young.created_at = timestamp{std::chrono::seconds{9}};
  window.offer(young);
  window.offer(old);
  CHECK(window.oldest() == old.created_at);
}

TEST_CASE("J5 and J6 hold in any order of arrivals, starts and reads") {
  auto seed = GENERATE(range(1U, 60U));
  INFO("seed " << seed);
  std::mt19937 random{seed};
  auto pick = [&](unsigned n) { return std::uniform_int_distribution<unsigned>{0, n - 1}(random); };
  std::map<start_order, ready_job> store; // ready jobs, as the store knows them
  ready_window window{8, 1000, false};
  job_id next = 1;
  std::optional<ready_read> under_way;
  std::size_t started = 0;

  for (int i = 0; i < 2000; ++i) {
    switch (pick(6)) {
    case 0:
    case 1: {
      auto job = make_job(next++, static_cast<std::uint8_t>(pick(10)));
      auto order = start_order::of(job);
      auto kept = window.would_keep(order);
      store[order] = job;
      if (kept)
        window.offer(job);
      else
        window.leave(order);
      break;
    }
    case 2: // an old job is ready again
      if (started > 0) {
        auto job = make_job(1 + pick(static_cast<unsigned>(next - 1)),
                            static_cast<std::uint8_t>(pick(10)));
        auto known
          = std::any_of(store.begin(), store.end(), [&](auto& x) { return x.first.id == job.id; });
        if (!known) {
          store[start_order::of(job)] = job;
          window.offer(job);
        }
      }
      break;
    case 3:
      if (window.wants_read())
        under_way = read_from(store, window.begin_read("q"));
      break;
    case 4:
      if (under_way) {
        window.end_read(std::move(*under_way));
        under_way.reset();
      }
      break;
    default:
      if (!window.empty()) {
        auto job = window.take_front();
        auto stored = store.find(start_order::of(job));
        if (stored == store.end())
          break; // was read before it started: the store refuses the lease
        // Only what arrived since may come before it.
        CHECK(stored == store.begin());
        store.erase(stored);
        ++started;
      }
    }
    REQUIRE(window.size() <= 8 + 1);
  }

  if (under_way)
    window.end_read(std::move(*under_way));
  take_everything(window, store);
}

TEST_CASE("what a job is now replaces what a late read said of it") {
  ready_window window{4, 1000, true};
  window.begin_read("q");
  window.end_read({{make_job(1)}, true});
  auto retried = make_job(1, limits::priority_default, 3);
  retried.counters.failures = 1;
  window.offer(retried);
  CHECK(window.size() == 1);
  CHECK(window.bytes() == 3);
  CHECK(window.front().counters.failures == 1);
}

} // namespace ready_window_test
