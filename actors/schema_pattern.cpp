// SPDX-License-Identifier: Apache-2.0
#include "actors/schema_pattern.hpp"

#include <algorithm>
#include <re2/re2.h>

#include "actors/ecma_pattern.hpp"
#include "messages/limits.hpp"

namespace troupe {

namespace {

constexpr std::size_t pattern_bytes_max = 1000;

// What one pattern may take: its program, and the states that it remembers between texts. A hundred
// letters of any script fit, with a third of it.
constexpr std::int64_t pattern_memory_max = 8 * 1024 * 1024;

// Steps of the program times bytes of the text: about half a second when all goes badly.
constexpr std::size_t pattern_work_max = 100'000'000;

tl::unexpected<error> bad_pattern(std::string_view text, const std::string& why) {
  return failure(errc::invalid_argument, "the pattern '" + std::string{text.substr(0, 60)}
                                           + (text.size() > 60 ? "...'" : "'") + " " + why);
}

} // namespace

schema_pattern::schema_pattern(std::string text, std::vector<part> parts, std::size_t text_max)
    : text_{std::move(text)},
      parts_{std::move(parts)},
      text_max_{text_max} {}

schema_pattern::schema_pattern(schema_pattern&&) noexcept = default;
schema_pattern& schema_pattern::operator=(schema_pattern&&) noexcept = default;
schema_pattern::~schema_pattern() = default;

result<schema_pattern> schema_pattern::compile(std::string_view text) {
  if (text.size() > pattern_bytes_max)
    return failure(errc::invalid_argument,
                   "a pattern has at most " + std::to_string(pattern_bytes_max) + " bytes");
  auto read = read_ecma_pattern(text);
  if (!read)
    return bad_pattern(text, "is no regular expression of ECMA-262: " + read.error().text);
  if (!read->unsupported.empty())
    return bad_pattern(text, "has what is not supported: " + read->unsupported);
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_never_capture(true);
  options.set_max_mem(pattern_memory_max);
  std::vector<part> parts;
  std::size_t steps = 1;
  for (const auto& x : read->parts) {
    auto compiled = std::make_unique<re2::RE2>(x.expression, options);
    if (!compiled->ok())
      return bad_pattern(text, "cannot be used here: " + compiled->error());
    steps += static_cast<std::size_t>(std::max(compiled->ProgramSize(), 1));
    parts.push_back({std::move(compiled), x.wanted});
  }
  const auto text_max = std::min(limits::record_bytes_max, pattern_work_max / steps);
  return schema_pattern{std::string{text}, std::move(parts), text_max};
}

bool schema_pattern::matches(std::string_view text) const {
  return std::all_of(parts_.begin(), parts_.end(), [&](const part& x) {
    return re2::RE2::PartialMatch({text.data(), text.size()}, *x.expression) == x.wanted;
  });
}

} // namespace troupe
