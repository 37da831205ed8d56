// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <utility>

#include "gateway/ask.hpp"
#include "gateway/gateway_state.hpp"
#include "gateway/json_response.hpp"
#include "gateway/new_jobs.hpp"
#include "gateway/page_link.hpp"
#include "gateway/problem.hpp"
#include "messages/error_category.hpp"

namespace troupe {

namespace {

http_response enqueued_response(const http_call&, const jobs_enqueued& reply) {
  json ids = json::array();
  for (std::uint32_t i = 0; i < reply.count; ++i)
    ids.push_back(std::to_string(reply.first + i));
  auto response = json_response({{"ids", std::move(ids)}}, 201);
  if (reply.count == 1)
    response.headers.emplace_back("Location", "/v1/jobs/" + std::to_string(reply.first));
  return response;
}

result<list_jobs> listing_of(const http_call& call) {
  list_jobs request;
  request.queue = call.parameter("queue");
  request.tag = call.parameter("tag");
  request.text = call.parameter("text");
  if (const auto text = call.parameter("state"); !text.empty()) {
    job_state state{};
    if (!from_string(std::string{text}, state))
      return failure(errc::invalid_argument, fmt::format("no state is called '{}'", text));
    request.states.push_back(state);
  }
  const auto before
    = read_number(call.parameter("before").empty() ? "0" : call.parameter("before"));
  const auto limit = read_number(call.parameter("limit").empty() ? "100" : call.parameter("limit"));
  if (!before || !limit || *limit == 0 || *limit > limits::page_records_max)
    return failure(errc::invalid_argument, "before must be an id, limit 1 to 1000");
  request.before = *before;
  request.limit = static_cast<std::uint32_t>(*limit);
  return request;
}

http_response jobs_page_response(const http_call& call, const jobs_found& reply) {
  json jobs = json::array();
  for (const auto& x : reply.jobs)
    jobs.push_back(json_of(x, false));
  const auto next = std::to_string(reply.next);
  const bool last = reply.next == 0;
  auto response
    = json_response({{"jobs", std::move(jobs)}, {"next", last ? json(nullptr) : json(next)}});
  if (!last)
    response.headers.emplace_back("Link", link_to_next(call, "before", next));
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
  // Whoever sends one relies on it.
  if (call.request().headers.contains("idempotency-key"))
    return call.refuse({errc::invalid_argument,
                        "jobs take no Idempotency-Key yet; nothing was stored. Leave it out, and "
                        "let the handler recognise what it has done"});
  const auto* dispatcher = dispatcher_for(call);
  if (dispatcher == nullptr)
    return;
  auto jobs = read_new_jobs(call.request());
  if (!jobs)
    return call.refuse(jobs.error());
  enqueue_jobs request{call.values[0], std::move(*jobs)};
  ask<jobs_enqueued>(std::move(call), *dispatcher, options_.request_timeout, std::move(request),
                     enqueued_response);
}

void gateway_state::list_queues_of(http_call& call) {
  if (const auto* dispatcher = dispatcher_for(call))
    ask<queues_listed>(std::move(call), *dispatcher, options_.request_timeout, list_queues{},
                       [](const http_call& asked, queues_listed& reply) {
                         std::erase_if(reply.queues, [&asked](const queue_info& x) {
                           return !asked.may(permission::jobs_read, x.name);
                         });
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
  auto request = listing_of(call);
  if (!request)
    return call.refuse(request.error());
  if (request->queue.empty())
    request->queues = call.targets(permission::jobs_read);
  else if (!call.may(permission::jobs_read, request->queue))
    return call.refuse({errc::forbidden, "this needs a token with the scope "
                                           + scope_of(permission::jobs_read, request->queue)});
  request->terms = begin_list(call);
  ask<jobs_found>(std::move(call), *dispatcher, options_.request_timeout, std::move(*request),
                  jobs_page_response);
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
                    // A job of somebody else is as unknown as one that never was.
                    if (reply.jobs.empty()
                        || !asked.may(permission::jobs_read, reply.jobs[0].queue))
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
