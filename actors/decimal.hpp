// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <compare>
#include <cstdint>
#include <string>

#include "actors/json_reader.hpp"

namespace troupe {

/// A number of JSON, exactly as it was written: `digits` times ten to the power of `exponent`.
/// 0.1 is a tenth, which no double is.
struct decimal {
  bool negative = false;
  std::uint64_t digits = 0; ///< does not end with a zero, unless it is 0
  int exponent = 0;         ///< 0 for 0

  /// Of a number.
  static decimal of(const json_value& number);

  bool is_integer() const noexcept { return exponent >= 0; }

  /// `divisor` is above 0.
  bool is_multiple_of(const decimal& divisor) const;

  /// The same text for the same number: "-15e-1".
  std::string text() const;

  bool operator==(const decimal&) const = default;
  std::strong_ordering operator<=>(const decimal& x) const;
};

} // namespace troupe
