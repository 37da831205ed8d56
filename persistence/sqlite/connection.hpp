// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <SQLiteCpp/SQLiteCpp.h>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "messages/errors.hpp"
#include "messages/time.hpp"

namespace troupe::sqlite {

/// One use of a prepared statement: bind in order, step, read. Resets the statement when it ends,
/// so that no read lock and no half-done write stays behind, whatever was thrown.
class query {
public:
  explicit query(SQLite::Statement& statement) : statement_{statement} {}
  ~query() { statement_.tryReset(); }
  query(const query&) = delete;
  query& operator=(const query&) = delete;

  query& with(std::int64_t value);
  query& with(timestamp value);

  /// Any bytes; not copied: they must live until the query ends.
  query& with_bytes(std::string_view value);
  query& with_text(const std::string& value);

  /// Text that is not copied: it must live until the query ends.
  query& with_kept_text(const std::string& value);

  /// Moves to the next row; false when there is none.
  bool next() { return statement_.executeStep(); }

  /// Runs a change; returns how many rows it changed.
  int run() { return statement_.exec(); }

  std::int64_t integer(int column) const { return statement_.getColumn(column).getInt64(); }
  bool null(int column) const { return statement_.isColumnNull(column); }
  std::string bytes(int column) const;
  /// Valid until the next row, or the end of the query.
  std::string_view bytes_in_place(int column) const;
  timestamp time(int column) const;

  template <class T>
  T as(int column) const {
    return static_cast<T>(integer(column));
  }

private:
  SQLite::Statement& statement_;
  int bound_ = 0;
};

/// How a time is stored: microseconds since 1970, and the smallest integer for 1970 itself, which
/// stands for "none". All are eight bytes wide, so that setting one later does not change the size
/// of its row, and SQLite overwrites the row in place.
std::int64_t to_column(timestamp value) noexcept;
timestamp from_column(std::int64_t value) noexcept;

/// Ids and epochs are unsigned, SQLite's integers are not.
inline std::int64_t to_column(std::uint64_t value) noexcept {
  return static_cast<std::int64_t>(value);
}

/// What SQLite reports, in our words: the file, the cause, and what to do.
error describe_failure(const std::filesystem::path& path, const SQLite::Exception& e,
                       int system_errno);

} // namespace troupe::sqlite
