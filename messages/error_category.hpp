// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/atom.hpp>
#include <caf/error.hpp>
#include <caf/message.hpp>

#include "messages/errors.hpp"

namespace troupe {

inline constexpr caf::atom_value error_category = caf::atom("troupe");

} // namespace troupe

// Makes `e == errc::x` and `make_error(errc::x, text)` work.
CAF_ERROR_CODE_ENUM(troupe::errc, "troupe")
