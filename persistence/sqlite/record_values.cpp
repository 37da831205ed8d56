// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/record_values.hpp"

#include <array>
#include <cstdio>
#include <limits>
#include <nlohmann/json.hpp>

#include "messages/record.hpp"
#include "persistence/storage_engine.hpp"

namespace troupe::sqlite {

namespace {

constexpr double too_large = 9223372036854775808.0; // 2^63

json_scalar large_integer(std::uint64_t x) {
  json_scalar made{json_kind::number, static_cast<double>(x), std::to_string(x), 0};
  const auto near = static_cast<double>(x);
  const bool beyond = near >= 2 * too_large; // of 64 bits
  if (beyond || static_cast<std::uint64_t>(near) != x)
    made.rounded = beyond || static_cast<std::uint64_t>(near) > x ? 1 : -1;
  return made;
}

json_scalar real_number(double x) {
  json_scalar made{json_kind::number, x};
  if (x < too_large)
    return made;
  // From here on every double is a whole number.
  std::array<char, 400> digits{};
  std::snprintf(digits.data(), digits.size(), "%.0f", x);
  made.digits = digits.data();
  return made;
}

} // namespace

json_scalar read_scalar(const std::string& text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_null())
    return {};
  if (json.is_boolean())
    return {json_kind::boolean, std::int64_t{json.get<bool>() ? 1 : 0}};
  if (json.is_string())
    return {json_kind::text, json.get<std::string>()};
  if (json.is_number_float())
    return real_number(json.get<double>());
  if (json.is_number_unsigned()
      && json.get<std::uint64_t>()
           > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    return large_integer(json.get<std::uint64_t>());
  if (json.is_number())
    return {json_kind::number, json.get<std::int64_t>()};
  refuse("'" + text.substr(0, 100) + "' is no JSON text, number, true, false or null");
}

std::string scalar_of(const SQLite::Column& column) {
  if (column.isNull())
    return "null";
  if (column.isInteger())
    return std::to_string(column.getInt64());
  const auto json
    = column.isFloat() ? nlohmann::json(column.getDouble()) : nlohmann::json(column.getString());
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

timestamp read_time(const std::string& text) {
  using namespace std::chrono;
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  int hours = 0;
  int minutes = 0;
  int seconds = 0;
  int fraction = 0;
  if (text.size() == 27
      && std::sscanf(text.c_str(), "%4d-%2u-%2uT%2d:%2d:%2d.%6dZ", &year, &month, &day, &hours,
                     &minutes, &seconds, &fraction)
           == 7) {
    const year_month_day date{std::chrono::year{year}, std::chrono::month{month},
                              std::chrono::day{day}};
    const timestamp time{sys_days{date}.time_since_epoch() + std::chrono::hours{hours}
                         + std::chrono::minutes{minutes} + std::chrono::seconds{seconds}
                         + microseconds{fraction}};
    if (rfc3339(time) == text)
      return time;
  }
  refuse("'" + text.substr(0, 100) + "' is no time as 2026-01-31T08:15:30.250000Z");
}

std::string bound_values::add(sql_value value) {
  values_.push_back(std::move(value));
  return "?" + std::to_string(values_.size());
}

void bound_values::bind(SQLite::Statement& statement) const {
  int index = 0;
  for (const auto& value : values_) {
    ++index;
    if (const auto* integer = std::get_if<std::int64_t>(&value))
      statement.bind(index, *integer);
    else if (const auto* number = std::get_if<double>(&value))
      statement.bind(index, *number);
    else if (const auto* text = std::get_if<std::string>(&value))
      statement.bindNoCopy(index, *text);
    else
      statement.bind(index);
  }
}

} // namespace troupe::sqlite
