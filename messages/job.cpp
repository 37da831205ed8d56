// SPDX-License-Identifier: Apache-2.0
#include "messages/job.hpp"

#include <array>
#include <string_view>

#include "messages/lease.hpp"
#include "messages/requests.hpp"

namespace troupe {

namespace {

// Enums arrive from the wire unchecked, so a number without a name is possible.
template <class Enum, std::size_t N>
std::string name_in(const std::array<std::string_view, N>& names, Enum x, std::size_t first) {
  auto i = static_cast<std::size_t>(x) - first;
  return i < N ? std::string{names[i]} : "unknown";
}

constexpr std::array<std::string_view, 7> state_names{
  {"scheduled", "ready", "running", "retrying", "succeeded", "dead", "cancelled"}};
constexpr std::array<std::string_view, 8> reason_names{
  {"none", "error", "lease_lost", "no_progress", "deadline", "cancelled", "released", "snoozed"}};
constexpr std::array<std::string_view, 6> outcome_names{
  {"succeeded", "failed", "failed_final", "snoozed", "released", "cancelled"}};
constexpr std::array<std::string_view, 9> event_names{{"leased", "started", "succeeded", "retrying",
                                                       "dead", "cancelled", "lost", "released",
                                                       "snoozed"}};
constexpr std::array<std::string_view, 4> worker_names{{"alive", "suspect", "draining", "idle"}};

} // namespace

std::string to_string(job_state x) {
  return name_in(state_names, x, 1);
}

bool from_string(const std::string& name, job_state& x) {
  for (std::size_t i = 0; i < state_names.size(); ++i)
    if (state_names[i] == name) {
      x = static_cast<job_state>(i + 1);
      return true;
    }
  return false;
}

std::string to_string(end_reason x) {
  return name_in(reason_names, x, 0);
}

std::string to_string(outcome_kind x) {
  return name_in(outcome_names, x, 1);
}

std::string to_string(job_event_kind x) {
  return name_in(event_names, x, 1);
}

std::string to_string(worker_state x) {
  return name_in(worker_names, x, 1);
}

} // namespace troupe
