// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace caf {
class error;
}

namespace troupe {

/// Why a request was refused. Stable: scripts and clients in other languages see these names.
/// Numbers are part of the wire format: append only.
enum class errc : std::uint8_t {
  none = 0,
  invalid_argument,      ///< the request is malformed; sending it again cannot help
  unknown_queue,         ///< no queue of that name is declared in the configuration
  unknown_job,           ///< no job has that id, or its retention is over
  payload_too_large,     ///< the payload is over the queue's limit
  batch_too_large,       ///< too many jobs or bytes in one request: split it
  queue_full,            ///< the queue holds as many jobs as it may; try again later
  overloaded,            ///< too much waits; nothing was done; try again later
  lease_lost,            ///< the delivery is not the job's current one; nothing was changed
  wrong_state,           ///< the job's state does not allow it, e.g. cancelling a finished job
  storage_failed,        ///< the storage engine failed; nothing was stored
  storage_full,          ///< no space left on the device; nothing was stored
  storage_incompatible,  ///< the database was written by a newer version, or is no Troupe database
  storage_corrupt,       ///< the database's integrity check failed
  unavailable,           ///< nobody answers for this now: not connected, or starting
  timed_out,             ///< no answer in time; whether it took effect is unknown
  incompatible_version,  ///< the other node speaks another wire version
  shutting_down,         ///< the node is stopping and takes nothing new
  config_invalid,        ///< the configuration file is wrong; the text has file and line
  unknown_collection,    ///< no collection of that name is declared in the configuration
  unknown_record,        ///< the collection has no record with that id
  invalid_record,        ///< breaks the schema; the text has a line a violation: "pointer: what"
  precondition_failed,   ///< the record is not as the request demands; nothing was changed
  precondition_required, ///< the collection wants every write to name the version it changes
  patch_failed,          ///< the patch cannot be applied to the record as it is
  not_owner,             ///< the key's shard moved; nothing was changed; ask the new owner
  idempotency_mismatch,  ///< the idempotency key was used for another request
  unauthenticated,       ///< HTTP: there is no token, or it is wrong, expired or revoked
  forbidden,             ///< HTTP: the token has not the scope that this needs
  rate_limited,          ///< HTTP: too many requests in a short time; wait, as Retry-After says
  unknown_token,         ///< no token has that name
  token_exists,          ///< another token has that name
  too_costly,            ///< a read took longer than its time and was ended; ask for less
};

/// The stable name of a code, e.g. "unknown_queue".
std::string_view name_of(errc code) noexcept;
std::string to_string(errc code);

/// One sentence that says what a code means and what to do about it.
std::string_view describe(errc code) noexcept;

/// A refusal or failure: a code for programs and a text for people that names the thing.
struct error {
  errc code = errc::none;
  std::string text;

  bool operator==(const error&) const = default;
};

/// "unknown_queue: no queue 'mail' is declared".
std::string to_string(const error& x);

/// A value, or why there is none.
template <class T>
using result = tl::expected<T, error>;

/// Shorthand for the unhappy return: `return failure(errc::unknown_queue, "...")`.
inline tl::unexpected<error> failure(errc code, std::string text) {
  return tl::unexpected<error>{error{code, std::move(text)}};
}

/// The same refusal as CAF carries it between actors, and back. CAF's own errors (time-outs, dead
/// actors, lost nodes) become `timed_out` or `unavailable`.
caf::error to_caf(const error& x);
error from_caf(const caf::error& x);

} // namespace troupe
