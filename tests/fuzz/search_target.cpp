// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include "actors/utf8.hpp"
#include "messages/limits.hpp"
#include "persistence/search_language.hpp"
#include "persistence/unicode_text.hpp"
#include "tests/fuzz/query_stores.hpp"
#include "tests/fuzz/target.hpp"

/// A search in the first line, a text of a record in the rest.
namespace search_target {

using namespace troupe;
using fuzz::require;

namespace {

std::size_t phrases_of(const search_tree& x, std::size_t depth) {
  require(depth <= 2 * limits::search_depth_max + 4, "a search is not too deep");
  if (x.what == search_tree::kind::phrase) {
    require(!x.words.empty(), "a phrase has words");
    require(!x.field || *x.field < 2, "a phrase's field is one of those that are searched");
    return 1;
  }
  require(!x.parts.empty(), "a search has parts");
  std::size_t phrases = 0;
  for (const auto& part : x.parts)
    phrases += phrases_of(part, depth + 1);
  return phrases;
}

void check_text(std::string_view text) {
  const auto indexed = indexed_text(text);
  require(!is_utf8(text) || is_utf8(indexed), "an index of UTF-8 has UTF-8");
  require(indexed.size() <= 8 * text.size() + 8, "an index is not much larger than its text");
  const auto small = folded(text);
  require(folded(small) == small, "folding twice is folding once");
  for (auto rest = text; !rest.empty();) {
    const auto before = rest.size();
    std::string again;
    add_character(again, take_character(rest));
    require(rest.size() < before, "each character takes bytes");
    require(is_utf8(again), "a character is UTF-8");
  }
}

void run(std::string_view bytes) {
  const auto search = fuzz::take_line(bytes);
  check_text(bytes);
  const auto read = read_search(search, {"text", "more"});
  if (!read) {
    require(read.error().code == errc::invalid_argument, "a search is malformed");
    require(!is_utf8(search) || is_utf8(read.error().text), "an error's text is UTF-8");
  } else {
    const auto phrases = phrases_of(*read, 0);
    require(phrases <= limits::search_words_max, "a search has few phrases");
    require(search_score(*read, std::vector<std::uint64_t>(phrases, 1), bytes.size()) <= 0,
            "a match counts for something");
  }
  // The service lets nothing else through to the stores.
  if (search.empty() || search.find('\0') != std::string_view::npos || !is_utf8(search))
    return;
  query_records query;
  query.collection = "notes";
  query.search = search;
  query.limit = 4;
  query.count = true;
  fuzz::require_same_answer(query);
}

const fuzz::known_target known{"search", run};

} // namespace

} // namespace search_target
