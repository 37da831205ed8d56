// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <memory>
#include <spdlog/spdlog.h>
#include <utility>

#include "actors/dispatcher_state.hpp"
#include "messages/error_category.hpp"

namespace troupe {

namespace {

// Longer waits are answered after this.
constexpr milliseconds job_wait_max{60'000};

/// What somebody may know who knows of these queues only, or of all if there are none.
jobs_found seen_by(const std::vector<std::string>& queues, const jobs_found& found) {
  auto seen = found;
  if (!queues.empty())
    std::erase_if(seen.jobs, [&queues](const job& x) {
      return std::find(queues.begin(), queues.end(), x.queue) == queues.end();
    });
  return seen;
}

} // namespace

// -- whole queues ---------------------------------------------------------------------------------

caf::result<caf::ok_atom> dispatcher_state::pause(const pause_queue& request) {
  auto queue = find_queue(request.queue);
  if (!queue)
    return to_caf({errc::unknown_queue, fmt::format("no queue '{}' is declared", request.queue)});
  auto promise = self_->make_response_promise<caf::ok_atom>();
  self_->request(options_.repository, options_.storage_timeout, request)
    .then(
      [this, queue, promise, paused = request.paused](caf::ok_atom) mutable {
        queues_[*queue].paused = paused;
        spdlog::info("queue '{}' is {}", queues_[*queue].settings.name,
                     paused ? "paused" : "resumed");
        promise.deliver(caf::ok_atom::value);
        match_soon();
      },
      [this, promise](caf::error& why) mutable {
        doubt(why);
        promise.deliver(std::move(why));
      });
  return promise;
}

caf::result<queue_purged> dispatcher_state::purge_waiting(const purge_queue& request) {
  auto queue = find_queue(request.queue);
  if (!queue)
    return to_caf({errc::unknown_queue, fmt::format("no queue '{}' is declared", request.queue)});
  if (request.limit == 0 || request.limit > limits::batch_jobs_max)
    return to_caf({errc::invalid_argument, fmt::format("limit {}; it must be 1 to {}",
                                                       request.limit, limits::batch_jobs_max)});
  auto promise = self_->make_response_promise<queue_purged>();
  // What is enqueued from now on is not meant.
  const auto up_to = request.up_to != 0 ? request.up_to : next_job_ - 1;
  list_jobs waiting;
  waiting.before = up_to + 1;
  waiting.queue = request.queue;
  waiting.states = {job_state::scheduled, job_state::ready, job_state::retrying};
  waiting.limit = request.limit;
  auto purge = [this, queue, promise, up_to](const jobs_found& found) mutable {
    cancel_waiting request_to_cancel{wall(), {}};
    for (const auto& x : found.jobs)
      request_to_cancel.ids.push_back(x.id);
    auto ids = request_to_cancel.ids;
    self_->request(options_.repository, options_.storage_timeout, std::move(request_to_cancel))
      .then(
        [this, queue, promise, ids, up_to,
         more = found.next != 0](const jobs_updated& reply) mutable {
          queue_purged answer;
          answer.up_to = up_to;
          answer.more = more;
          for (std::size_t i = 0; i < ids.size(); ++i) {
            if (reply.updates[i].code != 0)
              continue; // it was handed out meanwhile
            cancelled_in_store(ids[i], reply.updates[i]);
            ++answer.cancelled;
          }
          const auto& depths = queues_[*queue].depths;
          answer.left = depths.scheduled + depths.ready + depths.retrying;
          promise.deliver(answer);
        },
        [this, promise](caf::error& why) mutable {
          doubt(why);
          promise.deliver(std::move(why));
        });
  };
  self_->request(options_.repository, options_.storage_timeout, std::move(waiting))
    .then(purge, [promise](caf::error& why) mutable { promise.deliver(std::move(why)); });
  return promise;
}

// -- waiting for a job's end ----------------------------------------------------------------------

caf::result<jobs_found> dispatcher_state::wait_for_end(const await_job& request) {
  if (job_waits_.size() >= limits::job_waits_max)
    return to_caf({errc::overloaded, fmt::format("{} calls wait for jobs already; try again soon",
                                                 limits::job_waits_max)});
  auto promise = self_->make_response_promise<jobs_found>();
  auto number = ++job_waits_made_;
  // It waits before it looks: no end can come between.
  job_waits_.emplace(request.id, job_wait{promise, now() + std::min(request.wait, job_wait_max),
                                          number, request.queues});
  auto stop_waiting = [this, id = request.id, number] {
    auto [first, last] = job_waits_.equal_range(id);
    auto found = std::find_if(first, last, [&](auto& x) { return x.second.number == number; });
    if (found == last)
      return false; // it has been answered
    job_waits_.erase(found);
    return true;
  };
  auto enough = request.wait.count() <= 0;
  self_->request(options_.repository, options_.storage_timeout, get_jobs{{request.id}, true})
    .then(
      [=, this, queues = request.queues](const jobs_found& all) mutable {
        auto found = seen_by(queues, all);
        auto over = enough || found.jobs.empty() || is_final(found.jobs[0].state);
        if (!over || !stop_waiting())
          return;
        show_limits(found);
        promise.deliver(std::move(found));
      },
      [=](caf::error& why) mutable {
        if (stop_waiting())
          promise.deliver(std::move(why));
      });
  return promise;
}

void dispatcher_state::wake(job_id id) {
  std::vector<job_wait> waits;
  auto [first, last] = job_waits_.equal_range(id);
  for (auto i = first; i != last; ++i)
    waits.push_back(std::move(i->second));
  job_waits_.erase(first, last);
  if (!waits.empty())
    answer_waits(id, std::move(waits));
}

void dispatcher_state::end_waits() {
  std::map<job_id, std::vector<job_wait>> over;
  for (auto i = job_waits_.begin(); i != job_waits_.end();) {
    if (i->second.until > now()) {
      ++i;
      continue;
    }
    over[i->first].push_back(std::move(i->second));
    i = job_waits_.erase(i);
  }
  for (auto& [id, waits] : over)
    answer_waits(id, std::move(waits));
}

void dispatcher_state::answer_waits(job_id id, std::vector<job_wait> waits) {
  auto shared = std::make_shared<std::vector<job_wait>>(std::move(waits));
  self_->request(options_.repository, options_.storage_timeout, get_jobs{{id}, true})
    .then(
      [this, shared](jobs_found& found) {
        show_limits(found);
        for (auto& x : *shared)
          x.promise.deliver(seen_by(x.queues, found));
      },
      [shared](const caf::error& why) {
        for (auto& x : *shared)
          x.promise.deliver(why);
      });
}

} // namespace troupe
