// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/fwd.hpp>
#include <string>

namespace troupe {

/// What an error or an exit reason of CAF itself means to people, and what to do about it; also
/// those of ours, with their code. "done" for a normal end.
std::string words_of(const caf::error& reason);

} // namespace troupe
