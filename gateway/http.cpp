// SPDX-License-Identifier: Apache-2.0
#include "gateway/http.hpp"

#include <array>

namespace troupe {

namespace {

constexpr std::array<std::string_view, 8> method_names{
  {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "OTHER"}};

int hex_digit(char x) {
  if (x >= '0' && x <= '9')
    return x - '0';
  if (x >= 'a' && x <= 'f')
    return x - 'a' + 10;
  if (x >= 'A' && x <= 'F')
    return x - 'A' + 10;
  return -1;
}

bool is_unreserved(char x) {
  return (x >= 'a' && x <= 'z') || (x >= 'A' && x <= 'Z') || (x >= '0' && x <= '9') || x == '-'
         || x == '.' || x == '_' || x == '~';
}

} // namespace

std::string_view to_string(http_method x) {
  return method_names[static_cast<std::size_t>(x)];
}

std::string& http_headers::operator[](std::string_view name) {
  for (auto& x : entries_)
    if (x.first == name)
      return x.second;
  return entries_.emplace_back(std::string{name}, std::string{}).second;
}

const std::string* http_headers::find(std::string_view name) const {
  for (const auto& x : entries_)
    if (x.first == name)
      return &x.second;
  return nullptr;
}

void http_headers::add(std::string name, std::string_view value) {
  for (auto& x : entries_)
    if (x.first == name) {
      x.second.append(", ").append(value);
      return;
    }
  entries_.emplace_back(std::move(name), std::string{value});
}

std::string_view http_request::header(std::string_view name) const {
  const auto* found = headers.find(name);
  return found == nullptr ? std::string_view{} : std::string_view{*found};
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      result += ' ';
    } else if (text[i] != '%') {
      result += text[i];
    } else {
      if (i + 2 >= text.size())
        return std::nullopt;
      const auto high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0)
        return std::nullopt;
      result += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return result;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string result;
  for (const auto x : text) {
    if (is_unreserved(x)) {
      result += x;
      continue;
    }
    const auto byte = static_cast<unsigned char>(x);
    result += '%';
    result += digits[byte >> 4];
    result += digits[byte & 15];
  }
  return result;
}

} // namespace troupe
