// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/text_encoding.hpp"
#include "messages/job.hpp"
#include "messages/time.hpp"

namespace troupe {

/// A length of time for people: "850 ms", "12.3 s", "3 min 20 s", "2 h 5 min", "4 d 3 h".
std::string format_age(milliseconds x);

/// "850/s", "12.3/s".
std::string format_rate(double per_second);

/// A count and what is counted: "1 job", "5 jobs".
std::string format_count(std::uint64_t count, const std::string& noun);

/// Neighbouring ids taken together, in the order given: 7 8 9 12 is (7, 9) (12, 12).
std::vector<std::pair<job_id, job_id>> id_ranges(const std::vector<job_id>& ids);

/// "7-9 12".
std::string format_ids(const std::vector<job_id>& ids);

/// Text from anywhere, safe to show on a terminal: one line without control characters and bytes
/// that are no UTF-8, cut to `characters_max` with "..." at its end.
std::string one_line(std::string_view text, std::size_t characters_max);

/// Text from anywhere, safe to show on a terminal, as the lines that it has; of more than
/// `lines_max` the first and the last, and how many were left out between them. 0: all of them.
std::vector<std::string> text_block(std::string_view text, std::size_t lines_max);

/// Cuts to so many characters, without a mark.
std::string cut(std::string_view text, std::size_t characters_max);

/// Characters (code points), not bytes.
std::size_t character_count(std::string_view text);

} // namespace troupe
