// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "gateway/openapi.hpp"

/// What /openapi.json says of refusals.
namespace troupe {

/// The statuses that a route may refuse with, each once and in order: those that its text names,
/// and those that any route of its kind may. `tokens`: callers need one.
std::vector<int> refusals_of(const described_route& route, bool tokens);

/// The name of an answer among the document's components.
std::string refusal_name(int status);

/// The answer with this status, whoever gives it.
json refusal_response(int status);

/// All codes of errors, each with what it means.
json error_code_schema();

} // namespace troupe
