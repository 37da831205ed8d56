// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>
#include <istream>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "messages/errors.hpp"
#include "messages/record_requests.hpp"

namespace troupe {

/// How far an import has come. Kept beside the file while it is imported, so that it can go on.
struct import_state {
  std::string collection;
  std::string run;                 ///< one import from its start to its end; part of its keys
  std::uint64_t line = 0;          ///< lines that are done
  std::uint64_t offset = 0;        ///< bytes of these
  std::uint64_t pending_until = 0; ///< last line of the batch that may be done as well; 0: none

  bool operator==(const import_state&) const = default;
};

/// "notes.ndjson.troupe-import" for "notes.ndjson".
std::filesystem::path state_file_of(const std::filesystem::path& file);

/// Nothing if there is no such file; `invalid_argument` if it is none of ours.
result<std::optional<import_state>> load_state(const std::filesystem::path& file);

/// Replaces the file in one step, so that an end in the middle leaves the old one.
result<void> save_state(const std::filesystem::path& file, const import_state& state);

struct bad_line {
  std::uint64_t number = 0; ///< from 1
  std::string text;         ///< what is wrong

  bool operator==(const bad_line&) const = default;
};

/// Neighbouring lines of a file, as changes to make together.
struct import_batch {
  std::vector<change_record> changes;
  std::vector<std::uint64_t> numbers; ///< the line of each
  std::vector<bad_line> bad;
  std::uint64_t last_line = 0;
  std::uint64_t end_offset = 0;

  /// Takes the lines out that the cluster refused.
  void drop(const std::vector<bad_line>& refused);
};

/// Says the same for the same batch of the same run, however often it is sent.
std::string idempotency_key_of(const import_batch& batch, const std::string& run);

/// Reads changes from lines of JSON. Objects with an `id` are put, others created; blank lines are
/// passed over.
class import_source {
public:
  /// `lines` must outlive this, and be where `start` says. `batch_lines`: from 1.
  import_source(std::istream& lines, const import_state& start, std::size_t batch_lines);

  /// The next batch; none: that was all. A batch ends early before an id that it has already, and
  /// when it gets large.
  std::optional<import_batch> next();

private:
  struct read_line {
    std::uint64_t number = 0;
    std::uint64_t end_offset = 0;
    result<change_record> change;
  };

  std::optional<read_line> read();
  result<change_record> change_of(std::string text) const;

  std::istream& lines_;
  std::string collection_;
  std::size_t batch_lines_;
  std::uint64_t line_;
  std::uint64_t offset_;
  std::uint64_t pending_until_;
  std::optional<read_line> left_over_; // read, but not for the batch before
};

} // namespace troupe
