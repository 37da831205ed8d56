// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <fstream>

#include "tests/support/gateway_cluster.hpp"
#include "tests/support/skip.hpp"

namespace metrics_test {

using namespace troupe;
using namespace troupe::test;
using Catch::Matchers::Contains;

namespace {

/// A gateway that logs all it does as JSON.
struct watched_cluster : gateway_cluster {
  watched_cluster()
      : gateway_cluster{"[log]\nlevel = \"debug\"\nformat = \"json\"\n[collections.notes]\n", 1} {}
};

} // namespace

TEST_CASE("the figures of a cluster that works are there, and please promtool") {
  watched_cluster watched;
  http_client client{watched.web.number()};
  const std::vector<std::string> type{"Content-Type: application/json"};
  auto ids = watched.cluster.submit("noop", "x", 3);
  REQUIRE(watched.cluster.eventually([&] { return watched.cluster.finished(ids); }));
  REQUIRE(client.send("PUT", "/v1/collections/notes/records/a", R"({"n":1})", type));
  REQUIRE(client.send("GET", "/v1/collections/notes/records/a"));

  auto answer = client.send("GET", "/metrics");
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(answer->headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8");
  const auto& text = answer->body;
  for (const auto* part : {"caches", "jobs", "nodes", "queues", "store", "workers"})
    CHECK_THAT(text, Contains(fmt::format("troupe_up{{part=\"{}\"}} 1", part)));
  CHECK_THAT(text, Contains("troupe_queue_jobs{queue=\"noop\",state=\"succeeded\"} 3"));
  CHECK_THAT(text, Contains("troupe_queue_jobs_enqueued_total{queue=\"noop\"} 3"));
  CHECK_THAT(text, Contains("troupe_queue_start_latency_seconds_count{queue=\"noop\"} 3"));
  CHECK_THAT(text, Contains("troupe_queue_run_time_seconds_count{queue=\"noop\"} 3"));
  CHECK_THAT(text, Contains("troupe_worker_heartbeat_age_seconds{node=\"worker-1\"}"));
  CHECK_THAT(text, Contains("troupe_store_commit_duration_seconds_count"));
  for (const auto* mailbox :
       {R"(node="control",actor="dispatcher")", R"(node="control",actor="repository")",
        R"(node="service-1",actor="cache/1")", R"(node="gateway",actor="gateway")"})
    CHECK_THAT(text, Contains(fmt::format("troupe_mailbox_messages{{{}}}", mailbox)));
  CHECK_THAT(text, Contains("troupe_cache_hits_total"));
  CHECK_THAT(text, Contains("route=\"/v1/collections/{collection}/records/{record}\""));

  const auto file = watched.cluster.folder() / "metrics.txt";
  std::ofstream{file} << text;
  const auto checked = run_program(
    {"/bin/sh", "-c", "command -v promtool && promtool check metrics <" + file.string()});
  if (checked.output.empty())
    skip("promtool is missing, which scripts/setup --test installs");
  else
    CHECK(checked.errors == "");
  CHECK((checked.output.empty() || checked.status == 0));
}

TEST_CASE("a request is found in the log by its id and its trace") {
  watched_cluster watched;
  http_client client{watched.web.number()};
  auto answer = client.send("GET", "/v1/queues", {},
                            {"X-Request-Id: mine-1", "traceparent: 00-"
                                                     "4bf92f3577b34da6a3ce929d0e0e4736-"
                                                     "00f067aa0ba902b7-01"});
  REQUIRE(answer);
  CHECK(answer->headers["x-request-id"] == "mine-1");
  CHECK(client.send("GET", "/v1/queues")->headers["x-request-id"].size() == 16);
  const std::string ids = R"("request":"mine-1","trace":"4bf92f3577b34da6a3ce929d0e0e4736"})";
  CHECK(watched.cluster.eventually(
    [&] { return watched.cluster.log("gateway").find(ids) != std::string::npos; }));
}

} // namespace metrics_test
