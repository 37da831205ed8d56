// SPDX-License-Identifier: Apache-2.0
#include "actors/handler.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

namespace {

// A negative delay is "as the queue's backoff says" on the wire.
constexpr milliseconds no_delay{-1};

milliseconds not_negative(milliseconds delay) {
  return std::max(delay, milliseconds{0});
}

} // namespace

outcome::outcome(outcome_kind kind, std::string output, milliseconds delay)
    : kind_{kind},
      output_{std::move(output)},
      delay_{delay} {}

outcome outcome::success(std::string result) {
  return {outcome_kind::succeeded, std::move(result), no_delay};
}

outcome outcome::success(std::string result, job_step step) {
  auto made = success(std::move(result));
  made.step_ = std::make_shared<const job_step>(std::move(step));
  return made;
}

outcome outcome::failure(std::string error) {
  return {outcome_kind::failed, std::move(error), no_delay};
}

outcome outcome::retry_after(milliseconds delay, std::string error) {
  return {outcome_kind::failed, std::move(error), not_negative(delay)};
}

outcome outcome::failure_final(std::string error) {
  return {outcome_kind::failed_final, std::move(error), no_delay};
}

outcome outcome::snooze(milliseconds delay) {
  return {outcome_kind::snoozed, {}, not_negative(delay)};
}

outcome outcome::release() {
  return {outcome_kind::released, {}, no_delay};
}

outcome outcome::not_started(std::string why) {
  outcome made{outcome_kind::released, std::move(why), no_delay};
  made.cause_ = cause::host;
  return made;
}

outcome outcome::ended_by_signal(std::string error) {
  auto made = failure(std::move(error));
  made.cause_ = cause::signal;
  return made;
}

} // namespace troupe
