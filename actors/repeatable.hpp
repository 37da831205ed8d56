// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <cstdint>
#include <string>
#include <type_traits>

#include "messages/lease.hpp"
#include "messages/metrics.hpp"
#include "messages/ownership.hpp"
#include "messages/record_requests.hpp"
#include "messages/requests.hpp"

/// What must be known of a request before it is sent twice.
namespace troupe {

/// May a request be sent again when it is unknown whether it took effect?
enum class repeatability : std::uint8_t {
  never = 1, ///< it could take effect twice, or undo what somebody else wrote meanwhile
  refused,   ///< it takes effect once; the second one may be refused because of the first
  harmless,  ///< the second one gets the same answer
};

/// Changes under an idempotency key are harmless, those of a certain version are refused. All
/// others are not repeated: even a record that must be absent may be so twice, if somebody removes
/// it in between.
repeatability repeatability_of(const change_record& x) noexcept;
repeatability repeatability_of(const change_records& x) noexcept;

/// Reads, and steps of jobs: they end with their lease.
template <class Request>
repeatability repeatability_of(const Request&) noexcept {
  return repeatability::harmless;
}

template <class T, class... Ts>
inline constexpr bool is_one_of = (std::is_same_v<T, Ts> || ...);

/// Whether a dispatcher may be asked twice: it tells something, or sets what may be set twice.
template <class Request>
inline constexpr bool asks_dispatcher_safely
  = is_one_of<Request, get_jobs, list_jobs, list_queues, list_workers, count_queues, await_job,
              read_events, pause_queue, drain_node, heartbeat>;

/// The record that it is about, for those that are to go where others about it went; empty: none,
/// or several.
std::string record_of(const get_records& x);
std::string record_of(const change_record& x);

template <class Request>
std::string record_of(const Request&) {
  return {};
}

/// How long its answer may take on purpose.
inline milliseconds wait_of(const read_changes& x) noexcept {
  return x.wait;
}

/// Whether it may take all the time there is: another instance would ask the same database for the
/// same, and take as long.
template <class Request>
constexpr bool takes_long(const Request&) noexcept {
  return std::is_same_v<Request, list_records>;
}

template <class Request>
milliseconds wait_of(const Request&) noexcept {
  return milliseconds{0};
}

/// Answer within this time, if it is about that.
inline void limit_wait(read_changes& x, milliseconds most) noexcept {
  x.wait = std::max(milliseconds{0}, std::min(most, x.wait));
}

/// Be over a little sooner than this: an instance whose answer comes too late seems not to answer.
inline void limit_time(read_terms& x, milliseconds time) noexcept {
  const auto most = time - std::min(time / 8, milliseconds{500});
  if (x.patience.count() <= 0 || x.patience > most)
    x.patience = most;
}

inline void limit_time(list_records& x, milliseconds time) noexcept {
  limit_time(x.terms, time);
}

template <class Request>
void limit_time(Request&, milliseconds) noexcept {}

template <class Request>
void limit_wait(Request&, milliseconds) noexcept {}

} // namespace troupe
