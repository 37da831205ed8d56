// SPDX-License-Identifier: Apache-2.0
#include "messages/errors.hpp"

#include <array>
#include <caf/sec.hpp>
#include <utility>

#include "messages/caf_words.hpp"
#include "messages/error_category.hpp"

namespace troupe {

namespace {

struct row {
  std::string_view name;
  std::string_view meaning;
};

constexpr std::array<row, 33> rows{{
  {"none", "No error."},
  {"invalid_argument", "The request is malformed; correct it before sending it again."},
  {"unknown_queue", "The queue is not declared in the configuration; see `troupe queues`."},
  {"unknown_job", "No job has this id, or its retention is over."},
  {"payload_too_large", "The payload is over the queue's payload_max; store it elsewhere and send "
                        "its address, or raise the limit."},
  {"batch_too_large", "Too many jobs or bytes in one request; split it."},
  {"queue_full", "The queue holds depth_max jobs; try again later, or add workers."},
  {"overloaded", "Too much waits already; nothing was done; try again in a moment."},
  {"lease_lost", "The job was given to another worker; this delivery's result was discarded."},
  {"wrong_state", "The job's state does not allow this."},
  {"storage_failed", "The database failed; nothing was stored. See the control node's log."},
  {"storage_full", "No space is left on the control node's disk; nothing was stored. Free space."},
  {"storage_incompatible", "The database belongs to a newer version, or to another program."},
  {"storage_corrupt", "The database is damaged; restore a backup."},
  {"unavailable", "Nobody answers for this now; check `troupe nodes` and try again."},
  {"timed_out", "No answer in time; whether the request took effect is unknown."},
  {"incompatible_version", "The nodes speak different wire versions; upgrade the older one."},
  {"shutting_down", "The node is stopping; ask another one, or try again later."},
  {"config_invalid", "The configuration is wrong; check it with `troupe config check`."},
  {"unknown_collection", "The collection is not declared in the configuration; see `troupe records "
                         "collections`."},
  {"unknown_record", "The collection has no record with this id."},
  {"invalid_record", "The record breaks its collection's schema; correct what is listed."},
  {"precondition_failed", "The record has changed, or is not there; read it and decide again."},
  {"precondition_required", "This collection wants each write to name the version it changes; read "
                            "the record, and send its version."},
  {"patch_failed", "The patch does not fit the record as it is; read the record, and correct it."},
  {"not_owner", "The record is moving to another node; nothing was changed; try again."},
  {"idempotency_mismatch", "This idempotency key was used for another request; use a new one."},
  {"unauthenticated", "A token is needed; `troupe token create` makes one."},
  {"forbidden", "The token has not the scope that this needs; use another one."},
  {"rate_limited", "Too many requests in a short time; wait as long as Retry-After says."},
  {"unknown_token", "No token has this name; see `troupe token list`."},
  {"token_exists", "Another token has this name; revoke that one, or choose another name."},
  {"too_costly",
   "The read took longer than it may; ask for less at once, or declare an index on what "
   "it filters or sorts by."},
}};

} // namespace

std::string_view name_of(errc code) noexcept {
  auto i = static_cast<std::size_t>(code);
  return i < rows.size() ? rows[i].name : std::string_view{"unknown_error"};
}

std::string to_string(errc code) {
  return std::string{name_of(code)};
}

std::string_view describe(errc code) noexcept {
  auto i = static_cast<std::size_t>(code);
  return i < rows.size() ? rows[i].meaning : std::string_view{"An error of a newer version."};
}

std::string to_string(const error& x) {
  return x.text.empty() ? to_string(x.code) : to_string(x.code) + ": " + x.text;
}

caf::error to_caf(const error& x) {
  return caf::make_error(x.code, x.text);
}

error from_caf(const caf::error& x) {
  if (!x)
    return {};
  auto text = x.context().match_elements<std::string>() ? x.context().get_as<std::string>(0)
                                                        : std::string{};
  if (x.category() == error_category)
    return {static_cast<errc>(x.code()), std::move(text)};
  if (x == caf::sec::request_timeout)
    return {errc::timed_out, words_of(x)};
  if (x == caf::sec::incompatible_application_ids)
    return {errc::incompatible_version, words_of(x)};
  return {errc::unavailable, words_of(x)};
}

} // namespace troupe
