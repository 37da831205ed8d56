// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

/// Sets of code points that regular expressions have names for, as RE2 reads them.
namespace troupe {

/// One code point, outside of a class or in one.
std::string code_text(char32_t x);

/// What \d, \w, \s and their opposites stand for, by the letter, as it stands in a class; empty for
/// any other.
std::string escaped_set(char32_t letter);

/// The short name of a general category of Unicode, from either: "Lu" of "Uppercase_Letter". Empty
/// when there is none of this name.
std::string general_category(std::string_view name);

} // namespace troupe
