// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <limits>
#include <nlohmann/json.hpp>

#include "actors/decimal.hpp"

namespace decimal_test {

using namespace troupe;

namespace {

decimal number(const char* text) {
  return decimal::of(json_value::parse(text));
}

bool is_multiple(const char* x, const char* of) {
  return number(x).is_multiple_of(number(of));
}

} // namespace

TEST_CASE("multiples are found in decimal arithmetic: no double is 0.01") {
  CHECK(is_multiple("19.99", "0.01"));
  CHECK(is_multiple("0.3", "0.1"));
  CHECK(is_multiple("1.1", "0.1"));
  CHECK(is_multiple("-4.35", "0.05"));
  CHECK(is_multiple("0", "0.7"));
  CHECK(is_multiple("1e300", "0.5"));
  CHECK(is_multiple("9007199254740993", "3"));
  CHECK_FALSE(is_multiple("19.995", "0.01"));
  CHECK_FALSE(is_multiple("1e-300", "1e300"));
  CHECK_FALSE(is_multiple("18446744073709551615", "2"));
  CHECK_FALSE(is_multiple("1e308", "0.123456789"));
}

TEST_CASE("numbers are compared by value whatever they were written as") {
  CHECK(number("1.0") == number("1"));
  CHECK(number("100") == number("1e2"));
  CHECK(number("-0.0") == number("0"));
  CHECK(number("18446744073709551615") > number("18446744073709551614"));
  CHECK(number("9007199254740993") > number("9007199254740992.0"));
  CHECK(number("-9223372036854775808") < number("-9223372036854775807"));
  CHECK(number("-1.5") < number("-1.25"));
  CHECK(number("-1") < number("1e-300"));
  CHECK(number("1e300") > number("18446744073709551615"));
  CHECK(number("0.1") > number("0.09"));
  CHECK(number("2").is_integer());
  CHECK(number("2.0").is_integer());
  CHECK_FALSE(number("2.5").is_integer());
}

} // namespace decimal_test
