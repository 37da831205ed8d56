// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "messages/errors.hpp"
#include "messages/record_requests.hpp"

namespace troupe {

class record_calls;

struct create_options {
  std::string id; ///< empty: the service makes one
  /// Not empty: the same call again under this key creates nothing more, and gets the same answer.
  std::string idempotency_key;
};

struct write_options {
  write_condition condition;
  std::string idempotency_key; ///< as in `create_options`
};

/// "Only if it is as I know it": for `write_options` and `record::version`.
inline write_options if_version(std::uint64_t version) {
  return {{condition_kind::version, version}, {}};
}

/// The records of one collection, as JSON texts: from `client::records` or `node::records`. A light
/// handle: copy it freely; the client or node must outlive it. All functions may be called from any
/// thread, and block for at most the request time-out and half a second; not from actors.
///
/// Bodies are JSON objects. `id`, if a body has it, must be the record's; `version`, `created_at`
/// and `updated_at` in it are ignored, so that what `record_json` made can be put back.
class record_collection {
public:
  record_collection(const record_calls& calls, std::string name);

  const std::string& name() const noexcept { return name_; }

  // -- reading

  /// `unknown_record` if there is none. `max_stale`: see `get_records`.
  result<record> get(std::string id, milliseconds max_stale = milliseconds{0}) const;
  /// One answer an id, in their order; version 0: there is none. At most
  /// `limits::batch_records_max` ids.
  result<std::vector<found_record>> get(std::vector<std::string> ids,
                                        milliseconds max_stale = milliseconds{0}) const;
  /// A page; `request.collection` is filled in.
  result<records_page> list(list_records request = {}) const;
  /// Calls `use` with each record that matches, page after page, until it returns false. Each page
  /// is of one moment, all pages together are not.
  result<void> for_each(list_records request, const std::function<bool(const record&)>& use) const;
  /// The changes after a sequence, `limit` at most; if there are none it waits for the next one.
  result<changes_read> changes(std::uint64_t after, std::uint32_t limit,
                               milliseconds wait = milliseconds{0}) const;

  // -- changing; returns when it is durable

  result<record_changed> create(std::string body, create_options options = {}) const;
  /// Creates or replaces.
  result<record_changed> put(std::string id, std::string body, write_options options = {}) const;
  /// RFC 7396.
  result<record_changed> merge_patch(std::string id, std::string patch,
                                     write_options options = {}) const;
  /// RFC 6902.
  result<record_changed> json_patch(std::string id, std::string patch,
                                    write_options options = {}) const;
  result<record_changed> remove(std::string id, write_options options = {}) const;

private:
  result<record_changed> change(std::string id, record_verb verb, std::string body,
                                write_options options) const;

  const record_calls* calls_;
  std::string name_;
};

} // namespace troupe
