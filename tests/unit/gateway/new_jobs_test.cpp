// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "gateway/new_jobs.hpp"
#include "messages/limits.hpp"

namespace new_jobs_test {

using namespace troupe;
using Catch::Contains;

namespace {

const std::string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

result<std::vector<new_job>> jobs_of(std::string body, const std::string& traceparent = {}) {
  http_request request;
  request.body = std::move(body);
  if (!traceparent.empty())
    request.headers["traceparent"] = traceparent;
  return read_new_jobs(request);
}

new_job job_of(std::string body) {
  auto jobs = jobs_of(std::move(body));
  REQUIRE(jobs);
  REQUIRE(jobs->size() == 1);
  return jobs->front();
}

std::string refusal_of(std::string body) {
  auto jobs = jobs_of(std::move(body));
  REQUIRE_FALSE(jobs);
  CHECK(jobs.error().code == errc::invalid_argument);
  return jobs.error().text;
}

} // namespace

TEST_CASE("a job has a payload, options and tags") {
  const auto job = job_of(R"({"payload": "a", "priority": 9, "delay_ms": 1, "max_attempts": 2,
    "max_losses": 3, "run_timeout_ms": 4, "progress_timeout_ms": 5, "tags": ["b", "a"]})");
  CHECK(job.payload == "a");
  CHECK(job.options == job_options{9, milliseconds{1}, 2, 3, milliseconds{4}, milliseconds{5}});
  CHECK(job.tags == std::vector<std::string>{"b", "a"});
  CHECK(job.trace_parent.empty());
  CHECK(job_of(R"({"payload": ""})") == new_job{});
}

TEST_CASE("a payload is a text, any JSON as its text, or bytes in base64") {
  CHECK(job_of(R"({"payload": {"b": [1, 2.5], "a": null}})").payload
        == R"({"b":[1,2.5],"a":null})");
  CHECK(job_of(R"({"payload": null})").payload == "null");
  CHECK(job_of(R"({"payload_base64": "AP8="})").payload == std::string{"\0\xff", 2});
  CHECK(job_of(R"({"payload_base64": ""})").payload.empty());
  refusal_of(R"({"payload": "a", "payload_base64": "AP8="})");
}

TEST_CASE("many jobs come as a list, and all carry the request's traceparent") {
  auto jobs = jobs_of(R"({"jobs": [{"payload": "a"}, {"payload": "b", "tags": ["x"]}]})", trace);
  REQUIRE(jobs);
  REQUIRE(jobs->size() == 2);
  CHECK(jobs->at(1).payload == "b");
  for (const auto& x : *jobs)
    CHECK(x.trace_parent == trace);
  CHECK(jobs_of(R"({"jobs": []})")->empty());
  CHECK(jobs_of(R"({"payload": "a"})", trace)->at(0).trace_parent == trace);
  CHECK(jobs_of(R"({"payload": "a"})", "nonsense")->at(0).trace_parent.empty());
}

TEST_CASE("what is no job is refused, with its place and what is wrong") {
  for (const auto* text : {"", "1", "[]", "null", "{", "{}", R"({"payload": "a", "payload": "b"})",
                           R"({"payload": "a", "priority": 10})", R"({"jobs": {}})",
                           R"({"payload": "a", "priority": -1})", R"({"jobs": null})",
                           R"({"payload": "a", "delay_ms": 4294967296})", R"({"jobs": [1]})",
                           R"({"payload": "a", "tags": "x"})", R"({"payload": "a", "tags": [1]})",
                           R"({"payload": "a", "tags": {"x": "y"}})", R"({"jobs": [null]})",
                           R"({"payload": "a", "traceparent": "x"})"}) {
    CAPTURE(text);
    refusal_of(text);
  }
  CHECK_THAT(refusal_of(R"({"jobs": [{"payload": 1}, {"payload": 1, "colour": "red"}]})"),
             Contains("jobs[1]") && Contains("'colour'"));
  CHECK_THAT(refusal_of(R"({"jobs": [], "payload": 1})"), Contains("'payload'"));
  CHECK_THAT(refusal_of(R"({"payload": "a", "tags": ["a", 1]})"), Contains("'tags'"));
}

TEST_CASE("a body is nested only so deep, and has only so many values") {
  const auto nested = [](std::size_t depth) {
    return R"({"payload": )" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  CHECK(jobs_of(nested(limits::json_depth_max - 1)));
  CHECK_THAT(refusal_of(nested(limits::json_depth_max)), Contains("nested deeper"));

  std::string batch = R"({"jobs": [)";
  for (std::size_t i = 0; i < limits::batch_jobs_max; ++i)
    batch += std::string{i == 0 ? "" : ","} + R"({"payload": "a", "priority": 1, "tags": ["x"]})";
  CHECK(jobs_of(batch + "]}")->size() == limits::batch_jobs_max);
  std::string many = "1";
  for (std::size_t i = 0; i < 50 * limits::batch_jobs_max; ++i)
    many += ",1";
  CHECK_THAT(refusal_of(R"({"payload": [)" + many + "]}"), Contains("values in one text"));
}

} // namespace new_jobs_test
