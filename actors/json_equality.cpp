// SPDX-License-Identifier: Apache-2.0
#include "actors/json_equality.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>
#include <unordered_map>

namespace troupe {

namespace {

using members = json_value::object_t;

/// An integer as sign and size: 64 bits hold either, but not both.
struct whole_number {
  bool negative = false;
  std::uint64_t size = 0;

  bool operator==(const whole_number&) const = default;
};

whole_number whole_of(const json_value& x) {
  if (x.is_number_unsigned())
    return {false, x.get<std::uint64_t>()};
  const auto value = x.get<std::int64_t>();
  return value < 0 ? whole_number{true, 0 - static_cast<std::uint64_t>(value)}
                   : whole_number{false, static_cast<std::uint64_t>(value)};
}

bool same_as_double(const whole_number& a, double b) {
  constexpr double too_large = 18446744073709551616.0; // 2^64
  if (std::trunc(b) != b || std::abs(b) >= too_large || (b != 0 && (b < 0) != a.negative))
    return false;
  return a.size == static_cast<std::uint64_t>(std::abs(b));
}

bool same_number(const json_value& a, const json_value& b) {
  if (a.is_number_float() && b.is_number_float())
    return a.get<double>() == b.get<double>();
  if (a.is_number_float())
    return same_as_double(whole_of(b), a.get<double>());
  if (b.is_number_float())
    return same_as_double(whole_of(a), b.get<double>());
  return whole_of(a) == whole_of(b);
}

bool same_members(const members& a, const members& b) {
  const auto is_there = [](const auto& member) { return !member.second.is_discarded(); };
  if (std::count_if(a.begin(), a.end(), is_there) != std::count_if(b.begin(), b.end(), is_there))
    return false;
  // By hash: the objects' own search is linear.
  std::unordered_map<std::string_view, const json_value*> others;
  for (const auto& [name, value] : b)
    if (!value.is_discarded())
      others.emplace(name, &value);
  return std::all_of(a.begin(), a.end(), [&](const auto& member) {
    if (!is_there(member))
      return true;
    const auto other = others.find(member.first);
    return other != others.end() && same_json(member.second, *other->second);
  });
}

} // namespace

bool same_json(const json_value& a, const json_value& b) {
  if (a.is_number() && b.is_number())
    return same_number(a, b);
  if (a.type() != b.type())
    return false;
  if (a.is_object())
    return same_members(a.get_ref<const members&>(), b.get_ref<const members&>());
  if (!a.is_array())
    return a == b;
  const auto& ours = a.get_ref<const json_value::array_t&>();
  const auto& theirs = b.get_ref<const json_value::array_t&>();
  return std::equal(ours.begin(), ours.end(), theirs.begin(), theirs.end(), same_json);
}

} // namespace troupe
