// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "gateway/http.hpp"

namespace troupe {

/// The host of a Host header or an authority, in small letters: without its port and a dot at the
/// end; of an IPv6 address without its brackets.
std::string host_name_of(std::string_view authority);

/// The names that a gateway goes by. A page of somebody else's site can make its own name stand for
/// 127.0.0.1 (DNS rebinding): a browser then takes what that page does here for same-origin, and
/// only Host still tells.
class known_hosts {
public:
  /// All names are known.
  known_hosts() = default;

  /// These are, and those of loopback.
  explicit known_hosts(std::vector<std::string> names);

  /// Whether a request is for one of them. So is one without Host: programs of HTTP/1.0 send none,
  /// browsers always do.
  bool knows(const http_request& x) const;

private:
  bool all_ = true;
  std::vector<std::string> names_;
};

} // namespace troupe
