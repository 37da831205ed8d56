// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>
#include <vector>

#include "gateway/http.hpp"
#include "gateway/openapi.hpp"
#include "messages/errors.hpp"

namespace troupe {

/// What a route takes beside its path, as its description says. What it does not list is refused:
/// a misspelt parameter that is ignored would have a request do more than it was meant to.
class route_rules {
public:
  using parameters = std::map<std::string, std::string, std::less<>>;

  explicit route_rules(const described_route& route);

  /// The parameters of a request's query, decoded. `invalid_argument` for one that the route does
  /// not know, that comes twice, or that is not what it must be, and for a body that nobody reads.
  result<parameters> read(const http_request& x) const;

private:
  result<void> check(const std::string& name, const std::string& value) const;

  std::vector<std::string> names_;
  std::vector<std::string> flags_; ///< of these: true or false
  bool any_ = false;               ///< a page may be called with whatever its scripts read
  bool body_ = false;
};

} // namespace troupe
