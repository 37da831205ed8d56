// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "actors/json_reader.hpp"

namespace troupe {

/// Whether two values are equal as RFC 6902 has it (4.6): numbers by what they stand for, exactly;
/// objects whatever the order of their members. Members that are discarded values are not there.
/// Takes time in proportion to the smaller of the two.
bool same_json(const json_value& a, const json_value& b);

} // namespace troupe
