// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "actors/schema_pattern.hpp"

namespace schema_pattern_test {

using namespace troupe;

namespace {

bool matches(std::string_view pattern, std::string_view text) {
  CAPTURE(pattern);
  const auto compiled = schema_pattern::compile(pattern);
  if (!compiled)
    FAIL(compiled.error().text);
  return compiled->matches(text);
}

std::string refusal(std::string_view pattern) {
  const auto compiled = schema_pattern::compile(pattern);
  return compiled ? "" : compiled.error().text;
}

} // namespace

TEST_CASE("patterns look at code points") {
  CHECK(matches("^[ä-ü]+$", "äöü"));
  CHECK_FALSE(matches("^[ä-ü]+$", "¥"));
  CHECK(matches("^.$", "🐲"));
  CHECK(matches("^\\u{1F432}$", "🐲"));
  CHECK(matches("^\\uD83D\\uDC32*$", "🐲🐲"));
  CHECK(matches("^\\p{Lu}\\p{Letter}+$", "Österreich"));
  CHECK(matches("^\\p{Script=Greek}+$", "αβγ"));
  CHECK_FALSE(matches("^\\P{L}+$", "é"));
}

TEST_CASE("patterns mean what ECMA-262 says") {
  CHECK(matches("[0-9]+x", "--12x--"));
  CHECK_FALSE(matches("^abc$", "abc\n"));
  CHECK(matches("^\\d$", "7"));
  CHECK_FALSE(matches("^\\d$", "߀"));
  CHECK_FALSE(matches("^\\w$", "é"));
  CHECK(matches("^\\s$", "\u00a0"));
  CHECK(matches("^\\S$", "é"));
  CHECK(matches("^[^\\d\\W]+$", "ab_"));
  CHECK(matches("^\\cC$", "\u0003"));
  CHECK(matches("^a.c$", "aéc"));
  CHECK_FALSE(matches("^a.c$", "a\u2028c"));
  CHECK(matches("^(?<year>\\d{4})-(?:0[1-9]|1[0-2])$", "2026-11"));
  CHECK(matches("^[^]$", "\n"));
  CHECK_FALSE(matches("[]", "a"));
  CHECK(matches("^(a|b)*?c$", "abac"));
  CHECK(matches("^x{2,3}$|^y{0,1500}$", std::string(1400, 'y')));
  CHECK_FALSE(matches("^y{0,1500}$", std::string(1501, 'y')));
  CHECK(matches("\\bword\\b", "a word."));
}

TEST_CASE("lookaheads right after the beginning are understood") {
  constexpr auto password = "^(?=.*[a-z])(?=.*\\d)(?!.*\\s).{8,}$";
  CHECK(matches(password, "abcdefg1"));
  CHECK_FALSE(matches(password, "abcdefgh"));
  CHECK_FALSE(matches(password, "abcd efg1"));
  CHECK_FALSE(matches(password, "abc1"));
  CHECK(refusal("^((?!admin).)*$").find("a lookahead anywhere but right after")
        != std::string::npos);
  CHECK(refusal("^(?=a)b|c").find("a lookahead anywhere but") != std::string::npos);
  CHECK(refusal("(?<=a)b").find("a lookbehind") != std::string::npos);
  CHECK(refusal("(a)\\1").find("a backreference") != std::string::npos);
}

TEST_CASE("what is no regular expression is refused with the place") {
  CHECK(refusal("(")
        == "the pattern '(' is no regular expression of ECMA-262: a group without an "
           "end at byte 1");
  for (const auto* pattern : {"[a", "a)", "*", "a**", "{1}", "a{2,1}", "\\", "\\Z", "\\a", "[b-a]",
                              "(?i)a", "]", "\\u{110000}", "a{1"}) {
    CAPTURE(pattern);
    CHECK(refusal(pattern).find("is no regular expression") != std::string::npos);
  }
  CHECK(refusal(std::string(1001, 'a')) == "a pattern has at most 1000 bytes");
  CHECK(refusal("((a{1000}){1000}){1000}").find("cannot be used here") != std::string::npos);
  CHECK(refusal(std::string(400, '(') + std::string(400, ')')).find("too deep")
        != std::string::npos);
}

TEST_CASE("S2 a large pattern is compared with less text than a small one") {
  const auto small = schema_pattern::compile("^(a+)+$");
  const auto large = schema_pattern::compile("^[a-z]{900}[0-9]{900}$");
  CHECK(matches("^[\\p{L} ]{1,100}$", "Zoë Änne"));
  REQUIRE(small);
  REQUIRE(large);
  CHECK(small->text_max() > 100'000);
  CHECK(large->text_max() < 100'000);
  CHECK_FALSE(small->matches(std::string(100'000, 'a') + "!"));
}

} // namespace schema_pattern_test
