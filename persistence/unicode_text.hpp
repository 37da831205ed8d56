// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace troupe {

/// Takes the first character of UTF-8 off `text`, which is not empty. Of bytes that are no UTF-8
/// each is one, U+FFFD.
char32_t take_character(std::string_view& text);

void add_character(std::string& text, char32_t x);

/// Letters, digits and marks of all scripts: what words consist of.
bool is_word_character(char32_t x);

/// Of a script that is written without blanks between words, or with endings that words cannot be
/// told from: Chinese, Japanese, Korean, Thai, Lao, Khmer, Burmese.
bool is_unspaced(char32_t x);

/// With small letters for large ones, of all scripts that have both, one for one.
std::string folded(std::string_view text);

} // namespace troupe
