// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace troupe::sqlite {

/// Short texts in one column: a line each. None of them may have a line end.
std::string join_lines(const std::vector<std::string>& texts);
std::vector<std::string> split_lines(std::string_view column);

} // namespace troupe::sqlite
