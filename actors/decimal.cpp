// SPDX-License-Identifier: Apache-2.0
#include "actors/decimal.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>

namespace troupe {

namespace {

__extension__ using wide_number = unsigned __int128;

constexpr int wide_digits_max = 38;

decimal normal_decimal(bool negative, std::uint64_t digits, int exponent) {
  if (digits == 0)
    return {};
  for (; digits % 10 == 0; digits /= 10)
    ++exponent;
  return {negative, digits, exponent};
}

// The shortest text that reads back as the same double has at most 17 digits, and is what was
// written if that had no more than 15.
decimal decimal_of(double number) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), std::abs(number),
                                 std::chars_format::scientific)
                     .ptr;
  const std::string_view text{buffer.data(), static_cast<std::size_t>(end - buffer.data())};
  const auto mark = text.find('e');
  std::uint64_t digits = 0;
  int fraction = 0;
  bool after_point = false;
  for (const auto x : text.substr(0, mark)) {
    if (x == '.') {
      after_point = true;
      continue;
    }
    digits = digits * 10 + static_cast<std::uint64_t>(x - '0');
    fraction += after_point ? 1 : 0;
  }
  int exponent = 0;
  const auto* begin = text.data() + mark + 1;
  std::from_chars(*begin == '+' ? begin + 1 : begin, end, exponent);
  return normal_decimal(std::signbit(number), digits, exponent - fraction);
}

wide_number power_of_ten(int exponent) {
  wide_number x = 1;
  for (; exponent > 0; --exponent)
    x *= 10;
  return x;
}

int digits_in(std::uint64_t x) {
  int count = 0;
  for (; x > 0; x /= 10)
    ++count;
  return count;
}

} // namespace

decimal decimal::of(const json_value& number) {
  if (number.is_number_unsigned())
    return normal_decimal(false, number.get<std::uint64_t>(), 0);
  if (number.is_number_integer()) {
    const auto x = number.get<std::int64_t>();
    const auto bits = static_cast<std::uint64_t>(x);
    return normal_decimal(x < 0, x < 0 ? ~bits + 1 : bits, 0);
  }
  return decimal_of(number.get<double>());
}

bool decimal::is_multiple_of(const decimal& divisor) const {
  const auto shift = exponent - divisor.exponent;
  if (digits == 0)
    return true;
  if (shift < 0) { // the divisor times a power of ten: no digits here end with a zero
    if (-shift > wide_digits_max - 20)
      return false;
    return wide_number{digits} % (wide_number{divisor.digits} * power_of_ten(-shift)) == 0;
  }
  // digits * 10^shift modulo the divisor, without ever making the number
  wide_number rest = digits % divisor.digits;
  for (int i = 0; i < shift && rest != 0; ++i)
    rest = rest * 10 % divisor.digits;
  return rest == 0;
}

std::string decimal::text() const {
  return (negative ? "-" : "") + std::to_string(digits) + "e" + std::to_string(exponent);
}

std::strong_ordering decimal::operator<=>(const decimal& x) const {
  if (negative != x.negative)
    return negative ? std::strong_ordering::less : std::strong_ordering::greater;
  if (negative) {
    auto mine = *this;
    auto other = x;
    mine.negative = other.negative = false;
    return other <=> mine;
  }
  if (digits == 0 || x.digits == 0)
    return digits <=> x.digits;
  const auto size = digits_in(digits) + exponent;
  const auto other_size = digits_in(x.digits) + x.exponent;
  if (size != other_size)
    return size <=> other_size;
  const auto common = std::min(exponent, x.exponent); // both have at most 20 digits from there on
  const auto mine = wide_number{digits} * power_of_ten(exponent - common);
  const auto other = wide_number{x.digits} * power_of_ten(x.exponent - common);
  if (mine == other)
    return std::strong_ordering::equal;
  return mine < other ? std::strong_ordering::less : std::strong_ordering::greater;
}

} // namespace troupe
