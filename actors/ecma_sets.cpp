// SPDX-License-Identifier: Apache-2.0
#include "actors/ecma_sets.hpp"

#include <array>
#include <fmt/format.h>
#include <utility>
#include <vector>

namespace troupe {

namespace {

using code_range = std::pair<char32_t, char32_t>;
using code_ranges = std::vector<code_range>;

constexpr char32_t last_code_point = 0x10FFFF;

const code_ranges digit_codes{{'0', '9'}};
const code_ranges word_codes{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
const code_ranges space_codes{
  {'\t', '\r'},     {' ', ' '},       {0xA0, 0xA0},     {0x1680, 0x1680}, {0x2000, 0x200A},
  {0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000}, {0xFEFF, 0xFEFF}};

code_ranges all_but(const code_ranges& sorted) {
  code_ranges rest;
  char32_t next = 0;
  for (const auto& [low, high] : sorted) {
    if (low > next)
      rest.emplace_back(next, low - 1);
    next = high + 1;
  }
  rest.emplace_back(next, last_code_point);
  return rest;
}

std::string ranges_text(const code_ranges& ranges) {
  std::string text;
  for (const auto& [low, high] : ranges)
    text += low == high ? code_text(low) : code_text(low) + "-" + code_text(high);
  return text;
}

// General categories by their long names; RE2 knows the short ones, and scripts.
constexpr std::array<std::pair<std::string_view, std::string_view>, 30> categories{
  {{"Letter", "L"},
   {"Cased_Letter", "LC"},
   {"Uppercase_Letter", "Lu"},
   {"Lowercase_Letter", "Ll"},
   {"Titlecase_Letter", "Lt"},
   {"Modifier_Letter", "Lm"},
   {"Other_Letter", "Lo"},
   {"Mark", "M"},
   {"Nonspacing_Mark", "Mn"},
   {"Spacing_Mark", "Mc"},
   {"Enclosing_Mark", "Me"},
   {"Number", "N"},
   {"Decimal_Number", "Nd"},
   {"Letter_Number", "Nl"},
   {"Other_Number", "No"},
   {"Punctuation", "P"},
   {"Connector_Punctuation", "Pc"},
   {"Dash_Punctuation", "Pd"},
   {"Open_Punctuation", "Ps"},
   {"Close_Punctuation", "Pe"},
   {"Initial_Punctuation", "Pi"},
   {"Final_Punctuation", "Pf"},
   {"Other_Punctuation", "Po"},
   {"Symbol", "S"},
   {"Math_Symbol", "Sm"},
   {"Currency_Symbol", "Sc"},
   {"Modifier_Symbol", "Sk"},
   {"Separator", "Z"},
   {"Space_Separator", "Zs"},
   {"Control", "Cc"}}};

} // namespace

std::string code_text(char32_t x) {
  return fmt::format("\\x{{{:x}}}", static_cast<std::uint32_t>(x));
}

std::string escaped_set(char32_t letter) {
  switch (letter) {
  case 'd':
    return ranges_text(digit_codes);
  case 'D':
    return ranges_text(all_but(digit_codes));
  case 'w':
    return ranges_text(word_codes);
  case 'W':
    return ranges_text(all_but(word_codes));
  case 's':
    return ranges_text(space_codes);
  case 'S':
    return ranges_text(all_but(space_codes));
  default:
    return {};
  }
}

std::string general_category(std::string_view name) {
  for (const auto& [long_name, short_name] : categories)
    if (name == long_name || name == short_name)
      return std::string{short_name};
  return {};
}

} // namespace troupe
