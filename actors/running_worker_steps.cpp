// SPDX-License-Identifier: Apache-2.0
#include <spdlog/spdlog.h>
#include <utility>

#include "actors/running_worker.hpp"
#include "messages/error_category.hpp"

namespace troupe {

namespace {

// Each is a message of its own, which may be large.
constexpr std::size_t steps_in_flight_max = 16;

// Whoever takes steps for others ends its own attempts first, and says why.
constexpr milliseconds answer_margin{1000};

/// Would the same step perhaps be taken a moment later?
bool passes(errc code) {
  switch (code) {
  case errc::unavailable:
  case errc::timed_out:
  case errc::overloaded:
  case errc::not_owner:
  case errc::shutting_down:
  case errc::storage_failed:
  case errc::storage_full:
    return true;
  default:
    return false;
  }
}

} // namespace

void running_worker::report_steps() {
  while (steps_in_flight_ < steps_in_flight_max && leases_.has_steps() && now() >= step_due_) {
    auto [outcome, step] = leases_.take_step();
    auto lease = outcome.lease;
    ++steps_in_flight_;
    self_
      ->request(options_.records, options_.request_timeout + answer_margin,
                commit_step{options_.id, capacity(), std::move(outcome), *step})
      .then(
        [this, lease](const step_committed& answer) {
          --steps_in_flight_;
          step_answered(lease, answer);
        },
        [this, lease](const caf::error& why) {
          --steps_in_flight_;
          step_failed(lease, from_caf(why));
        });
  }
}

void running_worker::step_answered(const lease_key& lease, const step_committed& answer) {
  if (!answer.lost && answer.code != 0) {
    step_failed(lease, {static_cast<errc>(answer.code), answer.text});
    return;
  }
  step_failures_ = 0;
  if (answer.lost && leases_.repeated(lease))
    spdlog::info("worker: the step of {} was sent again, and either done before or refused "
                 "(lease_lost)",
                 leases_.name_of(lease));
  else if (answer.lost)
    spdlog::warn("worker: the step of {} was refused (lease_lost)", leases_.name_of(lease));
  leases_.acknowledge(lease);
  drain_progress_ = now();
  look();
}

void running_worker::step_failed(const lease_key& lease, const error& why) {
  if (passes(why.code)) {
    leases_.put_back({lease});
    auto wait = retry_delay(step_failures_);
    step_due_ = now() + wait;
    spdlog::warn("worker: the step of {} was not taken: {}; sent again in {} ms",
                 leases_.name_of(lease), to_string(why), wait.count());
    return;
  }
  spdlog::warn("worker: the step of {} was refused: {}", leases_.name_of(lease), to_string(why));
  leases_.refuse_step(lease, "the step was refused: " + to_string(why));
  look();
}

} // namespace troupe
