#include <fmt/format.h>
#include <utility>

#include "gateway/ask.hpp"
#include "gateway/gateway_state.hpp"
#include "gateway/json_response.hpp"
#include "gateway/problem.hpp"
#include "messages/error_category.hpp"

namespace troupe {

namespace {

template <class Items>
json list_of(const Items& items) {
  json list = json::array();
  for (const auto& x : items)
    list.push_back(json_of(x));
  return list;
}

error unexpected_member(const std::string& name) {
  return {errc::invalid_argument, "cannot take member '" + name
                                    + "' with this value; a job has payload, priority, delay_ms, "
                                      "max_attempts, max_losses, run_timeout_ms and "
                                      "progress_timeout_ms"};
}

result<new_job> parse_job(const json& x) {
  if (!x.is_object() || !x.contains("payload"))
    return failure(errc::invalid_argument, "a job must be an object with a payload");
  new_job job;
  for (const auto& [name, value] : x.items()) {
    if (name == "payload") {
      job.payload = value.is_string() ? value.get<std::string>() : value.dump();
      continue;
    }
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > UINT32_MAX)
      return tl::unexpected{unexpected_member(name)};
    const auto number = value.get<std::uint32_t>();
    if (name == "priority" && number <= limits::priority_max)
      job.options.priority = static_cast<std::uint8_t>(number);
    else if (name == "delay_ms")
      job.options.delay = milliseconds{number};
    else if (name == "max_attempts")
      job.options.max_attempts = number;
    else if (name == "max_losses")
      job.options.max_losses = number;
    else if (name == "run_timeout_ms")
      job.options.run_timeout = milliseconds{number};
    else if (name == "progress_timeout_ms")
      job.options.progress_timeout = milliseconds{number};
    else
      return tl::unexpected{unexpected_member(name)};
  }
  return job;
}

/// One job, or {"jobs": [...]}.
result<std::vector<new_job>> parse_jobs(const std::string& body) {
  const auto document = json::parse(body, nullptr, false);
  if (document.is_discarded() || !document.is_object())
    return failure(errc::invalid_argument, R"(the body must be JSON: a job, or {"jobs": [...]})");
  std::vector<new_job> jobs;
  if (!document.contains("jobs")) {
    auto job = parse_job(document);
    if (!job)
      return tl::unexpected{job.error()};
    jobs.push_back(std::move(*job));
    return jobs;
  }
  if (!document["jobs"].is_array() || document.size() != 1)
    return failure(errc::invalid_argument, "jobs must be an array, and stand alone");
  for (const auto& x : document["jobs"]) {
    auto job = parse_job(x);
    if (!job)
      return failure(errc::invalid_argument,
                     fmt::format("jobs[{}]: {}", jobs.size(), job.error().text));
    jobs.push_back(std::move(*job));
  }
  return jobs;
}

http_response enqueued_response(const http_call&, const jobs_enqueued& reply) {
  json ids = json::array();
  for (std::uint32_t i = 0; i < reply.count; ++i)
    ids.push_back(std::to_string(reply.first + i));
  auto response = json_response({{"ids", std::move(ids)}}, 201);
  if (reply.count == 1)
    response.headers.emplace_back("Location", "/v1/jobs/" + std::to_string(reply.first));
  return response;
}

http_response changed_response(const http_call&, const jobs_changed& reply) {
  const auto code = static_cast<errc>(reply.codes.at(0));
  if (code != errc::none)
    return problem({code, {}});
  return {204, {}, {}};
}

error no_such_job(std::string_view id) {
  return {errc::unknown_job, fmt::format("no job has the id '{}', or its retention is over", id)};
}

} // namespace

const dispatcher_actor* gateway_state::dispatcher_for(const http_call& call) const {
  if (dispatcher_)
    return &dispatcher_;
  call.refuse({errc::unavailable, "no dispatcher is ready; it may be starting"});
  return nullptr;
}

void gateway_state::enqueue(http_call& call) {
  const auto* dispatcher = dispatcher_for(call);
  if (dispatcher == nullptr)
    return;
  auto jobs = parse_jobs(call.request().body);
  if (!jobs)
    return call.refuse(jobs.error());
  enqueue_jobs request{call.values[0], std::move(*jobs)};
  ask<jobs_enqueued>(std::move(call), *dispatcher, options_.request_timeout, std::move(request),
                     enqueued_response);
}

