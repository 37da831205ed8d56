// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/errors.hpp"

/// What can be searched for, and how texts are cut into words for it; the same for all engines.
namespace troupe {

/// A text as it is put into the index: an engine takes the letters and digits between others as
/// words. Scripts that are written without blanks (`is_unspaced`) are cut into pairs of characters
/// that overlap, and the last character of a run once more alone:
///
///     "東京都" becomes "東京 京都 都"
///
/// So each part of a run is found: of one character as the beginning of a word, of more as words
/// one after the other.
///
/// Part of the stored data: whoever changes it must count `search_index_version` up.
std::string indexed_text(std::string_view text);

/// Indexes that were made by another version are built anew.
inline constexpr int search_index_version = 1;

/// A search as a tree.
struct search_tree {
  enum class kind : std::uint8_t {
    phrase,
    all,     ///< every part matches
    any,     ///< at least one does
    without, ///< the first one does, the second does not
  };
  kind what = kind::phrase;
  /// Of a phrase: words in the form of `indexed_text`, one after the other.
  std::string words;
  bool prefix = false; ///< the last of them may go on
  /// Only in this one of the searched fields, by position; none: in any.
  std::optional<std::size_t> field;
  std::vector<search_tree> parts; ///< of the others
};

/// Reads the language of docs/records.md:
///
///     search = all { "OR" all }
///     all    = { term | "AND" term | "NOT" term }
///     term   = [ field ":" ] ( word [ "*" ] | '"' words '"' [ "*" ] ) | "(" search ")"
///
/// A word that stands where an operator cannot is a word; so is a name before a colon that is none
/// of the searched fields. What has no letter or digit in it counts for nothing.
///
/// `invalid_argument` when nothing to look for is left, when NOT stands first, or when it is too
/// long or too deep.
result<search_tree> read_search(std::string_view text, const std::vector<std::string>& fields);

/// How well a record matches: less is better. `hits`: how often each phrase stands in it, in the
/// order of the search. `words`: how many words are in its searched fields. Nothing but the record
/// and the search counts, whatever else is in the collection.
std::int64_t search_score(const search_tree& search, const std::vector<std::uint64_t>& hits,
                          std::uint64_t words);

} // namespace troupe
