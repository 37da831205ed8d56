// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/payload_source.hpp"

#include <nlohmann/json.hpp>

namespace troupe {

payload_source::payload_source(std::string payload, std::uint64_t copies)
    : payload_{std::move(payload)},
      copies_{copies},
      left_{copies} {}

payload_source::payload_source(std::istream& lines, std::uint64_t copies)
    : lines_{&lines},
      copies_{copies},
      left_{0} {}

std::optional<std::string> payload_source::next() {
  if (stopped_ || (left_ == 0 && !read_line()))
    return std::nullopt;
  --left_;
  return payload_;
}

bool payload_source::read_line() {
  while (lines_ && std::getline(*lines_, payload_)) {
    if (payload_.ends_with('\r'))
      payload_.pop_back();
    if (payload_.find_first_not_of(" \t") == std::string::npos)
      continue;
    left_ = copies_;
    return left_ != 0;
  }
  return false;
}

result<void> check_json(const std::string& text) {
  try {
    // Into nothing: a document is only looked at.
    if (nlohmann::json::accept(text))
      return {};
    auto ignored = nlohmann::json::parse(text);
    return {};
  } catch (const nlohmann::json::exception& problem) {
    std::string what = problem.what();
    if (auto end = what.find("] "); end != std::string::npos)
      what.erase(0, end + 2);
    return failure(errc::invalid_argument, "the payload is not JSON: " + what);
  }
}

} // namespace troupe
