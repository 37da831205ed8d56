// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>

#include "messages/record.hpp"

namespace troupe::sqlite {

/// A small file beside the database that remembers how far it had come.
///
/// Whoever puts an older copy of a database in its place, or begins with an empty one, makes its
/// sequence numbers mean something else than before, and the copy itself cannot know. So the file
/// says which generation was written last, and how many changes it had seen: a database that is of
/// another one, or has seen fewer, is a new generation. It is written after each commit and never
/// flushed: that it is behind the database does no harm.
class history_mark {
public:
  struct place {
    database_generation generation = 0;
    std::uint64_t changes = 0;

    bool operator==(const place&) const = default;
  };

  /// Opens or makes the file. When that fails, nothing is remembered: every start is a new
  /// generation then.
  explicit history_mark(const std::filesystem::path& path);
  ~history_mark();
  history_mark(const history_mark&) = delete;
  history_mark& operator=(const history_mark&) = delete;

  /// Nothing if the file is new or damaged.
  std::optional<place> read() const;

  void write(const place& x) noexcept;

private:
  int file_ = -1;
  place last_;
};

/// Whether a database at this place goes on where the mark says that it was.
bool goes_on(const std::optional<history_mark::place>& mark, const history_mark::place& database);

} // namespace troupe::sqlite
