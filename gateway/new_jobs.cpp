// SPDX-License-Identifier: Apache-2.0
#include "gateway/new_jobs.hpp"

#include <fmt/format.h>
#include <utility>

#include "gateway/body_reader.hpp"
#include "gateway/trace_context.hpp"
#include "messages/limits.hpp"

namespace troupe {

namespace {

// A job with all its members has twenty, and its payload may be JSON as well.
constexpr std::size_t values_max = 50 * limits::batch_jobs_max;

result<std::vector<std::string>> read_tags(const json_value& list) {
  std::vector<std::string> tags;
  bool fits = list.is_array() || list.is_null();
  for (const auto& x : list)
    if ((fits = fits && x.is_string()))
      tags.push_back(x.get<std::string>());
  if (!fits)
    return failure(errc::invalid_argument, "the body's member 'tags' must be an array of texts");
  return tags;
}

result<new_job> read_job(json_value x) {
  const auto payload = x.find("payload");
  if (payload == x.end() && !x.contains("payload_base64"))
    return failure(errc::invalid_argument, "a job must be an object with a payload");
  const bool is_null = payload != x.end() && payload->is_null();
  body_reader body{std::move(x)};
  const auto milliseconds_of
    = [&body](const char* name) { return milliseconds{body.number(name, 0, UINT32_MAX)}; };
  const auto count_of = [&body](const char* name) {
    return static_cast<std::uint32_t>(body.number(name, 0, UINT32_MAX));
  };
  new_job job;
  job.payload = body.bytes("payload");
  if (is_null && job.payload.empty())
    job.payload = "null";
  auto& options = job.options;
  options.priority = static_cast<std::uint8_t>(
    body.number("priority", limits::priority_default, limits::priority_max));
  options.delay = milliseconds_of("delay_ms");
  options.max_attempts = count_of("max_attempts");
  options.max_losses = count_of("max_losses");
  options.run_timeout = milliseconds_of("run_timeout_ms");
  options.progress_timeout = milliseconds_of("progress_timeout_ms");
  auto tags = read_tags(body.value("tags"));
  if (auto wrong = body.finish())
    return tl::unexpected{std::move(*wrong)};
  if (!tags)
    return tl::unexpected{std::move(tags.error())};
  job.tags = std::move(*tags);
  return job;
}

} // namespace

result<std::vector<new_job>> read_new_jobs(const http_request& request) {
  // The server has bounded the body already.
  auto document = read_json_object(request.body, request.body.size(), values_max);
  if (!document)
    return tl::unexpected{std::move(document.error())};
  const auto trace_parent = checked_trace_parent(request.header("traceparent"));
  std::vector<new_job> jobs;
  if (!document->contains("jobs")) {
    auto job = read_job(std::move(*document));
    if (!job)
      return tl::unexpected{std::move(job.error())};
    job->trace_parent = trace_parent;
    jobs.push_back(std::move(*job));
    return jobs;
  }
  body_reader body{std::move(*document)};
  auto list = body.value("jobs");
  if (auto wrong = body.finish())
    return tl::unexpected{std::move(*wrong)};
  if (!list.is_array())
    return failure(errc::invalid_argument, "the body's member 'jobs' must be an array");
  for (auto& x : list) {
    auto job = read_job(std::move(x));
    if (!job)
      return failure(job.error().code, fmt::format("jobs[{}]: {}", jobs.size(), job.error().text));
    job->trace_parent = trace_parent;
    jobs.push_back(std::move(*job));
  }
  return jobs;
}

} // namespace troupe
