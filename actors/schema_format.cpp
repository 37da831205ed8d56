// SPDX-License-Identifier: Apache-2.0
#include "actors/schema_format.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include "actors/ecma_pattern.hpp"
#include "actors/uri_reference.hpp"

namespace troupe {

namespace {

bool is_format_digit(char x) {
  return x >= '0' && x <= '9';
}

bool is_format_alnum(char x) {
  return static_cast<unsigned char>(x) < 0x80 && std::isalnum(static_cast<unsigned char>(x)) != 0;
}

bool is_format_hex(char x) {
  return is_format_digit(x) || ((x | 0x20) >= 'a' && (x | 0x20) <= 'f');
}

/// So many digits at the front of `text`, which are taken away.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count
      || !std::all_of(text.begin(), text.begin() + static_cast<int>(count), is_format_digit))
    return std::nullopt;
  int x = 0;
  for (const auto digit : text.substr(0, count))
    x = x * 10 + (digit - '0');
  text.remove_prefix(count);
  return x;
}

bool take_letter(std::string_view& text, char x) {
  if (!text.starts_with(x))
    return false;
  text.remove_prefix(1);
  return true;
}

// -- RFC 3339 -------------------------------------------------------------------------------------

bool holds_date(std::string_view text) {
  constexpr std::array<int, 12> days{{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}};
  const auto year = take_digits(text, 4);
  if (!year || !take_letter(text, '-'))
    return false;
  const auto month = take_digits(text, 2);
  if (!month || *month < 1 || *month > 12 || !take_letter(text, '-'))
    return false;
  const auto day = take_digits(text, 2);
  if (!day || *day < 1 || *day > days.at(static_cast<std::size_t>(*month - 1)) || !text.empty())
    return false;
  const bool leap = (*year % 4 == 0 && *year % 100 != 0) || *year % 400 == 0;
  return *month != 2 || *day < 29 || leap;
}

/// The offset in minutes: "Z", "+01:00".
std::optional<int> take_offset(std::string_view& text) {
  if (take_letter(text, 'Z') || take_letter(text, 'z'))
    return 0;
  const bool west = text.starts_with('-');
  if (!take_letter(text, '-') && !take_letter(text, '+'))
    return std::nullopt;
  const auto hours = take_digits(text, 2);
  if (!hours || *hours > 23 || !take_letter(text, ':'))
    return std::nullopt;
  const auto minutes = take_digits(text, 2);
  if (!minutes || *minutes > 59)
    return std::nullopt;
  return (west ? -1 : 1) * (*hours * 60 + *minutes);
}

bool holds_time(std::string_view text) {
  const auto hour = take_digits(text, 2);
  if (!hour || *hour > 23 || !take_letter(text, ':'))
    return false;
  const auto minute = take_digits(text, 2);
  if (!minute || *minute > 59 || !take_letter(text, ':'))
    return false;
  const auto second = take_digits(text, 2);
  if (!second || *second > 60)
    return false;
  if (take_letter(text, '.')) {
    if (text.empty() || !is_format_digit(text.front()))
      return false;
    while (!text.empty() && is_format_digit(text.front()))
      text.remove_prefix(1);
  }
  const auto offset = take_offset(text);
  if (!offset || !text.empty())
    return false;
  // A leap second is the last one of a day in UTC.
  constexpr int day_minutes = 24 * 60;
  const auto utc = (*hour * 60 + *minute - *offset + 2 * day_minutes) % day_minutes;
  return *second < 60 || utc == day_minutes - 1;
}

bool holds_date_time(std::string_view text) {
  constexpr std::size_t date_size = 10;
  return text.size() > date_size && (text[date_size] == 'T' || text[date_size] == 't')
         && holds_date(text.substr(0, date_size)) && holds_time(text.substr(date_size + 1));
}

