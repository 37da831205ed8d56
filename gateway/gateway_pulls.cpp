// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <utility>

#include "actors/error_text.hpp"
#include "gateway/ask.hpp"
#include "gateway/body_reader.hpp"
#include "gateway/gateway_state.hpp"
#include "gateway/json_response.hpp"
#include "gateway/problem.hpp"
#include "messages/error_category.hpp"

/// Pull workers: programs in any language that take jobs over HTTP. The gateway keeps nothing of
/// them: what it answers and what they say later is between them and the dispatcher, so that they
/// may go on through another gateway.
namespace troupe {

namespace {

constexpr std::uint64_t wait_seconds_max = 30;

// Leases in one heartbeat.
constexpr std::size_t beat_leases_max = 1000;

json json_of(const leased_job& x, const jobs_pulled& reply) {
  json job{{"id", std::to_string(x.lease.job)},
           {"epoch", std::to_string(x.lease.epoch)},
           {"queue", x.queue},
           {"attempt", x.attempt}};
  add_bytes(job, "payload", x.payload);
  if (!x.trace_parent.empty())
    job["traceparent"] = x.trace_parent;
  job["run_timeout_ms"] = x.run_timeout.count();
  job["progress_timeout_ms"] = x.progress_timeout.count();
  job["lease_timeout_ms"] = reply.lease_timeout.count();
  job["heartbeat_interval_ms"] = reply.heartbeat_interval.count();
  return job;
}

json json_of(const std::vector<lease_key>& leases) {
  json list = json::array();
  for (const auto& x : leases)
    list.push_back({{"job", std::to_string(x.job)}, {"epoch", std::to_string(x.epoch)}});
  return list;
}

result<heartbeat> parse_heartbeat(const http_request& request) {
  body_reader body{request};
  heartbeat beat;
  beat.worker.node = body.text("worker", true);
  auto leases = body.value("leases");
  if (auto wrong = body.finish())
    return tl::unexpected{*wrong};
  if (!leases.is_array())
    return failure(errc::invalid_argument, "the body's member 'leases' must be an array");
  if (leases.size() > beat_leases_max)
    return failure(errc::batch_too_large,
                   fmt::format("{} leases in one heartbeat, at most {} are taken", leases.size(),
                               beat_leases_max));
  for (auto& each : leases) {
    body_reader lease{std::move(each)};
    const auto job = lease.id("job");
    const lease_key key{job, lease.id("epoch")};
    auto progress = lease.text("progress", false);
    auto wrong = lease.finish();
    if (!wrong && progress.size() > limits::progress_bytes_max)
      wrong
        = error{errc::invalid_argument, fmt::format("progress of {} bytes; at most {} are taken",
                                                    progress.size(), limits::progress_bytes_max)};
    if (wrong)
      return failure(wrong->code, fmt::format("leases[{}]: {}", beat.leases.size(), wrong->text));
    beat.leases.push_back(key);
    if (!progress.empty())
      beat.progress.push_back({key, std::move(progress)});
  }
  return beat;
}

/// Errors are shortened. A result that is too large for any queue ends the job: the worker would be
/// refused again and again, and the job would look as if it had killed it. It is refused whether
/// the lease is current or not: that the result is too large does not depend on it.
std::optional<error> shorten(job_outcome& end) {
  if (end.kind != outcome_kind::succeeded) {
    end.output = error_text(end.output);
    return std::nullopt;
  }
  if (end.output.size() <= limits::payload_bytes_max)
    return std::nullopt;
  error wrong{errc::payload_too_large,
              fmt::format("a result of {} bytes; at most {} are taken: if the lease was current, "
                          "the job has failed for good",
                          end.output.size(), limits::payload_bytes_max)};
  end.kind = outcome_kind::failed_final;
  end.reason = end_reason::error;
  end.output = fmt::format("a result of {} bytes; at most {} are taken", end.output.size(),
                           limits::payload_bytes_max);
  return wrong;
}

http_response ended_response(const http_call& call, const finish_reply& reply) {
  if (reply.lost.empty())
    return {204, {}, {}};
  return problem(
    {errc::lease_lost, fmt::format("this is not the current lease of job {}: it ended, "
                                   "or the job was given to somebody else",
                                   call.values[0])});
}

} // namespace

void gateway_state::lease_jobs(http_call& call) {
  const auto* dispatcher = dispatcher_for(call);
  if (dispatcher == nullptr)
    return;
  if (leaving_)
    return call.refuse({errc::shutting_down, "this node is stopping"});
  body_reader body{call.request()};
  pull_jobs request;
  request.worker = body.text("worker", true);
  request.queue = call.values[0];
  request.limit = static_cast<std::uint32_t>(body.number("limit", 1, limits::pull_jobs_max));
  request.wait = std::chrono::seconds{body.number("wait", 0, wait_seconds_max)};
  if (auto wrong = body.finish())
    return call.refuse(*wrong);
  request.caller = call.caller_name();
  if (request.wait.count() > 0 && !take_seat(call, *callers_waits_, "waiting calls"))
    return;
  const auto timeout = options_.request_timeout + request.wait;
  const auto respond = [](const http_call&, const jobs_pulled& reply) {
    json jobs = json::array();
    for (const auto& x : reply.jobs)
      jobs.push_back(json_of(x, reply));
    return json_response({{"jobs", std::move(jobs)}});
  };
  const auto early = [](const http_call& waiting) {
    waiting.answer(json_response({{"jobs", json::array()}}));
  };
  const auto unread = [this, worker = request.worker](const http_call&, const jobs_pulled& reply) {
    if (!reply.jobs.empty())
      hand_back(worker, reply.jobs);
  };
  poll<jobs_pulled>(std::move(call), *dispatcher, timeout, std::move(request), respond, early,
                    unread);
}

void gateway_state::hand_back(const std::string& worker, const std::vector<leased_job>& jobs) {
  if (!dispatcher_)
    return; // the leases end by themselves
  finish_jobs request;
  request.worker.node = worker;
  for (const auto& x : jobs) {
    auto& end = request.outcomes.emplace_back();
    end.lease = x.lease;
    end.kind = outcome_kind::released;
    end.delay = milliseconds{0}; // it was not the worker that gave it back
  }
  spdlog::info("hands back {} jobs of pull worker '{}', which went away while it waited",
               jobs.size(), worker);
  ++open_;
  self_->request(dispatcher_, options_.request_timeout, std::move(request))
    .then([this](const finish_reply&) { --open_; },
          [this, worker](const caf::error& why) {
            --open_;
            spdlog::warn("jobs of pull worker '{}' were not handed back, and count as lost when "
                         "their leases end: {}",
                         worker, from_caf(why).text);
          });
}

void gateway_state::renew_leases(http_call& call) {
  const auto* dispatcher = dispatcher_for(call);
  if (dispatcher == nullptr)
    return;
  auto beat = parse_heartbeat(call.request());
  if (!beat)
    return call.refuse(beat.error());
  beat->queues = call.targets(permission::jobs_work);
  ask<heartbeat_reply>(std::move(call), *dispatcher, options_.request_timeout, std::move(*beat),
                       [](const http_call&, const heartbeat_reply& reply) {
                         return json_response({{"lost", json_of(reply.lost)},
                                               {"cancelled", json_of(reply.cancelled)}});
                       });
}

template <class Read>
void gateway_state::end_lease(http_call& call, Read read) {
  const auto id = read_number(call.values[0]);
  if (!id)
    return call.refuse({errc::unknown_job, fmt::format("no job has the id '{}'", call.values[0])});
  const auto* dispatcher = dispatcher_for(call);
  if (dispatcher == nullptr)
    return;
  body_reader body{call.request()};
  finish_jobs request;
  request.worker.node = body.text("worker", true);
  request.queues = call.targets(permission::jobs_work);
  job_outcome end;
  end.lease = {*id, body.id("epoch")};
  read(body, end);
  if (auto wrong = body.finish())
    return call.refuse(*wrong);
  const auto wrong = shorten(end);
  request.outcomes.push_back(std::move(end));
  ask<finish_reply>(std::move(call), *dispatcher, options_.request_timeout, std::move(request),
                    [wrong](const http_call& ended, const finish_reply& reply) {
                      return wrong ? problem(*wrong) : ended_response(ended, reply);
                    });
}

void gateway_state::complete_job(http_call& call) {
  end_lease(call, [](body_reader& body, job_outcome& end) {
    end.kind = outcome_kind::succeeded;
    end.output = body.bytes("result");
  });
}

void gateway_state::fail_job(http_call& call) {
  end_lease(call, [](body_reader& body, job_outcome& end) {
    end.output = body.bytes("error");
    end.kind = body.flag("final") ? outcome_kind::failed_final : outcome_kind::failed;
    end.reason = end_reason::error;
    // Beyond the largest that may be said: the queue's backoff.
    if (const auto wait = body.number("retry_after_ms", UINT64_MAX, UINT32_MAX); wait != UINT64_MAX)
      end.delay = milliseconds{wait};
  });
}

void gateway_state::snooze_job(http_call& call) {
  end_lease(call, [](body_reader& body, job_outcome& end) {
    end.kind = outcome_kind::snoozed;
    end.delay = milliseconds{body.number("delay_ms", 0, UINT32_MAX)};
  });
}

void gateway_state::release_job(http_call& call) {
  end_lease(call, [](body_reader&, job_outcome& end) { end.kind = outcome_kind::released; });
}

} // namespace troupe
