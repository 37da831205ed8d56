// SPDX-License-Identifier: Apache-2.0
#include "actors/record_time.hpp"

#include <chrono>

#include "messages/calendar.hpp"

namespace troupe {

namespace {

/// Takes a text apart from the front; after the first mistake it takes nothing any more.
class time_reader {
public:
  explicit time_reader(std::string_view text) : text_{text} {}

  int number(std::size_t digits) {
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i)
      value = value * 10 + digit();
    return value;
  }

  bool sign(std::string_view one_of) {
    if (text_.empty() || one_of.find(text_.front()) == std::string_view::npos)
      return false;
    text_.remove_prefix(1);
    return true;
  }

  void expect(std::string_view one_of) { good_ = sign(one_of) && good_; }

  int microseconds() {
    int value = number(1);
    int digits = 1;
    for (; !text_.empty() && text_.front() >= '0' && text_.front() <= '9'; ++digits) {
      const auto next = number(1);
      if (digits < 6)
        value = value * 10 + next;
    }
    for (; digits < 6; ++digits)
      value *= 10;
    return value;
  }

  bool finished() const { return good_ && text_.empty(); }

private:
  int digit() {
    if (text_.empty() || text_.front() < '0' || text_.front() > '9') {
      good_ = false;
      return 0;
    }
    const int value = text_.front() - '0';
    text_.remove_prefix(1);
    return value;
  }

  std::string_view text_;
  bool good_ = true;
};

} // namespace

result<timestamp> read_rfc3339(std::string_view text) {
  using namespace std::chrono;
  time_reader reader{text};
  const year year_{reader.number(4)};
  reader.expect("-");
  const month month_{static_cast<unsigned>(reader.number(2))};
  reader.expect("-");
  const day day_{static_cast<unsigned>(reader.number(2))};
  reader.expect("Tt ");
  const hours hour{reader.number(2)};
  reader.expect(":");
  const minutes minute{reader.number(2)};
  reader.expect(":");
  const std::chrono::seconds second{reader.number(2)};
  const std::chrono::microseconds fraction{reader.sign(".") ? reader.microseconds() : 0};
  minutes offset{0};
  if (!reader.sign("Zz")) {
    const bool west = reader.sign("-");
    if (!west)
      reader.expect("+");
    const hours offset_hours{reader.number(2)};
    reader.expect(":");
    offset = offset_hours + minutes{reader.number(2)};
    if (offset >= hours{24})
      return failure(errc::invalid_argument, "the offset is a day or more");
    if (west)
      offset = -offset;
  }
  const year_month_day date{year_, month_, day_};
  if (!reader.finished() || !date.ok() || hour >= hours{24} || minute >= hours{1}
      || second > std::chrono::seconds{60})
    return failure(errc::invalid_argument, "this is no time as \"2026-01-31T08:15:30Z\"");
  const timestamp time{sys_days{date} + hour + minute + second + fraction - offset};
  if (time != in_calendar(time))
    return failure(errc::invalid_argument, "in UTC this is no time of the years 0 to 9999");
  return time;
}

} // namespace troupe
