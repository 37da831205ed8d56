// SPDX-License-Identifier: Apache-2.0
#include "actors/job_labels.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "actors/utf8.hpp"
#include "messages/limits.hpp"

namespace troupe {

namespace {

bool has_control_character(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    // U+0080 to U+009F are two bytes.
    const bool upper
      = byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    if (byte < 0x20 || byte == 0x7f || upper)
      return true;
  }
  return false;
}

error invalid(std::string text) {
  return {errc::invalid_argument, std::move(text)};
}

} // namespace

std::optional<error> refusal_of_labels(const new_job& job) {
  const auto& tags = job.tags;
  if (tags.size() > limits::job_tags_max)
    return invalid(
      fmt::format("{} tags; a job takes at most {}", tags.size(), limits::job_tags_max));
  for (auto tag = tags.begin(); tag != tags.end(); ++tag) {
    if (tag->empty() || tag->size() > limits::job_tag_bytes_max)
      return invalid(fmt::format("a tag of {} bytes; it must have 1 to {}", tag->size(),
                                 limits::job_tag_bytes_max));
    if (!is_utf8(*tag) || has_control_character(*tag))
      return invalid("a tag that is not UTF-8, or has control characters");
    if (std::find(tags.begin(), tag, *tag) != tag)
      return invalid(fmt::format("the tag '{}' is there twice", *tag));
  }
  if (!is_trace_parent(job.trace_parent))
    return invalid(fmt::format("a traceparent of {} bytes; at most {} visible characters are taken",
                               job.trace_parent.size(), limits::trace_parent_bytes_max));
  return std::nullopt;
}

bool is_trace_parent(std::string_view text) noexcept {
  return text.size() <= limits::trace_parent_bytes_max
         && std::all_of(text.begin(), text.end(), [](char x) { return x > ' ' && x <= '~'; });
}

// version-trace-parent-flags: two, 32, 16 and two hexadecimal digits.
std::string_view trace_id_in(std::string_view trace_parent) noexcept {
  constexpr std::size_t begin = 3, size = 32;
  if (trace_parent.size() <= begin + size || trace_parent[begin - 1] != '-'
      || trace_parent[begin + size] != '-')
    return {};
  const auto id = trace_parent.substr(begin, size);
  const bool is_hex = std::all_of(
    id.begin(), id.end(), [](char x) { return (x >= '0' && x <= '9') || (x >= 'a' && x <= 'f'); });
  return is_hex ? id : std::string_view{};
}

std::string delivery_name(const lease_key& lease, std::string_view trace_parent) {
  const auto trace = trace_id_in(trace_parent);
  return fmt::format("job {} lease {}{}{}", lease.job, lease.epoch, trace.empty() ? "" : " trace ",
                     trace);
}

} // namespace troupe
