// SPDX-License-Identifier: Apache-2.0
#include "gateway/response_head.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <fmt/format.h>

#include "gateway/reason_phrase.hpp"

namespace troupe {

namespace {

// In an answer's header they would end it, and begin another one.
bool is_control(char x) {
  return static_cast<unsigned char>(x) < ' ' || x == '\x7f';
}

/// The time of the header Date; formatted once a second.
const std::string& date_text() {
  using namespace std::chrono;
  constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  thread_local std::time_t second = -1;
  thread_local std::string text;
  if (const auto now = system_clock::to_time_t(system_clock::now()); now != second) {
    second = now;
    std::tm x{};
    ::gmtime_r(&now, &x);
    text = fmt::format(
      "{}, {:02} {} {} {:02}:{:02}:{:02} GMT", days[static_cast<std::size_t>(x.tm_wday)], x.tm_mday,
      months[static_cast<std::size_t>(x.tm_mon)], x.tm_year + 1900, x.tm_hour, x.tm_min, x.tm_sec);
  }
  return text;
}

void append_text(std::string& text, std::string_view value) {
  const auto begin = text.size();
  text += value;
  std::replace_if(text.begin() + static_cast<std::ptrdiff_t>(begin), text.end(), is_control, ' ');
}

} // namespace

void append_head(std::string& text, const http_response& x, const head_facts& facts) {
  fmt::format_to(std::back_inserter(text), "HTTP/1.1 {} {}\r\nDate: {}\r\n", x.status,
                 reason_phrase(x.status), date_text());
  for (const auto& [name, value] : x.headers) {
    append_text(text, name);
    text += ": ";
    append_text(text, value);
    text += "\r\n";
  }
  if (facts.framing == body_framing::chunks)
    text += "Transfer-Encoding: chunked\r\n";
  else if (facts.framing == body_framing::length && !is_bodiless(x.status))
    fmt::format_to(std::back_inserter(text), "Content-Length: {}\r\n", facts.length);
  if (facts.closing)
    text += "Connection: close\r\n";
  else if (facts.http_1_0)
    text += "Connection: keep-alive\r\n";
  text += "\r\n";
}

} // namespace troupe
