// SPDX-License-Identifier: Apache-2.0
#include "actors/ecma_pattern.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fmt/format.h>
#include <optional>
#include <utility>

#include "actors/ecma_sets.hpp"

namespace troupe {

namespace {

constexpr char32_t last_code = 0x10FFFF;
constexpr std::size_t group_depth_max = 100;

// What RE2 takes as one repetition.
constexpr std::uint32_t repeat_max = 1000;
constexpr std::uint32_t long_repeat_max = 100'000;

bool is_syntax(char32_t x) {
  return x < 0x80
         && std::string_view{"^$\\.*+?()[]{}|/"}.find(static_cast<char>(x))
              != std::string_view::npos;
}

// Beyond the standard, which knows only the above: what cannot mean anything else.
bool is_own_escape(char32_t x) {
  return x >= 0x20 && x < 0x7F && !(x >= '0' && x <= '9') && !(x >= 'A' && x <= 'Z')
         && !(x >= 'a' && x <= 'z');
}

int hex_digit(char32_t x) {
  if (x >= '0' && x <= '9')
    return static_cast<int>(x - '0');
  if (x >= 'a' && x <= 'f')
    return static_cast<int>(x - 'a') + 10;
  if (x >= 'A' && x <= 'F')
    return static_cast<int>(x - 'A') + 10;
  return -1;
}

/// One member of a class: a code, or a set of them, which cannot begin or end a range.
struct class_atom {
  std::optional<char32_t> code;
  std::string text;
};

/// Reads the expression from left to right, and writes it for RE2 as it goes. Stops at the first
/// thing that is wrong (`problem`); what RE2 cannot do is only remembered.
class pattern_reader {
public:
  explicit pattern_reader(std::string_view text) : text_{text} {}

  result<ecma_pattern> run();

private:
  std::string read_alternatives(std::size_t depth);
  std::string read_term(std::size_t depth);
  std::string read_group(std::size_t depth);
  std::string read_name();
  std::string read_atom_escape();
  std::string read_class();
  class_atom read_class_atom();
  std::string quantified(std::string atom);
  std::string read_braces(const std::string& atom);
  std::optional<std::string> read_set_escape(char32_t letter);
  std::string read_property(bool negated);
  std::optional<char32_t> read_code_escape(char32_t letter, bool in_class);
  std::optional<char32_t> read_hex(std::size_t digits);
  std::optional<char32_t> read_unicode();
  std::uint32_t read_number();
  bool has_alternatives() const;
  std::vector<ecma_pattern::part> read_leading_lookaheads();

  bool at_end() const { return position_ >= text_.size() || !problem_.empty(); }
  bool at(std::string_view x) const { return text_.substr(position_).starts_with(x); }

  bool take(std::string_view x) {
    if (!at(x))
      return false;
    position_ += x.size();
    return true;
  }

  char32_t next_code();
  void refuse(const std::string& what);
  std::string cannot(std::string_view what);

