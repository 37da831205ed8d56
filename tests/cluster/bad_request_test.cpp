// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <fstream>

#include "tests/support/process_cluster.hpp"

namespace bad_request_test {

using namespace troupe;
using namespace troupe::test;
using Catch::Matchers::Contains;

namespace {

/// A control node alone is enough to refuse things.
struct control_only {
  control_only() {
    cluster.start("control");
    cluster.client();
  }

  static cluster_plan plan() {
    cluster_plan result;
    result.workers = 1;
    result.more = "[queues.small]\nhandler = \"noop\"\npayload_max = \"1 KiB\"\ndepth_max = 3\n";
    return result;
  }

  process_cluster cluster{plan()};
};

} // namespace

TEST_CASE_METHOD(control_only, "S2: a payload over the limit is refused, and the limit is named") {
  auto refused = cluster.client().enqueue("small", {{std::string(1025, 'x'), {}}});
  auto taken = cluster.client().enqueue("small", {{std::string(1024, 'x'), {}}});

  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == errc::payload_too_large);
  CHECK_THAT(refused.error().text, Contains("1025 bytes") && Contains("'small'") && Contains("1024")
                                     && Contains("payload_max"));
  CHECK(taken.has_value());
}

TEST_CASE_METHOD(control_only, "S2: `troupe submit` says which payload is over which limit") {
  auto file = cluster.folder() / "large";
  std::ofstream{file} << std::string(2000, 'x');

  auto end = cluster.troupe({"submit", "small", "--file", file});

  CHECK(end.status == 1);
  CHECK(end.output.empty());
  CHECK_THAT(end.errors, Contains("2000 bytes") && Contains("'small'") && Contains("payload_max"));
}

TEST_CASE_METHOD(control_only,
                 "S2: an unknown queue is refused by its name, with a way to see all") {
  auto end = cluster.troupe({"submit", "nosuch", "--payload", "1"});
  auto good = cluster.troupe({"submit", "noop", "--payload", "1"});

  CHECK(end.status == 1);
  CHECK_THAT(end.errors, Contains("'nosuch'") && Contains("troupe queues"));
  CHECK(good.status == 0);
}

TEST_CASE_METHOD(control_only, "S2: malformed JSON is refused before anything is sent") {
  auto end = cluster.troupe({"submit", "noop", "--payload", R"({"n": 1)"});

  CHECK(end.status == 2);
  CHECK_THAT(end.errors, Contains("--payload") && Contains("not JSON") && Contains("column 8"));
  auto queues = cluster.client().queues();
  REQUIRE(queues.has_value());
  for (const auto& queue : *queues)
    CHECK(queue.depths.ready == 0);
}

TEST_CASE_METHOD(control_only, "J6: a full queue refuses more jobs and says which limit that is") {
  auto taken = cluster.client().enqueue("small", std::vector<new_job>(3));
  auto refused = cluster.client().enqueue("small", std::vector<new_job>(1));

  CHECK(taken.has_value());
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == errc::queue_full);
  CHECK_THAT(refused.error().text, Contains("'small'") && Contains("depth_max"));
}

TEST_CASE("S2: a worker without a handler that it needs names it, and does not start") {
  cluster_plan plan;
  plan.workers = 1;
  plan.more = "[handlers.absent]\ncompiled = true\n[queues.orphan]\nhandler = \"absent\"\n";
  process_cluster cluster{plan};

  cluster.start("worker-1");

  auto status = cluster.wait_for_end("worker-1", milliseconds{10'000});
  CHECK(status.value_or(0) != 0);
  CHECK_THAT(cluster.log("worker-1"),
             Contains("'absent'") && Contains("'orphan'") && Contains("add_handler"));
}

} // namespace bad_request_test
