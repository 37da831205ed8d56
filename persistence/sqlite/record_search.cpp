// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/record_search.hpp"

#include <nlohmann/json.hpp>

#include "persistence/sqlite/connection.hpp"
#include "persistence/sqlite/record_catalog.hpp"
#include "persistence/sqlite/record_paths.hpp"
#include "persistence/storage_engine.hpp"

namespace troupe::sqlite {

namespace {

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
         + columns(fields).substr(2)
         + ", content='', tokenize=\"unicode61 remove_diacritics 2 categories 'L* N* Co M*'\")";
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
    text = indexed_text(text);
  }
  return texts;
}

std::string match_expression(const search_tree& search) {
  if (search.what == search_tree::kind::phrase) {
    std::string text = search.field ? "text_" + std::to_string(*search.field) + " : \"" : "\"";
    for (const auto x : search.words)
      text += x == '\0' || x == '"' ? ' ' : x; // FTS5 would end there
    return text + (search.prefix ? "\" *" : "\"");
  }
  const std::string sign = search.what == search_tree::kind::all   ? " AND "
                           : search.what == search_tree::kind::any ? " OR "
                                                                   : " NOT ";
  std::string text = "(";
  for (const auto& part : search.parts)
    text += (text.size() == 1 ? "" : sign) + match_expression(part);
  return text + ")";
}

} // namespace troupe::sqlite
