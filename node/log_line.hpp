// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "messages/time.hpp"

namespace troupe {

/// The text with control characters escaped ("\n" becomes "\\n"), so that one message is one line,
/// whatever others have put into it.
std::string one_line(std::string_view text);

/// One line of JSON, without its end: time (RFC 3339, UTC), level, node, text, and what the text
/// names: "job 12 lease 34" gives "job":"12","lease":"34"; so do request and trace.
std::string json_log_line(timestamp time, std::string_view level, std::string_view node,
                          std::string_view text);

} // namespace troupe
