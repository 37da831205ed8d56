// SPDX-License-Identifier: Apache-2.0
#include "actors/uri_reference.hpp"

#include <algorithm>
#include <cctype>

namespace troupe {

namespace {

bool is_uri_scheme(std::string_view text) {
  const auto is_letter = [](char x) { return std::isalpha(static_cast<unsigned char>(x)) != 0; };
  return !text.empty() && is_letter(text.front())
         && std::all_of(text.begin(), text.end(), [&](char x) {
              return is_letter(x) || (x >= '0' && x <= '9') || x == '+' || x == '-' || x == '.';
            });
}

int uri_hex_value(char x) {
  if (x >= '0' && x <= '9')
    return x - '0';
  x = static_cast<char>(x | 0x20);
  return x >= 'a' && x <= 'f' ? x - 'a' + 10 : -1;
}

bool is_uri_escape(std::string_view text, std::size_t at) {
  return at + 2 < text.size() && uri_hex_value(text[at + 1]) >= 0
         && uri_hex_value(text[at + 2]) >= 0;
}

// RFC 3986 5.2.4
std::string without_dots(std::string_view path) {
  std::string made;
  while (!path.empty()) {
    if (path.starts_with("../"))
      path.remove_prefix(3);
    else if (path.starts_with("./") || path.starts_with("/./"))
      path.remove_prefix(2);
    else if (path == "/.")
      path = "/";
    else if (path.starts_with("/../") || path == "/..") {
      path = path == "/.." ? std::string_view{"/"} : path.substr(3);
      made.erase(made.rfind('/') == std::string::npos ? 0 : made.rfind('/'));
    } else if (path == "." || path == "..")
      path = {};
    else {
      const auto end = std::min(path.find('/', 1), path.size());
      made += path.substr(0, end);
      path.remove_prefix(end);
    }
  }
  return made;
}

} // namespace

uri_reference uri_reference::parse(std::string_view text) {
  uri_reference made;
  if (const auto at = text.find('#'); at != std::string_view::npos) {
    made.fragment = text.substr(at + 1);
    text = text.substr(0, at);
  }
  if (const auto at = text.find('?'); at != std::string_view::npos) {
    made.query = text.substr(at + 1);
    text = text.substr(0, at);
  }
  if (const auto at = text.find(':');
      at != std::string_view::npos && is_uri_scheme(text.substr(0, at))) {
    made.scheme = text.substr(0, at);
    text.remove_prefix(at + 1);
  }
  if (text.starts_with("//")) {
    const auto end = std::min(text.find('/', 2), text.size());
    made.authority = text.substr(2, end - 2);
    text.remove_prefix(end);
  }
  made.path = text;
  return made;
}

uri_reference uri_reference::resolved(const uri_reference& base) const {
  auto made = *this;
  if (scheme) {
    made.path = without_dots(path);
    return made;
  }
  made.scheme = base.scheme;
  if (authority) {
    made.path = without_dots(path);
    return made;
  }
  made.authority = base.authority;
  if (path.empty()) {
    made.path = base.path;
    if (!query)
      made.query = base.query;
    return made;
  }
  if (path.front() != '/') {
    const auto folder = base.path.rfind('/');
    if (base.authority && base.path.empty())
      made.path = "/" + path;
    else if (folder != std::string::npos)
      made.path = base.path.substr(0, folder + 1) + path;
  }
  made.path = without_dots(made.path);
  return made;
}

std::string uri_reference::document() const {
  std::string text = scheme ? *scheme + ":" : "";
  if (authority)
    text += "//" + *authority;
  text += path;
  if (query)
    text += "?" + *query;
  return text;
}

std::string percent_decoded(std::string_view text) {
  std::string made;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && is_uri_escape(text, i)) {
      made += static_cast<char>(uri_hex_value(text[i + 1]) * 16 + uri_hex_value(text[i + 2]));
      i += 2;
    } else {
      made += text[i];
    }
  }
  return made;
}

bool has_uri_letters(std::string_view text) {
  constexpr std::string_view marks = "-._~:/?#[]@!$&'()*+,;=";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto x = static_cast<unsigned char>(text[i]);
    if (x == '%' ? !is_uri_escape(text, i)
                 : x >= 0x80 || (std::isalnum(x) == 0 && marks.find(text[i]) == marks.npos))
      return false;
  }
  return true;
}

} // namespace troupe
