// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "messages/errors.hpp"
#include "messages/job.hpp"
#include "messages/lease.hpp"
#include "messages/requests.hpp"

namespace enums_test {

using namespace troupe;

namespace {

template <class Enum>
struct numbered {
  Enum value;
  int number;
  std::string name;
};

/// Checks the numbers and names, and that `nobody`, the next number, is not in use.
template <class Enum>
void check_numbers(const std::vector<numbered<Enum>>& all, const std::string& nobody) {
  for (const auto& x : all) {
    INFO(x.name);
    CHECK(static_cast<int>(x.value) == x.number);
    CHECK(to_string(x.value) == x.name);
  }
  CHECK(to_string(static_cast<Enum>(all.back().number + 1)) == nobody);
}

} // namespace

TEST_CASE("states of a job have their numbers for ever: they are on the wire and on disk") {
  using e = job_state;
  check_numbers<e>({{e::scheduled, 1, "scheduled"},
                    {e::ready, 2, "ready"},
                    {e::running, 3, "running"},
                    {e::retrying, 4, "retrying"},
                    {e::succeeded, 5, "succeeded"},
                    {e::dead, 6, "dead"},
                    {e::cancelled, 7, "cancelled"}},
                   "unknown");
}

TEST_CASE("reasons why a delivery ended have their numbers for ever") {
  using e = end_reason;
  check_numbers<e>({{e::none, 0, "none"},
                    {e::error, 1, "error"},
                    {e::lease_lost, 2, "lease_lost"},
                    {e::no_progress, 3, "no_progress"},
                    {e::deadline, 4, "deadline"},
                    {e::cancelled, 5, "cancelled"},
                    {e::released, 6, "released"},
                    {e::snoozed, 7, "snoozed"}},
                   "unknown");
}

TEST_CASE("kinds of outcome have their numbers for ever") {
  using e = outcome_kind;
  check_numbers<e>({{e::succeeded, 1, "succeeded"},
                    {e::failed, 2, "failed"},
                    {e::failed_final, 3, "failed_final"},
                    {e::snoozed, 4, "snoozed"},
                    {e::released, 5, "released"},
                    {e::cancelled, 6, "cancelled"}},
                   "unknown");
}

TEST_CASE("kinds of event have their numbers for ever") {
  using e = job_event_kind;
  check_numbers<e>({{e::leased, 1, "leased"},
                    {e::started, 2, "started"},
                    {e::succeeded, 3, "succeeded"},
                    {e::retrying, 4, "retrying"},
                    {e::dead, 5, "dead"},
                    {e::cancelled, 6, "cancelled"},
                    {e::lost, 7, "lost"},
                    {e::released, 8, "released"},
                    {e::snoozed, 9, "snoozed"}},
                   "unknown");
}

TEST_CASE("states of a worker have their numbers for ever") {
  using e = worker_state;
  check_numbers<e>({{e::alive, 1, "alive"},
                    {e::suspect, 2, "suspect"},
                    {e::draining, 3, "draining"},
                    {e::idle, 4, "idle"}},
                   "unknown");
}

TEST_CASE("error codes have their numbers and names for ever: scripts know them") {
  using e = errc;
  check_numbers<e>({{e::none, 0, "none"},
                    {e::invalid_argument, 1, "invalid_argument"},
                    {e::unknown_queue, 2, "unknown_queue"},
                    {e::unknown_job, 3, "unknown_job"},
                    {e::payload_too_large, 4, "payload_too_large"},
                    {e::batch_too_large, 5, "batch_too_large"},
                    {e::queue_full, 6, "queue_full"},
                    {e::overloaded, 7, "overloaded"},
                    {e::lease_lost, 8, "lease_lost"},
                    {e::wrong_state, 9, "wrong_state"},
                    {e::storage_failed, 10, "storage_failed"},
                    {e::storage_full, 11, "storage_full"},
                    {e::storage_incompatible, 12, "storage_incompatible"},
                    {e::storage_corrupt, 13, "storage_corrupt"},
                    {e::unavailable, 14, "unavailable"},
                    {e::timed_out, 15, "timed_out"},
                    {e::incompatible_version, 16, "incompatible_version"},
                    {e::shutting_down, 17, "shutting_down"},
                    {e::config_invalid, 18, "config_invalid"},
                    {e::unknown_collection, 19, "unknown_collection"},
                    {e::unknown_record, 20, "unknown_record"},
                    {e::invalid_record, 21, "invalid_record"},
                    {e::precondition_failed, 22, "precondition_failed"},
                    {e::precondition_required, 23, "precondition_required"},
                    {e::patch_failed, 24, "patch_failed"},
                    {e::not_owner, 25, "not_owner"},
                    {e::idempotency_mismatch, 26, "idempotency_mismatch"},
                    {e::unauthenticated, 27, "unauthenticated"},
                    {e::forbidden, 28, "forbidden"},
                    {e::rate_limited, 29, "rate_limited"},
                    {e::unknown_token, 30, "unknown_token"},
                    {e::token_exists, 31, "token_exists"},
                    {e::too_costly, 32, "too_costly"}},
                   "unknown_error");
}

} // namespace enums_test