  std::string_view text_;
  std::size_t position_ = 0;
  std::string problem_;
  std::string unsupported_;
};

void pattern_reader::refuse(const std::string& what) {
  if (problem_.empty())
    problem_ = what + " at byte " + std::to_string(std::min(position_, text_.size()));
}

std::string pattern_reader::cannot(std::string_view what) {
  if (unsupported_.empty())
    unsupported_ = what;
  return "(?:)";
}

// The text is UTF-8 that was checked when it was read as JSON.
char32_t pattern_reader::next_code() {
  const auto first = static_cast<unsigned char>(text_[position_++]);
  if (first < 0x80)
    return first;
  const int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
  char32_t code = first & (0x3FU >> more);
  for (int i = 0; i < more && position_ < text_.size(); ++i)
    code = code << 6 | (static_cast<unsigned char>(text_[position_++]) & 0x3FU);
  return code;
}

result<ecma_pattern> pattern_reader::run() {
  ecma_pattern made;
  made.parts = read_leading_lookaheads();
  const bool bound = !made.parts.empty();
  auto rest = read_alternatives(0);
  if (problem_.empty() && position_ < text_.size())
    refuse("a ')' too many");
  if (!problem_.empty())
    return failure(errc::invalid_argument, problem_);
  made.parts.push_back({bound ? "\\A(?:" + rest + ")" : rest, true});
  made.unsupported = unsupported_;
  return made;
}

// Whether the whole is a choice.
bool pattern_reader::has_alternatives() const {
  std::size_t depth = 0;
  bool in_class = false;
  for (std::size_t i = 0; i < text_.size(); ++i) {
    const auto x = text_[i];
    if (x == '\\')
      ++i;
    else if (in_class)
      in_class = x != ']';
    else if (x == '[')
      in_class = true;
    else if (x == '(')
      ++depth;
    else if (x == ')' && depth > 0)
      --depth;
    else if (x == '|' && depth == 0)
      return true;
  }
  return false;
}

// ^(?=a)(?!b)c is: matches ^a, does not match ^b, matches ^c.
std::vector<ecma_pattern::part> pattern_reader::read_leading_lookaheads() {
  std::vector<ecma_pattern::part> parts;
  if (has_alternatives() || !take("^"))
    return parts;
  while (problem_.empty() && (at("(?=") || at("(?!"))) {
    const bool wanted = at("(?=");
    position_ += 3;
    auto inner = read_alternatives(1);
    if (!take(")"))
      refuse("a group without an end");
    parts.push_back({"\\A(?:" + inner + ")", wanted});
  }
  if (parts.empty())
    position_ = 0;
  return parts;
}

std::string pattern_reader::read_alternatives(std::size_t depth) {
  if (depth > group_depth_max) {
    refuse("groups nested too deep");
    return {};
  }
  std::string made;
  while (!at_end() && text_[position_] != ')') {
    if (take("|"))
      made += "|";
    else
      made += read_term(depth);
  }
  return made;
}

std::string pattern_reader::read_term(std::size_t depth) {
  if (take("^"))
    return "\\A";
  if (take("$"))
    return "\\z";
  if (take("\\b"))
    return "\\b";
  if (take("\\B"))
    return "\\B";
  for (const std::string_view look : {"(?=", "(?!", "(?<=", "(?<!"})
    if (take(look)) {
      read_alternatives(depth + 1);
      if (!take(")"))
        refuse("a group without an end");
      return cannot(look.size() == 3
                      ? "a lookahead anywhere but right after a leading '^'; `not` and "
                        "`allOf` with other patterns say the same"
                      : "a lookbehind");
    }
  if (at("(") || at("[") || at("\\")) {
    auto atom = take("(") ? read_group(depth) : take("[") ? read_class() : read_atom_escape();
    return quantified(std::move(atom));
  }
  if (take("."))
    return quantified("[^\\n\\r\\x{2028}\\x{2029}]");
  if (at("*") || at("+") || at("?") || at("{")) {
    refuse("nothing to repeat");
    return {};
  }
  if (at("]") || at("}")) {
    refuse("a lone bracket, which needs a backslash,");
    return {};
  }
  return quantified(code_text(next_code()));
}

std::string pattern_reader::read_group(std::size_t depth) {
  if (take("?")) {
    if (take("<"))
      read_name();
    else if (!take(":"))
      refuse("an unknown kind of group");
  }
  auto inner = read_alternatives(depth + 1);
  if (!take(")"))
    refuse("a group without an end");
  return "(?:" + inner + ")";
}

std::string pattern_reader::read_name() {
  const auto end = text_.find('>', position_);
  if (end == std::string_view::npos || end == position_) {
    refuse("a name without an end");
    return {};
  }
  std::string name{text_.substr(position_, end - position_)};
  position_ = end + 1;
  return name;
}

std::string pattern_reader::quantified(std::string atom) {
  if (at_end())
    return atom;
  std::string made;
  if (take("*"))
    made = "(?:" + atom + ")*";
  else if (take("+"))
    made = "(?:" + atom + ")+";
  else if (take("?"))
    made = "(?:" + atom + ")?";
  else if (take("{"))
    made = read_braces(atom);
  else
    return atom;
  take("?"); // lazy: the same texts match
  return made;
}

std::uint32_t pattern_reader::read_number() {
  const auto begin = position_;
  std::uint64_t x = 0;
  for (; position_ < text_.size() && text_[position_] >= '0' && text_[position_] <= '9';
       ++position_)
    x = std::min<std::uint64_t>(x * 10 + static_cast<std::uint64_t>(text_[position_] - '0'),
                                1ULL << 31);
  if (position_ == begin)
    refuse("a number is missing in a repetition");
  return static_cast<std::uint32_t>(x);
}

std::string pattern_reader::read_braces(const std::string& atom) {
  const auto least = read_number();
  const bool range = take(",");
  const bool open = range && at("}");
  const auto most = range && !open ? read_number() : least;
  if (!take("}"))
    refuse("a repetition without an end");
  if (most < least)
    refuse("a repetition that ends before it begins");
  if (!problem_.empty())
    return {};
  if (most > long_repeat_max)
    return cannot("a repetition of more than " + std::to_string(long_repeat_max));
  const auto group = "(?:" + atom + ")";
  std::string made;
  auto add = [&](std::uint32_t count, std::string_view before) {
    for (; count > 0; count -= std::min(count, repeat_max))
      made += fmt::format("{}{{{}{}}}", group, before, std::min(count, repeat_max));
  };
  add(least, "");
  if (open)
    made += group + "*";
  else
    add(most - least, "0,");
  return made.empty() ? "(?:)" : "(?:" + made + ")";
}

std::string pattern_reader::read_atom_escape() {
  ++position_; // the backslash
  if (position_ >= text_.size()) {
    refuse("a lone backslash");
    return {};
  }
  if (text_[position_] >= '1' && text_[position_] <= '9') {
    read_number();
    return cannot("a backreference");
  }
  if (take("k<")) {
    read_name();
    return cannot("a backreference");
  }
  const auto letter = next_code();
  if (auto set = read_set_escape(letter))
    return "[" + *set + "]";
  if (auto code = read_code_escape(letter, false))
    return code_text(*code);
  refuse("an unknown escape");
  return {};
}

/// \d, \w, \s, \p and their opposites, as they stand in a class.
std::optional<std::string> pattern_reader::read_set_escape(char32_t letter) {
  if (letter == 'p' || letter == 'P')
    return read_property(letter == 'P');
  auto set = escaped_set(letter);
  return set.empty() ? std::nullopt : std::optional{std::move(set)};
}

std::string pattern_reader::read_property(bool negated) {
  const auto end = take("{") ? text_.find('}', position_) : std::string_view::npos;
  if (end == std::string_view::npos) {
    refuse("a property without a name");
    return {};
  }
  auto name = text_.substr(position_, end - position_);
  position_ = end + 1;
  const std::string escape = negated ? "\\P{" : "\\p{";
  if (name == "Any")
    return negated ? "^\\x{0}-\\x{10ffff}" : "\\x{0}-\\x{10ffff}";
  if (name == "ASCII")
    return negated ? "\\x{80}-\\x{10ffff}" : "\\x{0}-\\x{7f}";
  for (const std::string_view script : {"Script=", "sc="})
    if (name.starts_with(script))
      return escape + std::string{name.substr(script.size())} + "}"; // RE2 knows which there are
  for (const std::string_view prefix : {"General_Category=", "gc="})
    if (name.starts_with(prefix))
      name.remove_prefix(prefix.size());
  const auto category = general_category(name);
  if (category == "LC")
    return negated ? cannot("\\P{LC}") : std::string{"\\p{Lu}\\p{Ll}\\p{Lt}"};
  if (!category.empty())
    return escape + category + "}";
  cannot("the property '" + std::string{name.substr(0, 40)} + "'");
  return "a";
}

std::optional<char32_t> pattern_reader::read_code_escape(char32_t letter, bool in_class) {
  switch (letter) {
  case 't':
    return U'\t';
  case 'n':
    return U'\n';
  case 'v':
    return U'\v';
  case 'f':
    return U'\f';
  case 'r':
    return U'\r';
  case 'b':
    return in_class ? std::optional<char32_t>{U'\b'} : std::nullopt;
  case 'x':
    return read_hex(2);
  case 'u':
    return read_unicode();
  case '0':
    if (position_ < text_.size() && text_[position_] >= '0' && text_[position_] <= '9')
      return std::nullopt;
    return char32_t{0};
  case 'c':
    if (position_ < text_.size() && ((text_[position_] | 0x20) >= 'a')
        && ((text_[position_] | 0x20) <= 'z'))
      return static_cast<char32_t>(text_[position_++] & 0x1F);
    return std::nullopt;
  default:
    return is_syntax(letter) || is_own_escape(letter) ? std::optional{letter} : std::nullopt;
  }
}

std::optional<char32_t> pattern_reader::read_hex(std::size_t digits) {
  char32_t code = 0;
  for (std::size_t i = 0; i < digits; ++i, ++position_) {
    const auto digit
      = position_ < text_.size() ? hex_digit(static_cast<unsigned char>(text_[position_])) : -1;
    if (digit < 0)
      return std::nullopt;
    code = code << 4 | static_cast<char32_t>(digit);
  }
  return code;
}

std::optional<char32_t> pattern_reader::read_unicode() {
  if (take("{")) {
    const auto end = text_.find('}', position_);
    if (end == std::string_view::npos || end == position_ || end - position_ > 8)
      return std::nullopt;
    const auto code = read_hex(end - position_);
    if (!code || *code > last_code)
      return std::nullopt;
    ++position_;
    return code;
  }
  const auto high = read_hex(4);
  if (!high || *high < 0xD800 || *high > 0xDBFF || !at("\\u"))
    return high;
  const auto before = position_;
  position_ += 2;
  const auto low = read_hex(4);
  if (low && *low >= 0xDC00 && *low <= 0xDFFF)
    return 0x10000 + ((*high - 0xD800) << 10) + (*low - 0xDC00);
  position_ = before;
  return high;
}

class_atom pattern_reader::read_class_atom() {
  if (!take("\\"))
    return {next_code(), {}};
  if (position_ >= text_.size()) {
    refuse("a lone backslash");
    return {};
  }
  const auto letter = next_code();
  if (auto set = read_set_escape(letter))
    return {std::nullopt, *set};
  if (letter == '-')
    return {letter, {}};
  auto code = read_code_escape(letter, true);
  if (!code)
    refuse("an unknown escape");
  return {code, {}};
}

std::string pattern_reader::read_class() {
  const bool negated = take("^");
  std::string members;
  while (!at_end() && text_[position_] != ']') {
    const auto first = read_class_atom();
    if (!at("-") || position_ + 1 >= text_.size() || text_[position_ + 1] == ']') {
      members += first.code ? code_text(*first.code) : first.text;
      continue;
    }
    ++position_;
    const auto last = read_class_atom();
    if (!first.code || !last.code || *last.code < *first.code)
      refuse("a range that is none");
    else
      members += code_text(*first.code) + "-" + code_text(*last.code);
  }
  if (!take("]"))
    refuse("a class without an end");
  if (members.empty()) // nothing, or anything
    return negated ? "[\\x{0}-\\x{10ffff}]" : "[^\\x{0}-\\x{10ffff}]";
  return (negated ? "[^" : "[") + members + "]";
}

} // namespace

result<ecma_pattern> read_ecma_pattern(std::string_view text) {
  return pattern_reader{text}.run();
}

} // namespace troupe
