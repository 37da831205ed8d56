// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "actors/json_reader.hpp"
#include "messages/errors.hpp"

namespace troupe {

/// Operations in one JSON Patch.
inline constexpr std::size_t patch_operations_max = 1000;

/// How much work the patches of one request may be: a unit is a member or element that is passed
/// or shifted, and eight are a value that is copied, compared or measured. All of it takes about a
/// tenth of a second.
struct patch_work {
  std::uint64_t left = 20'000'000;
};

/// RFC 7396. Members keep their order; new ones come last.
json_value merge_patched(json_value target, const json_value& patch);

/// RFC 6902. `invalid_argument` for what is no JSON Patch; `patch_failed` when it does not fit the
/// document; `payload_too_large` when its operations copy more than a few records' worth, or are
/// more work than is left.
result<json_value> json_patched(json_value target, const json_value& patch, patch_work& work);

} // namespace troupe
