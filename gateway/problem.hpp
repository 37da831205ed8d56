// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "gateway/http.hpp"
#include "messages/errors.hpp"

/// Errors as HTTP tells them: RFC 9457, `application/problem+json`.
namespace troupe {

/// The status that fits a refusal.
int status_of(errc code) noexcept;

/// {"type":"about:blank","title":...,"status":...,"code":...,"detail":...}; of `invalid_record`
/// also "errors": one {"pointer","detail"} a violation. With `Retry-After` where waiting helps.
http_response problem(const error& why);

/// The same with another status, e.g. 415, and further headers to add.
http_response problem(int status, const error& why);

} // namespace troupe
