// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <map>
#include <string>
#include <string_view>

#include "messages/errors.hpp"

namespace troupe::bench {

/// What wrk says of one slice.
struct wrk_figures {
  double requests = 0; ///< that were answered
  double seconds = 0;
  double p50_ms = 0;
  double p99_ms = 0;
};

/// The line that the script of load_script.hpp prints at the end begins so.
inline constexpr std::string_view wrk_line = "measured ";

/// The figures in the output of wrk. Fails when there are none, when a request was answered with an
/// error or another status than expected, when a connection broke, and when nothing was answered.
///
/// In the header, so that tests need not link the benchmark.
inline result<wrk_figures> parse_wrk_output(std::string_view output) {
  auto line = output.rfind(wrk_line);
  if (line == std::string_view::npos)
    return failure(errc::unavailable, "wrk says: " + std::string{output});
  auto words = output.substr(line + wrk_line.size());
  words = words.substr(0, words.find('\n'));
  std::map<std::string_view, double> numbers;
  while (!words.empty()) {
    auto word = words.substr(0, words.find(' '));
    words.remove_prefix(std::min(words.size(), word.size() + 1));
    auto equals = word.find('=');
    if (equals == std::string_view::npos)
      return failure(errc::unavailable, "wrk's '" + std::string{word} + "' is no figure");
    double number = 0;
    auto [end, code] = std::from_chars(word.data() + equals + 1, word.data() + word.size(), number);
    if (code != std::errc{} || end != word.data() + word.size())
      return failure(errc::unavailable, "wrk's '" + std::string{word} + "' is no figure");
    numbers[word.substr(0, equals)] = number;
  }
  for (auto name : {"requests", "us", "p50", "p99", "refused", "unexpected", "broken"})
    if (!numbers.contains(name))
      return failure(errc::unavailable, std::string{"wrk does not tell '"} + name + "'");
  if (numbers["refused"] + numbers["unexpected"] + numbers["broken"] > 0)
    return failure(errc::unavailable,
                   fmt::format("of {} requests {} were refused, {} answered otherwise than "
                               "expected, and {} got no answer",
                               numbers["requests"], numbers["refused"], numbers["unexpected"],
                               numbers["broken"]));
  if (numbers["requests"] <= 0 || numbers["us"] <= 0)
    return failure(errc::unavailable, "no request was answered");
  return wrk_figures{numbers["requests"], numbers["us"] / 1e6, numbers["p50"] / 1e3,
                     numbers["p99"] / 1e3};
}

} // namespace troupe::bench
