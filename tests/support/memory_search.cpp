// SPDX-License-Identifier: Apache-2.0
#include "tests/support/memory_search.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <nlohmann/json.hpp>

#include "persistence/storage_engine.hpp"

namespace troupe::test {

namespace {

using words = std::vector<std::string>;

struct phrase {
  words parts;
  bool prefix = false; // of the last word
};

bool in_word(char x) {
  return static_cast<unsigned char>(x) >= 0x80 || std::isalnum(static_cast<unsigned char>(x)) != 0;
}

words words_of(std::string_view text) {
  words found;
  bool inside = false;
  for (const auto x : text) {
    if (in_word(x)) {
      if (!inside)
        found.emplace_back();
      found.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(x)));
    }
    inside = in_word(x);
  }
  return found;
}

std::vector<phrase> phrases_of(std::string_view search) {
  std::vector<phrase> found;
  const auto is_space = [](char x) { return static_cast<unsigned char>(x) <= ' '; };
  for (std::size_t at = 0; at < search.size();) {
    if (is_space(search[at])) {
      ++at;
      continue;
    }
    const bool quoted = search[at] == '"';
    at += quoted ? 1 : 0;
    auto end = at;
    while (end < search.size() && search[end] != '"' && (quoted || !is_space(search[end])))
      ++end;
    const auto text = search.substr(at, end - at);
    at = quoted && end < search.size() ? end + 1 : end;
    const bool star = quoted ? at < search.size() && search[at] == '*' : text.ends_with('*');
    if (auto parts = words_of(text); !parts.empty())
      found.push_back({std::move(parts), star});
  }
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
        for (auto& word : words_of(text.get<std::string>()))
          found.push_back(std::move(word));
    };
    add(value);
    if (value.is_array())
      std::for_each(value.begin(), value.end(), add);
  }
  return texts;
}

bool stands_at(const phrase& x, const words& text, std::size_t at) {
  if (at + x.parts.size() > text.size())
    return false;
  for (std::size_t i = 0; i < x.parts.size(); ++i) {
    const bool last = i + 1 == x.parts.size();
    if (last && x.prefix ? !text[at + i].starts_with(x.parts[i]) : text[at + i] != x.parts[i])
      return false;
  }
  return true;
}

double occurrences(const phrase& x, const std::vector<words>& texts) {
  double count = 0;
  for (const auto& text : texts)
    for (std::size_t at = 0; at < text.size(); ++at)
      count += stands_at(x, text, at) ? 1 : 0;
  return count;
}

double length(const std::vector<words>& texts) {
  std::size_t sum = 0;
  for (const auto& text : texts)
    sum += text.size();
  return static_cast<double>(sum);
}

} // namespace

std::map<std::string, double> search_in_memory(std::string_view search,
                                               const std::map<std::string, record>& records,
                                               const std::vector<std::string>& searched) {
  const auto phrases = phrases_of(search);
  if (phrases.empty())
    throw storage_error{{errc::invalid_argument, "search: there is no word in it"}};
  std::map<std::string, std::vector<words>> texts;
  double total = 0;
  for (const auto& [id, x] : records) {
    texts[id] = texts_of(x, searched);
    total += length(texts[id]);
  }
  const auto rows = static_cast<double>(records.size());
  std::map<std::string, double> scores;
  for (const auto& [id, x] : texts)
    if (std::all_of(phrases.begin(), phrases.end(),
                    [&](const phrase& each) { return occurrences(each, x) > 0; }))
      scores[id] = 0;
  constexpr double k1 = 1.2;
  constexpr double b = 0.75;
  for (const auto& each : phrases) {
    const auto hits = static_cast<double>(std::count_if(
      texts.begin(), texts.end(), [&](const auto& x) { return occurrences(each, x.second) > 0; }));
    auto weight = std::log((rows - hits + 0.5) / (hits + 0.5));
    if (weight <= 0)
      weight = 1e-6;
    for (auto& [id, score] : scores) {
      const auto found = occurrences(each, texts[id]);
      score
        += weight
           * ((found * (k1 + 1)) / (found + k1 * (1 - b + b * length(texts[id]) / (total / rows))));
    }
  }
  for (auto& [id, score] : scores)
    score = -score;
  return scores;
}

} // namespace troupe::test
