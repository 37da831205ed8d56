// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <utility>

#include "gateway/ask.hpp"
#include "gateway/gateway_state.hpp"
#include "gateway/json_response.hpp"
#include "gateway/problem.hpp"
#include "messages/error_category.hpp"

namespace troupe {

namespace {

http_response done_response(const http_call&, const caf::ok_atom&) {
  return {204, {}, {}};
}

/// 200 with all of the job if it is final; 202 with what there is if it is not.
http_response result_response(const http_call& call, const jobs_found& reply) {
  if (reply.jobs.empty())
    return problem(
      {errc::unknown_job,
       fmt::format("no job has the id '{}', or its retention is over", call.values[0])});
  const auto& job = reply.jobs[0];
  const auto final = job.state >= job_state::succeeded;
  return json_response(json_of(job, final), final ? 200 : 202);
}

} // namespace

void gateway_state::await_result(http_call& call) {
  const auto* dispatcher = dispatcher_for(call);
  if (dispatcher == nullptr)
    return;
  const auto id = read_number(call.values[0]);
  if (!id)
    return call.refuse({errc::unknown_job, fmt::format("no job has the id '{}'", call.values[0])});
  const auto wait = read_number(call.parameter("wait").empty() ? "0" : call.parameter("wait"));
  if (!wait || *wait > 60)
    return call.refuse({errc::invalid_argument, "wait must be 0 to 60 (seconds)"});
  if (*wait > 0 && !take_seat(call, *callers_waits_, "waiting calls"))
    return;
  const auto time = std::chrono::seconds{*wait};
  // At the end of a gateway there is time for what is known by now, but not for the end of a job.
  const auto queues = call.targets(permission::jobs_read);
  const auto early = [this, id = *id, queues](const http_call& waiting) {
    ask<jobs_found>(waiting, dispatcher_, options_.request_timeout,
                    await_job{id, milliseconds{0}, queues}, result_response);
  };
  poll<jobs_found>(std::move(call), *dispatcher, options_.request_timeout + time,
                   await_job{*id, time, queues}, result_response, early,
                   [](const http_call&, const jobs_found&) {});
}

void gateway_state::set_paused(http_call& call, bool paused) {
  const auto* dispatcher = dispatcher_for(call);
  if (dispatcher == nullptr)
    return;
  pause_queue request{call.values[0], paused};
  ask<caf::ok_atom>(std::move(call), *dispatcher, options_.request_timeout, std::move(request),
                    done_response);
}

void gateway_state::pause(http_call& call) {
  set_paused(call, true);
}

void gateway_state::resume(http_call& call) {
  set_paused(call, false);
}

void gateway_state::purge(http_call& call) {
  const auto* dispatcher = dispatcher_for(call);
  if (dispatcher == nullptr)
    return;
  const auto limit
    = read_number(call.parameter("limit").empty() ? "1000" : call.parameter("limit"));
  if (!limit || *limit == 0 || *limit > limits::batch_jobs_max)
    return call.refuse({errc::invalid_argument, "limit must be 1 to 10000"});
  const auto up_to = read_number(call.parameter("up_to").empty() ? "0" : call.parameter("up_to"));
  if (!up_to)
    return call.refuse({errc::invalid_argument, "up_to must be the id of a job"});
  purge_queue request{call.values[0], static_cast<std::uint32_t>(*limit), *up_to};
  ask<queue_purged>(std::move(call), *dispatcher, options_.request_timeout, std::move(request),
                    [](const http_call&, const queue_purged& reply) {
                      return json_response({{"cancelled", reply.cancelled},
                                            {"left", reply.left},
                                            {"up_to", std::to_string(reply.up_to)},
                                            {"more", reply.more}});
                    });
}

void gateway_state::set_draining(http_call& call, bool draining) {
  const auto* dispatcher = dispatcher_for(call);
  if (dispatcher == nullptr)
    return;
  drain_node request{call.values[0], draining};
  ask<caf::ok_atom>(std::move(call), *dispatcher, options_.request_timeout, std::move(request),
                    done_response);
}

void gateway_state::drain_worker_of(http_call& call) {
  set_draining(call, true);
}

void gateway_state::resume_worker_of(http_call& call) {
  set_draining(call, false);
}

} // namespace troupe
