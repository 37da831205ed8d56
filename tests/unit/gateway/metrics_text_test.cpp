// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "gateway/metrics_text.hpp"

namespace metrics_text_test {

using namespace troupe;
using Catch::Matchers::Contains;

namespace {

queue_info mail_queue() {
  queue_info x;
  x.name = "mail";
  x.depths.ready = 7;
  x.oldest_ready = milliseconds{1500};
  return x;
}

} // namespace

TEST_CASE("queues are shown by state, and ages in seconds") {
  cluster_figures figures;
  figures.queues = {mail_queue()};
  const auto text = metrics_text(figures);
  CHECK_THAT(text, Contains("# TYPE troupe_queue_jobs gauge"));
  CHECK_THAT(text, Contains("troupe_queue_jobs{queue=\"mail\",state=\"ready\"} 7"));
  CHECK_THAT(text, Contains("troupe_queue_oldest_ready_seconds{queue=\"mail\"} 1.5"));
}

TEST_CASE("durations fall into buckets that add up") {
  queue_counts counts;
  counts.queue = "mail";
  add(counts.run_time, std::chrono::microseconds{1000}); // at a bound: within it
  add(counts.run_time, std::chrono::microseconds{2'000'000});
  add(counts.run_time, std::chrono::microseconds{-5}); // the wall clock was set back
  add(counts.run_time, std::chrono::hours{100});
  cluster_figures figures;
  figures.counts = {counts};
  const auto text = metrics_text(figures);
  const std::string name = "troupe_queue_run_time_seconds";
  CHECK_THAT(text, Contains(name + "_bucket{queue=\"mail\",le=\"0.001\"} 2"));
  CHECK_THAT(text, Contains(name + "_bucket{queue=\"mail\",le=\"1\"} 2"));
  CHECK_THAT(text, Contains(name + "_bucket{queue=\"mail\",le=\"2.5\"} 3"));
  CHECK_THAT(text, Contains(name + "_bucket{queue=\"mail\",le=\"1800\"} 3"));
  CHECK_THAT(text, Contains(name + "_bucket{queue=\"mail\",le=\"+Inf\"} 4"));
  CHECK_THAT(text, Contains(name + "_count{queue=\"mail\"} 4"));
}

TEST_CASE("mailboxes are shown by node and actor") {
  cluster_figures figures;
  figures.mailboxes = {{"control", "dispatcher", 3}};
  figures.caches.push_back({{"service-1", 7, 2}, {}, {}, {}, 5});
  const auto text = metrics_text(figures);
  const std::string name = "troupe_mailbox_messages";
  CHECK_THAT(text, Contains("# TYPE " + name + " gauge"));
  CHECK_THAT(text, Contains(name + R"({node="control",actor="dispatcher"} 3)"));
  CHECK_THAT(text, Contains(name + R"({node="service-1",actor="cache/2"} 5)"));
}

TEST_CASE("what could not be read is left out, and says so") {
  cluster_figures figures;
  figures.parts["store"] = false;
  const auto text = metrics_text(figures);
  CHECK_THAT(text, Contains("troupe_up{part=\"store\"} 0"));
  CHECK_THAT(text, !Contains("troupe_store"));
  CHECK_THAT(text, !Contains("troupe_http"));
}

TEST_CASE("requests are counted by method, route and status") {
  request_log log{1};
  http_request request;
  request.method = http_method::get;
  request.path = "/v1/jobs/1";
  log.answered(request, "/v1/jobs/{job}", 200, 10, std::chrono::milliseconds{3}, "a");
  log.answered(request, "/v1/jobs/{job}", 404, 10, std::chrono::milliseconds{3}, "b");
  log.answered(request, {}, 404, 10, std::chrono::milliseconds{3}, "c");
  cluster_figures figures;
  figures.requests = &log;
  const auto text = metrics_text(figures);
  const std::string name = "troupe_http_requests_total";
  CHECK_THAT(text, Contains(name + R"({method="GET",route="/v1/jobs/{job}",status="404"} 1)"));
  CHECK_THAT(text, Contains(name + R"({method="GET",route="none",status="404"} 1)"));
  CHECK_THAT(
    text,
    Contains(
      R"(troupe_http_request_duration_seconds_count{method="GET",route="/v1/jobs/{job}"} 2)"));
}

TEST_CASE("a request keeps a harmless id, and is given one instead of another") {
  request_log log{1};
  http_request request;
  request.headers["x-request-id"] = "mine-1";
  CHECK(log.id_of(request) == "mine-1");
  request.headers["x-request-id"] = "mine 1";
  const auto given = log.id_of(request);
  CHECK(given.size() == 16);
  CHECK(log.id_of(request) != given);
}

} // namespace metrics_text_test
