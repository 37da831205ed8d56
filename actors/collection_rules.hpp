// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "actors/collection_settings.hpp"
#include "actors/json_patch.hpp"
#include "actors/json_reader.hpp"
#include "actors/record_schema.hpp"
#include "messages/record_requests.hpp"

namespace troupe {

/// A change that was found well-formed.
struct checked_change {
  std::string collection;
  std::string id;
  record_verb verb = record_verb::put;
  write_condition condition;
  std::string fields;                      ///< of create and put: the whole record
  std::shared_ptr<const json_value> patch; ///< of the two patches

  bool is_patch() const noexcept { return patch != nullptr; }
};

/// What changes a collection takes: its declaration, applied to requests. No actor, no clock.
class collection_rules {
public:
  /// `invalid_argument` when the schema is.
  static result<collection_rules> make(collection_settings settings);

  const collection_settings& settings() const noexcept { return settings_; }

  /// False if no record can have a value at this path. Id, version and times are known, too.
  bool knows_field(std::string_view path) const;

  /// Checks id, verb, condition and body. `new_id` is for a record that the client gave none.
  result<checked_change> check(const change_record& x, const std::string& new_id) const;

  /// The fields after the patch. `before` is the record as it is; version 0: there is none, which
  /// is `unknown_record`, or `precondition_failed` when the client named a condition. `work`: what
  /// is left for the patches of the request.
  result<std::string> patched(const checked_change& x, const record& before,
                              patch_work& work) const;

private:
  collection_rules(collection_settings settings, std::optional<record_schema> schema);

  result<void> check_condition(const change_record& x) const;
  result<std::string> fields_of(json_value document, const std::string& id) const;

  collection_settings settings_;
  std::optional<record_schema> schema_;
};

/// Fields as they are stored: compact, in their order, without id, version and times.
/// `invalid_argument` if the document says that it is another record than `id`.
result<json_value> without_metadata(json_value document, const std::string& id);

/// The record as patches see it: id, version and times, then the fields.
json_value with_metadata(const record& x);

/// Identifies what a request asks for: the same text for the same request. Not for secrets.
std::string fingerprint_of(const change_record& x);
std::string fingerprint_of(const change_records& x);

} // namespace troupe