/// Numbers with these letters, each at most once, in their order and without a gap: "1Y2M".
bool take_units(std::string_view& text, std::string_view units) {
  bool some = false;
  while (!text.empty() && is_format_digit(text.front())) {
    while (!text.empty() && is_format_digit(text.front()))
      text.remove_prefix(1);
    const auto at = text.empty() ? std::string_view::npos : units.find(text.front());
    if (at == std::string_view::npos || (some && at != 0))
      return false;
    text.remove_prefix(1);
    units.remove_prefix(at + 1);
    some = true;
  }
  return some;
}

bool holds_duration(std::string_view text) { // RFC 3339, appendix A
  if (!take_letter(text, 'P'))
    return false;
  if (text.ends_with('W'))
    return take_units(text, "W") && text.empty();
  if (!text.starts_with('T') && !take_units(text, "YMD"))
    return false;
  if (take_letter(text, 'T') && !take_units(text, "HMS"))
    return false;
  return text.empty();
}

// -- names of hosts -------------------------------------------------------------------------------

bool holds_ipv4(std::string_view text) {
  for (int i = 0; i < 4; ++i) {
    if (i > 0 && !take_letter(text, '.'))
      return false;
    std::size_t size = 0;
    while (size < text.size() && is_format_digit(text[size]))
      ++size;
    if (size == 0 || size > 3 || (size > 1 && text.front() == '0')
        || *take_digits(text, size) > 255)
      return false;
  }
  return text.empty();
}

/// Groups of an address with colons between them; nothing when there is something else.
std::optional<int> count_groups(std::string_view text) {
  int groups = 0;
  while (!text.empty()) {
    if (groups > 0 && !take_letter(text, ':'))
      return std::nullopt;
    const auto end = std::min(text.find(':'), text.size());
    const auto group = text.substr(0, end);
    if (group.find('.') != std::string_view::npos) {
      if (end != text.size() || !holds_ipv4(group))
        return std::nullopt;
      return groups + 2;
    }
    if (group.empty() || group.size() > 4
        || !std::all_of(group.begin(), group.end(), is_format_hex))
      return std::nullopt;
    text.remove_prefix(end);
    ++groups;
  }
  return groups;
}

bool holds_ipv6(std::string_view text) {
  constexpr int all_groups = 8;
  const auto gap = text.find("::");
  if (gap == std::string_view::npos)
    return count_groups(text) == all_groups;
  const auto before = text.substr(0, gap);
  const auto left
    = before.find('.') == std::string_view::npos ? count_groups(before) : std::nullopt;
  const auto right = count_groups(text.substr(gap + 2));
  return left && right && *left + *right < all_groups;
}

bool holds_hostname(std::string_view text) { // RFC 1123
  if (text.empty() || text.size() > 253)
    return false;
  for (;;) {
    const auto end = std::min(text.find('.'), text.size());
    const auto label = text.substr(0, end);
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-'
        || !std::all_of(label.begin(), label.end(),
                        [](char x) { return is_format_alnum(x) || x == '-'; }))
      return false;
    if (end == text.size())
      return true;
    text.remove_prefix(end + 1);
  }
}

// -- addresses ------------------------------------------------------------------------------------

bool is_atom_letter(char x) {
  constexpr std::string_view marks = "!#$%&'*+-/=?^_`{|}~";
  return is_format_alnum(x) || marks.find(x) != std::string_view::npos;
}

bool holds_local_part(std::string_view text) { // RFC 5321: a dot-string or a quoted string
  if (text.empty() || text.size() > 64)
    return false;
  if (text.front() != '"') {
    bool dot = true; // none at the beginning, at the end, or twice
    for (const auto x : text) {
      if (x == '.' ? dot : !is_atom_letter(x))
        return false;
      dot = x == '.';
    }
    return !dot;
  }
  if (text.size() < 2 || text.back() != '"')
    return false;
  text = text.substr(1, text.size() - 2);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && ++i == text.size())
      return false;
    const auto x = static_cast<unsigned char>(text[i]);
    if (x < 0x20 || x > 0x7E || (x == '"' && (i == 0 || text[i - 1] != '\\')))
      return false;
  }
  return true;
}

