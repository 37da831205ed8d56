// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/connection.hpp"

#include <cerrno>
#include <limits>
#include <sqlite3.h>
#include <system_error>

#include "messages/calendar.hpp"

namespace troupe::sqlite {

namespace {

constexpr std::int64_t no_time = std::numeric_limits<std::int64_t>::min();

} // namespace

query& query::with(std::int64_t value) {
  statement_.bind(++bound_, value);
  return *this;
}

query& query::with(timestamp value) {
  return with(to_column(value));
}

query& query::with_bytes(std::string_view value) {
  // A null pointer would bind NULL, not an empty value.
  statement_.bindNoCopy(++bound_, value.empty() ? "" : value.data(),
                        static_cast<int>(value.size()));
  return *this;
}

query& query::with_text(const std::string& value) {
  statement_.bind(++bound_, value);
  return *this;
}

query& query::with_kept_text(const std::string& value) {
  statement_.bindNoCopy(++bound_, value);
  return *this;
}

std::string query::bytes(int column) const {
  return std::string{bytes_in_place(column)};
}

std::string_view query::bytes_in_place(int column) const {
  const SQLite::Column value = statement_.getColumn(column);
  const auto* data = static_cast<const char*>(value.getBlob());
  return data ? std::string_view(data, static_cast<std::size_t>(value.getBytes()))
              : std::string_view{};
}

timestamp query::time(int column) const {
  return from_column(integer(column));
}

std::int64_t to_column(timestamp value) noexcept {
  const auto count = value.time_since_epoch().count();
  return count == 0 ? no_time : count;
}

timestamp from_column(std::int64_t value) noexcept {
  // A spoiled row may hold any number; calendars, and sums of times, cannot.
  return in_calendar(timestamp{std::chrono::microseconds{value == no_time ? 0 : value}});
}

error describe_failure(const std::filesystem::path& path, const SQLite::Exception& e,
                       int system_errno) {
  const std::string file = "database '" + path.string() + "': ";
  const std::string cause = e.what();
  // The extended code's low byte is the primary one.
  const int code
    = e.getExtendedErrorCode() >= 0 ? e.getExtendedErrorCode() & 0xff : e.getErrorCode();
  if (code == SQLITE_FULL || (code == SQLITE_IOERR && system_errno == ENOSPC))
    return {errc::storage_full,
            file + "no space left on its device; free some, nothing was stored"};
  if (code == SQLITE_CORRUPT)
    return {errc::storage_corrupt,
            file + cause + "; restore it from a backup, or see what `sqlite3 FILE .recover` saves"};
  if (code == SQLITE_NOTADB)
    return {errc::storage_incompatible,
            file + "is no Troupe database (" + cause + "); name another file"};
  if (code == SQLITE_CONSTRAINT)
    return {errc::invalid_argument, file + cause + "; was the id of a job used before?"};
  std::string text = file + cause;
  if (system_errno != 0)
    text += " (" + std::generic_category().message(system_errno) + ")";
  if (code == SQLITE_CANTOPEN || code == SQLITE_READONLY || code == SQLITE_PERM)
    text += "; make the file and its folder writable for this user, or name another one";
  else if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
    text += "; end the other program that has this file open";
  else
    text += "; check the device and the file system";
  return {errc::storage_failed, std::move(text)};
}

} // namespace troupe::sqlite
