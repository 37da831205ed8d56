// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "tests/support/dispatching.hpp"

namespace dispatcher_labels_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

const std::string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

using tags = std::vector<std::string>;

struct labelled : dispatching {
  result<jobs_enqueued> put(std::string payload, tags with, std::string trace_parent = {}) {
    return ask<jobs_enqueued>(
      boss,
      enqueue_jobs{"q", {{std::move(payload), {}, std::move(with), std::move(trace_parent)}}});
  }

  /// The payloads in the order of the listing.
  jobs_found find(list_jobs request) {
    auto found = ask<jobs_found>(boss, std::move(request));
    REQUIRE(found);
    return *found;
  }
};

std::vector<job_id> ids_of(const jobs_found& found) {
  std::vector<job_id> result;
  for (const auto& x : found.jobs)
    result.push_back(x.id);
  return result;
}

} // namespace

TEST_CASE_METHOD(labelled, "J1: a job is stored with its tags and its trace") {
  begin();
  auto reply = put("x", {"b", "a"}, trace);
  REQUIRE(reply);
  CHECK(look(reply->first).tags == tags{"a", "b"});
  CHECK(look(reply->first).trace_parent == trace);
}

TEST_CASE_METHOD(labelled, "S2: a request with tags or a trace that are not taken stores nothing") {
  begin();
  new_job good{"x", {}, {"good"}, {}};
  for (const auto& bad : {new_job{"x", {}, {"a\nb"}, {}}, new_job{"x", {}, {""}, {}},
                          new_job{"x", {}, {"a", "a"}, {}}, new_job{"x", {}, {}, "no good"}}) {
    auto reply = ask<jobs_enqueued>(boss, enqueue_jobs{"q", {good, bad}});
    REQUIRE_FALSE(reply);
    CHECK(reply.error().code == errc::invalid_argument);
  }
  CHECK(depths() == queue_depths{});
}

TEST_CASE_METHOD(labelled, "J6: tags count in the memory that waiting jobs may take") {
  options.unstored_bytes_max = 1000;
  begin();
  tags many;
  for (char x = 'a'; many.size() < limits::job_tags_max; ++x)
    many.emplace_back(limits::job_tag_bytes_max, x);
  CHECK(put("x", many));
  auto twice
    = ask<jobs_enqueued>(boss, enqueue_jobs{"q", {{"x", {}, many, {}}, {"x", {}, many, {}}}});
  REQUIRE_FALSE(twice);
  CHECK(twice.error().code == errc::overloaded);
}

TEST_CASE_METHOD(labelled, "every worker that gets a job gets its trace") {
  begin();
  auto worker = join("n1", 1);
  auto id = put("x", {}, trace)->first;
  SECTION("at once") {
    CHECK(worker.seen->runs.at(0).trace_parent == trace);
  }
  SECTION("after a failure") {
    REQUIRE(finish(worker, worker.seen->runs.at(0).lease, outcome_kind::failed));
    advance(1100ms);
    CHECK(worker.seen->runs.at(1).trace_parent == trace);
  }
  SECTION("as a dead letter") {
    REQUIRE(finish(worker, worker.seen->runs.at(0).lease, outcome_kind::failed_final));
    CHECK(find({"q.dead", {}, 0, 9, "", ""}).jobs.at(0).trace_parent == trace);
    REQUIRE(ask<jobs_redriven>(boss, redrive_jobs{"q.dead", 9}));
    CHECK(worker.seen->runs.at(1).trace_parent == trace);
  }
  SECTION("after a restart of the dispatcher, which lost it") {
    restart();
    advance(10s);
    auto next = join("n2", 1);
    CHECK(next.seen->runs.at(0).trace_parent == trace);
  }
  SECTION("when it is brought back") {
    REQUIRE(finish(worker, worker.seen->runs.at(0).lease, outcome_kind::failed_final));
    REQUIRE(ask<jobs_changed>(boss, retry_jobs{{id}}));
    CHECK(worker.seen->runs.at(1).trace_parent == trace);
  }
  SECTION("from a gateway") {
    join("n1", 0);
    auto pulled = request<jobs_pulled>(boss, pull_jobs{"ann", "q", 1, 1s});
    settle();
    CHECK(pulled->value()->jobs.at(0).trace_parent == trace);
  }
  CHECK(look(id).trace_parent == trace);
}

TEST_CASE_METHOD(labelled, "jobs are listed by a tag and by a text, page by page") {
  begin();
  auto first = put("a red apple", {"fruit"})->first;
  auto second = put("a pear", {"fruit"})->first;
  auto third = put("RED paint", {"other"})->first;

  CHECK(ids_of(find({"q", {}, 0, 9, "fruit", ""})) == std::vector{second, first});
  CHECK(ids_of(find({"", {}, 0, 9, "", "red"})) == std::vector{third, first});
  CHECK(ids_of(find({"", {}, 0, 9, "fruit", "red"})) == std::vector{first});
  auto page = find({"", {}, 0, 2, "", ""});
  CHECK(ids_of(page) == std::vector{third, second});
  CHECK(page.next == second);
  page = find({"", {}, page.next, 2, "", ""});
  CHECK(ids_of(page) == std::vector{first});
  CHECK(page.next == 0);
}

TEST_CASE_METHOD(labelled, "S2: a text to look for that is very long is refused") {
  begin();
  auto found = ask<jobs_found>(
    boss, list_jobs{"", {}, 0, 9, "", std::string(limits::query_bytes_max + 1, 'x')});
  REQUIRE_FALSE(found);
  CHECK(found.error().code == errc::invalid_argument);
}

TEST_CASE_METHOD(labelled, "metrics tell of the messages that wait for the dispatcher") {
  begin();
  auto asker = caf::actor_cast<queue_counter_actor>(boss);
  auto alone = ask<queues_counted>(asker, count_queues{});
  REQUIRE(alone);
  CHECK(alone->mailbox == 0);
  auto counted = request<queues_counted>(asker, count_queues{});
  auto behind = request<queues_listed>(boss, list_queues{});
  auto last = request<queues_listed>(boss, list_queues{});
  settle();
  CHECK(counted->value()->mailbox == 2);
}

} // namespace dispatcher_labels_test
