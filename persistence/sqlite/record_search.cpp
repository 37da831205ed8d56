// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/record_search.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "persistence/sqlite/connection.hpp"
#include "persistence/sqlite/record_catalog.hpp"
#include "persistence/sqlite/record_paths.hpp"
#include "persistence/storage_engine.hpp"

namespace troupe::sqlite {

namespace {

// The tokenizer takes letters and digits of all scripts as words; what is not ASCII is left to it.
bool in_word(char x) {
  const auto byte = static_cast<unsigned char>(x);
  return byte >= 0x80 || (x >= '0' && x <= '9') || (x >= 'a' && x <= 'z') || (x >= 'A' && x <= 'Z');
}

bool is_space(char x) {
  return static_cast<unsigned char>(x) <= ' ';
}

std::string columns(std::size_t fields) {
  std::string names;
  for (std::size_t i = 0; i < fields; ++i)
    names += ", text_" + std::to_string(i);
  return names;
}

std::string marks(std::size_t fields) {
  std::string text;
  for (std::size_t i = 0; i < fields; ++i)
    text += ", ?";
  return text;
}

void add_text(std::string& text, const nlohmann::json& value) {
  if (!value.is_string())
    return;
  if (!text.empty())
    text += ' ';
  text += value.get_ref<const std::string&>();
}

} // namespace

record_search::record_search(const SQLite::Database& db, std::int64_t collection,
                             std::vector<std::string> paths)
    : paths_{std::move(paths)},
      insert_{db, "INSERT INTO " + search_table(collection) + " (rowid" + columns(paths_.size())
                    + ") VALUES (?" + marks(paths_.size()) + ")"},
      remove_{db, "INSERT INTO " + search_table(collection) + " (" + search_table(collection)
                    + ", rowid" + columns(paths_.size()) + ") VALUES ('delete', ?"
                    + marks(paths_.size()) + ")"} {}

void record_search::change(std::int64_t place, const std::string& before,
                           const std::string& after) {
  const auto old_texts = before.empty() ? std::vector<std::string>{} : texts_of(before, paths_);
  const auto new_texts = after.empty() ? std::vector<std::string>{} : texts_of(after, paths_);
  if (old_texts == new_texts)
    return;
  const auto run = [place](SQLite::Statement& statement, const std::vector<std::string>& texts) {
    if (texts.empty())
      return;
    query change{statement};
    change.with(place);
    for (const auto& text : texts)
      change.with_kept_text(text);
    change.run();
  };
  run(remove_, old_texts);
  run(insert_, new_texts);
}

std::string create_search(std::int64_t collection, std::size_t fields) {
  return "CREATE VIRTUAL TABLE " + search_table(collection) + " USING fts5("
         + columns(fields).substr(2) + ", content='', tokenize='unicode61 remove_diacritics 2')";
}

std::vector<std::string> texts_of(const std::string& fields,
                                  const std::vector<std::string>& paths) {
  const auto whole = nlohmann::json::parse(fields, nullptr, false);
  std::vector<std::string> texts;
  for (const auto& path : paths) {
    auto& text = texts.emplace_back();
    const auto* value = &whole;
    for (const auto& name : names_of(path)) {
      const auto member = value->is_object() ? value->find(name) : value->end();
      value = value->is_object() && member != value->end() ? &*member : nullptr;
      if (!value)
        break;
    }
    if (!value)
      continue;
    add_text(text, *value);
    if (value->is_array())
      for (const auto& element : *value)
        add_text(text, element);
  }
  return texts;
}

std::string match_expression(std::string_view search) {
  if (search.size() > limits::query_bytes_max)
    throw storage_error{{errc::invalid_argument,
                         "search: at most " + std::to_string(limits::query_bytes_max) + " bytes"}};
  std::string expression;
  for (std::size_t at = 0; at < search.size();) {
    if (is_space(search[at])) {
      ++at;
      continue;
    }
    const bool phrase = search[at] == '"';
    if (phrase)
      ++at;
    const auto begin = at;
    while (at < search.size() && (phrase ? search[at] != '"' : !is_space(search[at]))
           && (phrase || search[at] != '"'))
      ++at;
    auto words = search.substr(begin, at - begin);
    if (phrase && at < search.size())
      ++at; // the closing quote
    if (std::none_of(words.begin(), words.end(), in_word))
      continue;
    const bool prefix = phrase ? at < search.size() && search[at] == '*' : words.ends_with('*');
    expression += expression.empty() ? "\"" : " \"";
    for (const auto x : words)
      expression += x == '\0' ? ' ' : x; // FTS5 would end there
    expression += prefix ? "\" *" : "\"";
  }
  if (expression.empty())
    throw storage_error{{errc::invalid_argument, "search: there is no word in it"}};
  return expression;
}

} // namespace troupe::sqlite
