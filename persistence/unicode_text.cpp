// SPDX-License-Identifier: Apache-2.0
#include "persistence/unicode_text.hpp"

#include <algorithm>
#include <array>
#include <clocale>
#include <cwctype>
#include <utility>

namespace troupe {

namespace {

constexpr char32_t replacement = 0xfffd;

using range = std::pair<char32_t, char32_t>;

// Blocks of these scripts, in order. Their punctuation is no word character.
constexpr std::array<range, 20> unspaced{{
  {0x0e01, 0x0e3a},                     // Thai
  {0x0e40, 0x0e4e},   {0x0e81, 0x0ece}, // Lao
  {0x1000, 0x1049},                     // Burmese
  {0x1050, 0x109d},   {0x1100, 0x11ff}, // Korean, single letters
  {0x1780, 0x17d3},                     // Khmer
  {0x3005, 0x3007},                     // repetition marks and zero
  {0x3041, 0x309f},                     // Hiragana
  {0x30a1, 0x30fa},                     // Katakana
  {0x30fc, 0x30ff},   {0x3105, 0x312f}, // Bopomofo
  {0x3131, 0x318e},                     // Korean, single letters
  {0x31f0, 0x31ff},                     // Katakana
  {0x3400, 0x4dbf},                     // Chinese characters
  {0x4e00, 0x9fff},   {0xac00, 0xd7a3}, // Korean
  {0xf900, 0xfaff},                     // Chinese characters
  {0xff66, 0xff9f},                     // Katakana of half the width
  {0x20000, 0x3ffff},
}};

// The tables of the C library, whatever the environment says about languages. Without them only
// ASCII has cases.
locale_t characters() {
  static const locale_t all = newlocale(LC_CTYPE_MASK, "C.UTF-8", locale_t{});
  return all;
}

bool is_between(char32_t x, char32_t first, char32_t last) {
  return x >= first && x <= last;
}

} // namespace

char32_t take_character(std::string_view& text) {
  const auto byte
    = [&text](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const char32_t first = byte(0);
  const std::size_t size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  char32_t x = size == 1 ? first : first & (0x7fU >> size);
  bool sound = size == 1 || first >= 0xc2;
  for (std::size_t i = 1; i < size; ++i) {
    sound = sound && (byte(i) & 0xc0U) == 0x80;
    x = x << 6 | (byte(i) & 0x3fU);
  }
  text.remove_prefix(sound ? size : 1);
  return sound ? x : replacement;
}

void add_character(std::string& text, char32_t x) {
  const auto put = [&text](char32_t byte) { text += static_cast<char>(byte); };
  if (x < 0x80)
    return put(x);
  if (x < 0x800) {
    put(0xc0 | x >> 6);
  } else {
    if (x < 0x10000) {
      put(0xe0 | x >> 12);
    } else {
      put(0xf0 | x >> 18);
      put(0x80 | (x >> 12 & 0x3f));
    }
    put(0x80 | (x >> 6 & 0x3f));
  }
  put(0x80 | (x & 0x3f));
}

bool is_unspaced(char32_t x) {
  const auto* found
    = std::find_if(unspaced.begin(), unspaced.end(), [x](const range& y) { return x <= y.second; });
  return found != unspaced.end() && x >= found->first;
}

bool is_word_character(char32_t x) {
  if (x < 0x80)
    return is_between(x, '0', '9') || is_between(x, 'a', 'z') || is_between(x, 'A', 'Z');
  if (is_unspaced(x))
    return true;
  // Without the tables everything is one, but for the blocks of punctuation.
  if (characters() == locale_t{})
    return !is_between(x, 0x80, 0xbf) && !is_between(x, 0x2000, 0x206f)
           && !is_between(x, 0x3000, 0x303f);
  return iswalnum_l(static_cast<wint_t>(x), characters()) != 0;
}

std::string folded(std::string_view text) {
  std::string small;
  small.reserve(text.size());
  while (!text.empty()) {
    if (const auto first = static_cast<unsigned char>(text.front()); first < 0x80) {
      small += first >= 'A' && first <= 'Z' ? static_cast<char>(first | 0x20) : text.front();
      text.remove_prefix(1);
      continue;
    }
    const auto rest = text;
    const auto x = take_character(text);
    if (x == replacement || characters() == locale_t{})
      small.append(rest.substr(0, rest.size() - text.size()));
    else if (x == U'ς') // of Σ there are two small letters
      add_character(small, U'σ');
    else
      add_character(small, static_cast<char32_t>(towlower_l(static_cast<wint_t>(x), characters())));
  }
  return small;
}

} // namespace troupe
