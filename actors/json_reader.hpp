// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "messages/errors.hpp"

namespace troupe {

/// JSON whose objects keep the order in which their members came.
using json_value = nlohmann::ordered_json;

/// Values, containers included, in one text, unless the reader says more. Bounds the work that a
/// small text can cause.
inline constexpr std::size_t json_values_max = 20'000;

/// Reads JSON from strangers. Takes only what can be kept and given back as it came: UTF-8 without
/// NUL (written out or as \u0000), each name once in an object, numbers that fit 64 bits or are
/// finite, nested at most `limits::json_depth_max` deep.
///
/// `payload_too_large` over `bytes_max`; else `invalid_argument`. The text names the JSON pointer
/// or the byte (from 0) where it is wrong.
result<json_value> read_json(std::string_view text, std::size_t bytes_max,
                             std::size_t values_max = json_values_max);

/// The same; the whole must be an object.
result<json_value> read_json_object(std::string_view text, std::size_t bytes_max,
                                    std::size_t values_max = json_values_max);

/// Compact JSON.
std::string json_text(const json_value& x);

/// Reads what Troupe wrote itself, without these limits. Null when it is no JSON after all.
json_value read_own_json(std::string_view text);

/// How deep `x` is nested: 0 for a scalar.
std::size_t json_depth(const json_value& x);

/// How many values `x` consists of, containers included.
std::size_t json_values(const json_value& x);

/// A name as a step of a JSON pointer (RFC 6901): "a/b" becomes "a~1b".
std::string pointer_step(std::string_view name);

} // namespace troupe
