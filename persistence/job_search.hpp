// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>

namespace troupe {

/// One search for a text among jobs looks at `limits::job_search_max` of them, and ends sooner
/// behind the one with which it has looked at so many bytes of payloads and errors.
inline constexpr std::size_t job_search_bytes_max = 32 * 1024 * 1024;

} // namespace troupe
