// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

namespace troupe::test {

/// Says that the running test case cannot do its work on this machine; the case then returns. It is
/// counted as skipped. Where nobody reads what was skipped (CI is set), it fails instead.
void skip(const std::string& why);

/// Why the running test case was skipped; empty if it was not.
std::string& why_skipped();

} // namespace troupe::test