void gateway_state::list_queues_of(http_call& call) {
  if (const auto* dispatcher = dispatcher_for(call))
    ask<queues_listed>(std::move(call), *dispatcher, options_.request_timeout, list_queues{},
                       [](const http_call&, const queues_listed& reply) {
                         return json_response({{"queues", list_of(reply.queues)}});
                       });
}

void gateway_state::list_workers_of(http_call& call) {
  if (const auto* dispatcher = dispatcher_for(call))
    ask<workers_listed>(std::move(call), *dispatcher, options_.request_timeout, list_workers{},
                        [](const http_call&, const workers_listed& reply) {
                          return json_response({{"workers", list_of(reply.workers)}});
                        });
}

void gateway_state::list_nodes_of(http_call& call) {
  ask<nodes_listed>(std::move(call), options_.receptionist, options_.request_timeout, list_nodes{},
                    [](const http_call&, const nodes_listed& reply) {
                      return json_response({{"nodes", list_of(reply.nodes)}});
                    });
}

void gateway_state::list_jobs_of(http_call& call) {
  const auto* dispatcher = dispatcher_for(call);
  if (dispatcher == nullptr)
    return;
  list_jobs request;
  request.queue = call.parameter("queue");
  if (const auto text = call.parameter("state"); !text.empty()) {
    job_state state{};
    if (!from_string(std::string{text}, state))
      return call.refuse({errc::invalid_argument, fmt::format("no state is called '{}'", text)});
    request.states.push_back(state);
  }
  const auto before
    = read_number(call.parameter("before").empty() ? "0" : call.parameter("before"));
  const auto limit = read_number(call.parameter("limit").empty() ? "100" : call.parameter("limit"));
  if (!before || !limit || *limit == 0 || *limit > limits::page_records_max)
    return call.refuse({errc::invalid_argument, "before must be an id, limit 1 to 1000"});
  request.before = *before;
  request.limit = static_cast<std::uint32_t>(*limit);
  ask<jobs_found>(std::move(call), *dispatcher, options_.request_timeout, std::move(request),
                  [limit](const http_call&, const jobs_found& reply) {
                    json jobs = json::array();
                    for (const auto& x : reply.jobs)
                      jobs.push_back(json_of(x, false));
                    const bool more = reply.jobs.size() == *limit;
                    return json_response(
                      {{"jobs", std::move(jobs)},
                       {"next", more ? std::to_string(reply.jobs.back().id) : std::string{}}});
                  });
}

void gateway_state::get_job(http_call& call) {
  const auto* dispatcher = dispatcher_for(call);
  if (dispatcher == nullptr)
    return;
  const auto id = read_number(call.values[0]);
  if (!id)
    return call.refuse(no_such_job(call.values[0]));
  ask<jobs_found>(std::move(call), *dispatcher, options_.request_timeout, get_jobs{{*id}, true},
                  [](const http_call& asked, const jobs_found& reply) {
                    if (reply.jobs.empty())
                      return problem(no_such_job(asked.values[0]));
                    return json_response(json_of(reply.jobs[0], true));
                  });
}

void gateway_state::cancel_job(http_call& call) {
  change_job(call, [](job_id id) { return cancel_jobs{{id}}; });
}

void gateway_state::retry_job(http_call& call) {
  change_job(call, [](job_id id) { return retry_jobs{{id}}; });
}

template <class Make>
void gateway_state::change_job(http_call& call, Make make) {
  const auto id = read_number(call.values[0]);
  if (!id)
    return call.refuse(no_such_job(call.values[0]));
  if (const auto* dispatcher = dispatcher_for(call))
    ask<jobs_changed>(std::move(call), *dispatcher, options_.request_timeout, make(*id),
                      changed_response);
}

void gateway_state::redrive(http_call& call) {
  const auto* dispatcher = dispatcher_for(call);
  if (dispatcher == nullptr)
    return;
  const auto limit = read_number(call.parameter("limit").empty() ? "100" : call.parameter("limit"));
  if (!limit || *limit == 0 || *limit > limits::batch_jobs_max)
    return call.refuse({errc::invalid_argument, "limit must be 1 to 10000"});
  redrive_jobs request{call.values[0], static_cast<std::uint32_t>(*limit)};
  ask<jobs_redriven>(std::move(call), *dispatcher, options_.request_timeout, std::move(request),
                     [](const http_call&, const jobs_redriven& reply) {
                       return json_response({{"moved", reply.moved}, {"left", reply.left}});
                     });
}

} // namespace troupe
