// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <exception>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "node/record_collection.hpp"

namespace troupe {

/// A record as a value of the program's own type.
template <class T>
struct versioned {
  std::string id;
  std::uint64_t version = 0;
  timestamp created_at{};
  timestamp updated_at{};
  T value;
};

/// A collection whose records are values of `T`, for which nlohmann's `to_json` and `from_json` are
/// defined. Records that are no `T` are refused as `invalid_record`.
///
///     typed_collection<note> notes{client.records("notes")};
///     auto made = notes.create({.title = "milk"});
///     notes.modify(made->id, [](note& x) { x.done = true; });
template <class T>
class typed_collection {
public:
  struct page {
    std::vector<versioned<T>> records;
    std::string next; ///< `cursor` of the next page; empty: this is the last one
  };

  explicit typed_collection(record_collection records) : records_{std::move(records)} {}

  /// The same records as texts.
  const record_collection& texts() const noexcept { return records_; }

  result<versioned<T>> get(std::string id) const {
    return records_.get(std::move(id)).and_then(typed);
  }

  result<page> list(list_records request = {}) const {
    auto texts = records_.list(std::move(request));
    if (!texts)
      return tl::unexpected{texts.error()};
    page made;
    made.next = std::move(texts->next);
    for (auto& x : texts->records) {
      auto one = typed(std::move(x));
      if (!one)
        return tl::unexpected{one.error()};
      made.records.push_back(std::move(*one));
    }
    return made;
  }

  result<versioned<T>> create(const T& value, create_options options = {}) const {
    return records_.create(nlohmann::json(value).dump(), std::move(options)).and_then(changed);
  }

  /// Creates or replaces.
  result<versioned<T>> put(std::string id, const T& value, write_options options = {}) const {
    return records_.put(std::move(id), nlohmann::json(value).dump(), std::move(options))
      .and_then(changed);
  }

  /// Replaces it, unless somebody else changed it since it was read: `precondition_failed`.
  result<versioned<T>> update(const versioned<T>& x) const {
    return put(x.id, x.value, if_version(x.version));
  }

  /// Reads, calls `change` with the value, and replaces; again from the start whenever somebody
  /// else was faster, at most `tries` times.
  template <class Change>
  result<versioned<T>> modify(const std::string& id, Change change, int tries = 10) const {
    for (;;) {
      auto found = get(id);
      if (!found)
        return found;
      change(found->value);
      auto written = update(*found);
      if (written || written.error().code != errc::precondition_failed || --tries <= 0)
        return written;
    }
  }

  result<void> remove(std::string id, write_options options = {}) const {
    auto removed = records_.remove(std::move(id), std::move(options));
    if (!removed)
      return tl::unexpected{removed.error()};
    return {};
  }

private:
  static result<versioned<T>> typed(record x) {
    try {
      auto value = nlohmann::json::parse(x.fields).template get<T>();
      return versioned<T>{std::move(x.id), x.version, x.created_at, x.updated_at, std::move(value)};
    } catch (const std::exception& problem) {
      return failure(errc::invalid_record,
                     "record '" + x.id + "' is not of the program's type: " + problem.what());
    }
  }

  static result<versioned<T>> changed(record_changed x) { return typed(std::move(x.value)); }

  record_collection records_;
};

} // namespace troupe