bool holds_email(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == std::string_view::npos || !holds_local_part(text.substr(0, at)))
    return false;
  auto domain = text.substr(at + 1);
  if (!domain.starts_with('[') || !domain.ends_with(']'))
    return holds_hostname(domain);
  domain = domain.substr(1, domain.size() - 2);
  constexpr std::string_view ipv6 = "IPv6:";
  return domain.starts_with(ipv6) ? holds_ipv6(domain.substr(ipv6.size())) : holds_ipv4(domain);
}

bool holds_authority(std::string_view text) {
  if (const auto at = text.rfind('@'); at != std::string_view::npos) {
    if (text.substr(0, at).find_first_of("@[]") != std::string_view::npos)
      return false;
    text.remove_prefix(at + 1);
  }
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos)
      return false;
    const auto host = text.substr(1, end - 1);
    if (!host.starts_with('v') && !host.starts_with('V') && !holds_ipv6(host))
      return false;
    text.remove_prefix(end + 1);
  } else {
    text.remove_prefix(std::min(text.find(':'), text.size()));
  }
  if (text.empty())
    return true;
  return text.front() == ':' && std::all_of(text.begin() + 1, text.end(), is_format_digit);
}

bool holds_uri_reference(std::string_view text) {
  if (!has_uri_letters(text))
    return false;
  const auto parts = uri_reference::parse(text);
  if (parts.authority && !holds_authority(*parts.authority))
    return false;
  constexpr auto brackets = "[]#";
  if (parts.path.find_first_of(brackets) != std::string::npos
      || parts.query.value_or("").find_first_of(brackets) != std::string::npos
      || parts.fragment.value_or("").find_first_of(brackets) != std::string::npos)
    return false;
  // The first step of a relative path would be taken for a scheme.
  return parts.scheme || parts.authority
         || parts.path.substr(0, parts.path.find('/')).find(':') == std::string::npos;
}

bool holds_uri(std::string_view text) {
  return holds_uri_reference(text) && uri_reference::parse(text).scheme.has_value();
}

bool holds_uuid(std::string_view text) {
  if (text.size() != 36)
    return false;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (i == 8 || i == 13 || i == 18 || i == 23 ? text[i] != '-' : !is_format_hex(text[i]))
      return false;
  return true;
}

bool holds_json_pointer(std::string_view text) {
  if (!text.empty() && text.front() != '/')
    return false;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] == '~' && (i + 1 == text.size() || (text[i + 1] != '0' && text[i + 1] != '1')))
      return false;
  return true;
}

bool holds_regex(std::string_view text) {
  return read_ecma_pattern(text).has_value();
}

constexpr std::array<schema_format, 25> known_formats{{{"date-time", holds_date_time},
                                                       {"date", holds_date},
                                                       {"time", holds_time},
                                                       {"duration", holds_duration},
                                                       {"email", holds_email},
                                                       {"hostname", holds_hostname},
                                                       {"ipv4", holds_ipv4},
                                                       {"ipv6", holds_ipv6},
                                                       {"uri", holds_uri},
                                                       {"uri-reference", holds_uri_reference},
                                                       {"uuid", holds_uuid},
                                                       {"json-pointer", holds_json_pointer},
                                                       {"regex", holds_regex},
                                                       // of the standard
                                                       {"idn-email", nullptr},
                                                       {"idn-hostname", nullptr},
                                                       {"iri", nullptr},
                                                       {"iri-reference", nullptr},
                                                       {"uri-template", nullptr},
                                                       {"relative-json-pointer", nullptr},
                                                       // of OpenAPI
                                                       {"int32", nullptr},
                                                       {"int64", nullptr},
                                                       {"float", nullptr},
                                                       {"double", nullptr},
                                                       {"password", nullptr},
                                                       {"binary", nullptr}}};

} // namespace

const schema_format* find_schema_format(std::string_view name) {
  const auto* found = std::find_if(known_formats.begin(), known_formats.end(),
                                   [&](const auto& x) { return x.name == name; });
  return found == known_formats.end() ? nullptr : found;
}

std::vector<std::string> schema_format_names() {
  std::vector<std::string> names;
  for (const auto& x : known_formats)
    names.emplace_back(x.name);
  return names;
}

} // namespace troupe
