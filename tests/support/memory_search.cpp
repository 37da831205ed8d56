// SPDX-License-Identifier: Apache-2.0
#include "tests/support/memory_search.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "persistence/search_language.hpp"
#include "persistence/storage_engine.hpp"
#include "persistence/unicode_text.hpp"

namespace troupe::test {

namespace {

using words = std::vector<std::string>;

words words_of(std::string_view text) {
  words found;
  bool inside = false;
  while (!text.empty()) {
    const auto x = take_character(text);
    const bool in_word = is_word_character(x);
    if (in_word && !inside)
      found.emplace_back();
    if (in_word)
      add_character(found.back(), x);
    inside = in_word;
  }
  for (auto& x : found)
    x = folded(x);
  return found;
}

/// The words of each searched field.
std::vector<words> texts_of(const record& x, const std::vector<std::string>& searched) {
  const auto fields = nlohmann::json::parse(x.fields);
  std::vector<words> texts;
  for (auto path : searched) {
    std::replace(path.begin(), path.end(), '.', '/');
    const nlohmann::json::json_pointer pointer{"/" + path};
    auto& found = texts.emplace_back();
    if (!fields.contains(pointer))
      continue;
    const auto& value = fields.at(pointer);
    const auto add = [&found](const nlohmann::json& text) {
      if (text.is_string())
        for (auto& word : words_of(indexed_text(text.get<std::string>())))
          found.push_back(std::move(word));
    };
    add(value);
    if (value.is_array())
      std::for_each(value.begin(), value.end(), add);
  }
  return texts;
}

bool stands_at(const search_tree& phrase, const words& parts, const words& text, std::size_t at) {
  if (at + parts.size() > text.size())
    return false;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool last = i + 1 == parts.size();
    if (last && phrase.prefix ? !text[at + i].starts_with(parts[i]) : text[at + i] != parts[i])
      return false;
  }
  return true;
}

std::uint64_t occurrences(const search_tree& phrase, const std::vector<words>& texts) {
  const auto parts = words_of(phrase.words);
  std::uint64_t count = 0;
  for (std::size_t field = 0; field < texts.size(); ++field)
    if (!phrase.field || *phrase.field == field)
      for (std::size_t at = 0; at < texts[field].size(); ++at)
        count += stands_at(phrase, parts, texts[field], at) ? 1 : 0;
  return count;
}

/// Whether the record matches, and how often each phrase stands in it.
bool matches(const search_tree& x, const std::vector<words>& texts,
             std::vector<std::uint64_t>& hits) {
  using kind = search_tree::kind;
  if (x.what == kind::phrase) {
    hits.push_back(occurrences(x, texts));
    return hits.back() > 0;
  }
  std::vector<bool> parts;
  for (const auto& part : x.parts)
    parts.push_back(matches(part, texts, hits));
  const auto yes = std::count(parts.begin(), parts.end(), true);
  if (x.what == kind::without)
    return parts[0] && !parts[1];
  return x.what == kind::any ? yes > 0 : yes == static_cast<std::ptrdiff_t>(parts.size());
}

} // namespace

std::map<std::string, std::int64_t> search_in_memory(std::string_view search,
                                                     const std::map<std::string, record>& records,
                                                     const std::vector<std::string>& searched) {
  const auto tree = read_search(search, searched);
  if (!tree)
    throw storage_error{tree.error()};
  std::map<std::string, std::int64_t> scores;
  for (const auto& [id, x] : records) {
    const auto texts = texts_of(x, searched);
    std::size_t count = 0;
    for (const auto& text : texts)
      count += text.size();
    std::vector<std::uint64_t> hits;
    if (matches(*tree, texts, hits))
      scores[id] = search_score(*tree, hits, count);
  }
  return scores;
}

} // namespace troupe::test
