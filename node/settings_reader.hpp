// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/time.hpp"
#include "node/toml_reader.hpp"

namespace troupe {

/// The unit of the longest times that settings may ask for.
inline constexpr milliseconds day = std::chrono::hours{24};

/// "250ms", "8s", "30m", "24h", "7d"; a fraction is fine ("1.5s").
std::optional<milliseconds> parse_duration(std::string_view text);

/// "512 B", "256 KiB", "1 MiB", "2 GiB", or plain bytes.
std::optional<std::uint64_t> parse_size(std::string_view text);

/// The same length of time or number of bytes in the largest unit that divides it.
std::string format_duration(milliseconds x);
std::string format_size(std::uint64_t bytes);

/// Small letters, digits, '_', '.', '-', and not too long.
bool is_name(std::string_view text);

/// "a, b, c".
std::string join(const std::vector<std::string>& words);

/// All that is wrong with a document, each with its line.
class settings_problems {
public:
  explicit settings_problems(std::string document) : document_{std::move(document)} {}

  void add(std::size_t line, std::string text);

  /// Remembers where a setting stands, for checks that look at several settings.
  void mark(const std::string& path, std::size_t line) { lines_[path] = line; }

  /// `path` stands where `other` does.
  void mark_like(const std::string& path, const std::string& other) {
    lines_[path] = lines_[other];
  }

  /// The problem of a value of JSON stands where its part at `pointer` does, or what that is in.
  void add_in_json(std::string path, std::string_view pointer, std::string text);

  /// Adds a problem where `path` stands, or what it is in, if it was left out.
  void add_at(std::string path, std::string text);

  bool empty() const { return problems_.empty(); }

  /// One line a problem, in the order of the document: "document:line: text".
  std::string text() const;

private:
  std::string document_;
  std::map<std::string, std::size_t> lines_;
  std::multimap<std::size_t, std::string> problems_; // ordered: people read from top to bottom
};

/// Reads the settings of one table. What is missing keeps its default; what is wrong becomes a
/// problem and keeps its default; what nobody asked for is reported by `refuse_the_rest`.
class settings_reader {
public:
  settings_reader(const toml_table& table, std::string path, settings_problems& problems);

  bool has(const std::string& key) const { return table_->find(key) != nullptr; }

  void read(const std::string& key, bool& into);
  void read(const std::string& key, std::string& into);
  void read(const std::string& key, std::vector<std::string>& into);
  void read(const std::string& key, double& into, double min, double max);
  void read(const std::string& key, milliseconds& into, milliseconds min, milliseconds max);

  /// A whole number.
  template <class Integer>
  void read(const std::string& key, Integer& into, std::uint64_t min, std::uint64_t max) {
    if (auto x = integer(key, min, max))
      into = static_cast<Integer>(*x);
  }

  void read_size(const std::string& key, std::uint64_t& into, std::uint64_t min, std::uint64_t max);

  /// A word out of `words`.
  void read_choice(const std::string& key, std::string& into,
                   const std::vector<std::string>& words);
  void read_choices(const std::string& key, std::vector<std::string>& into,
                    const std::vector<std::string>& words);

  /// JSON: a table, whose parts are marked for `add_in_json`, or a text that holds it. The text is
  /// taken as it is.
  void read_json(const std::string& key, std::string& into);

  /// The table below `key`; nothing when it is missing or no table.
  std::optional<settings_reader> table(const std::string& key);

  /// Every table in this one, by its name: `[nodes.NAME]`.
  std::vector<std::pair<std::string, settings_reader>> named_tables();

  void refuse_the_rest();

private:
  std::string full(const std::string& key) const;
  const toml_value* take(const std::string& key);
  void refuse_type(const std::string& key, const toml_value& value, std::string_view expected);
  void refuse_range(const std::string& key, const toml_value& value, const std::string& given,
                    const std::string& min, const std::string& max);
  void check_choice(const std::string& key, const toml_value& value, const std::string& given,
                    const std::vector<std::string>& words);
  std::optional<std::uint64_t> integer(const std::string& key, std::uint64_t min,
                                       std::uint64_t max);

  const toml_table* table_;
  std::string path_;
  settings_problems* problems_;
  std::vector<std::string> known_;
};

} // namespace troupe
