// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "gateway/http.hpp"

namespace troupe {

inline constexpr std::string_view json_type = "application/json";
inline constexpr std::string_view merge_patch_type = "application/merge-patch+json";
inline constexpr std::string_view json_patch_type = "application/json-patch+json";

/// What a patch may come as. Plain JSON counts as a merge patch: most programs send that.
inline constexpr std::string_view patch_types
  = "application/merge-patch+json, application/json-patch+json, application/json";

/// The type of a request's body, in small letters and without parameters; "" if it names none.
std::string media_type(const http_request& x);

/// Why a body cannot be taken whatever is in it; known when its headers are. `kind`: what a route's
/// description calls the body.
std::optional<http_response> wrong_content(const http_request& x, std::string_view kind);

} // namespace troupe
