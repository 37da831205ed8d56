// SPDX-License-Identifier: Apache-2.0
#include <spdlog/spdlog.h>
#include <utility>

#include "actors/running_worker.hpp"

/// What is the host's fault, and not the job's: handlers that cannot be started here, and signals
/// that were meant for the whole service.
namespace troupe {

namespace {

// A service manager's signal reaches programs and node at the same time, in any order.
constexpr milliseconds signal_doubt{1000};

} // namespace

void running_worker::check_handlers() {
  for (const auto& [queue, how] : options_.queues)
    if (how.check && withheld_.why(how.handler) == nullptr)
      if (auto why = how.check(); !why.empty())
        withhold(how.handler, std::move(why));
}

bool running_worker::withhold(const std::string& name_of_handler, std::string why) {
  why.resize(std::min(why.size(), limits::reason_bytes_max));
  if (!withheld_.withhold(name_of_handler, why, now()))
    return false;
  spdlog::error("worker: cannot start handler '{}': {}; takes no jobs for it for a while",
                name_of_handler, why);
  return true;
}

void running_worker::not_started(const lease_key& lease, const std::string& why) {
  auto queue = options_.queues.find(leases_.queue_of(lease));
  if (queue != options_.queues.end() && withhold(queue->second.handler, why))
    offers_changed_ = true;
}

void running_worker::offer_again() {
  for (const auto& each : withheld_.due(now())) {
    std::string why;
    for (const auto& [queue, how] : options_.queues)
      if (how.handler == each && how.check && why.empty())
        why = how.check();
    if (!why.empty()) {
      withhold(each, std::move(why));
      continue;
    }
    withheld_.offer(each);
    spdlog::info("worker: tries handler '{}' again", each);
    offers_changed_ = true;
  }
  if (offers_changed_ && link_ == link::registered)
    introduce();
}

void running_worker::name_offers(register_worker& request) {
  offers_changed_ = false;
  for (const auto& [queue, how] : options_.queues)
    if (const auto* why = withheld_.why(how.handler))
      request.withheld.push_back({queue, *why});
    else
      request.queues.push_back(queue);
}

void running_worker::conclude(const lease_key& lease, outcome how) {
  if (how.has_not_started())
    not_started(lease, how.output());
  else if (auto queue = options_.queues.find(leases_.queue_of(lease));
           queue != options_.queues.end() && how.kind() != outcome_kind::released)
    withheld_.started(queue->second.handler);
  if (!how.is_by_signal()) {
    leases_.ended(lease, how);
    return;
  }
  if (draining_)
    leases_.ended(lease, outcome::release());
  else
    doubtful_.push_back({lease, std::move(how), now() + signal_doubt});
}

void running_worker::settle_doubts() {
  auto ends = std::exchange(doubtful_, {});
  for (auto& x : ends)
    if (draining_)
      leases_.ended(x.lease, outcome::release());
    else if (now() >= x.until)
      leases_.ended(x.lease, x.how);
    else
      doubtful_.push_back(std::move(x));
}

} // namespace troupe
