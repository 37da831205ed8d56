// SPDX-License-Identifier: Apache-2.0
#include "actors/filter_lexer.hpp"

#include <array>
#include <nlohmann/json.hpp>

#include "actors/json_reader.hpp"
#include "messages/limits.hpp"
#include "messages/record.hpp"

namespace troupe {

namespace {

constexpr std::string_view blanks = " \t\r\n";
constexpr std::string_view number_characters = "+-.0123456789eE";

// Longer ones first: "<=" is not "<" and "=".
constexpr std::array<std::string_view, 10> signs{
  {"!=", "<=", ">=", "^=", "=", "<", ">", "(", ")", ","}};

bool is_word_character(char x) {
  return (x >= 'a' && x <= 'z') || (x >= 'A' && x <= 'Z') || (x >= '0' && x <= '9') || x == '_'
         || x == '-' || x == '.' || static_cast<unsigned char>(x) >= 0x80;
}

} // namespace

result<std::string> read_path(std::string_view text) {
  const auto names = path_names(text);
  if (!names)
    return failure(errc::invalid_argument,
                   "'" + std::string{text} + "' is no field: names with dots between");
  for (const auto& name : *names)
    for (const auto x : name)
      if (static_cast<unsigned char>(x) < 0x20 || x == '"' || x == '\\' || x == 0x7f)
        return failure(errc::invalid_argument,
                       "a name with quotes, backslashes or control characters cannot be given");
  return path_of(*names);
}

tl::unexpected<error> filter_failure(std::size_t at, const std::string& what) {
  return failure(errc::invalid_argument, "filter, byte " + std::to_string(at) + ": " + what);
}

result<filter_token> filter_lexer::next() {
  at_ = text_.find_first_not_of(blanks, at_);
  if (at_ == std::string_view::npos) {
    at_ = text_.size();
    return filter_token{token_kind::end, {}, at_};
  }
  const auto first = text_[at_];
  if (first == '"')
    return quoted();
  if (first == '-' || (first >= '0' && first <= '9'))
    return number();
  for (const auto sign : signs)
    if (text_.substr(at_).starts_with(sign)) {
      filter_token token{token_kind::sign, std::string{sign}, at_};
      at_ += sign.size();
      return token;
    }
  if (!is_word_character(first) && first != '`')
    return filter_failure(at_, std::string{"a '"} + first + "' is not expected here");
  return word();
}

result<filter_token> filter_lexer::quoted() {
  const auto begin = at_;
  auto end = begin + 1;
  while (end < text_.size() && text_[end] != '"')
    end += text_[end] == '\\' ? 2 : 1;
  if (end >= text_.size())
    return filter_failure(begin, "the text has no end: a '\"' is missing");
  at_ = end + 1;
  auto read = read_json(text_.substr(begin, at_ - begin), limits::query_bytes_max);
  if (!read)
    return filter_failure(begin, "this is no JSON text: " + read.error().text);
  return filter_token{token_kind::value, json_text(*read), begin};
}

result<filter_token> filter_lexer::number() {
  const auto begin = at_;
  at_ = text_.find_first_not_of(number_characters, begin);
  if (at_ == std::string_view::npos)
    at_ = text_.size();
  auto read = read_json(text_.substr(begin, at_ - begin), limits::query_bytes_max);
  if (!read)
    return filter_failure(begin, "this is no JSON number: " + read.error().text);
  return filter_token{token_kind::value, json_text(*read), begin};
}

result<filter_token> filter_lexer::word() {
  filter_token token{token_kind::word, {}, at_};
  for (bool quoted = false;
       at_ < text_.size() && (quoted || text_[at_] == '`' || is_word_character(text_[at_]));
       ++at_) {
    if (text_[at_] == '`') {
      quoted = !quoted; // twice between the quotes: it ends and begins again
      token.kind = token_kind::name;
    }
    token.text += text_[at_];
  }
  if (token.kind == token_kind::name) {
    auto path = read_path(token.text);
    if (!path)
      return filter_failure(token.at, path.error().text);
    token.text = std::move(*path);
    return token;
  }
  if (token.text == "true" || token.text == "false" || token.text == "null")
    token.kind = token_kind::value;
  return token;
}

} // namespace troupe
