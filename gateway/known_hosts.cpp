// SPDX-License-Identifier: Apache-2.0
#include "gateway/known_hosts.hpp"

#include <algorithm>

#include "gateway/loopback.hpp"

namespace troupe {

std::string host_name_of(std::string_view authority) {
  if (authority.starts_with('['))
    authority = authority.substr(1, std::min(authority.find(']'), authority.size()) - 1);
  else if (std::count(authority.begin(), authority.end(), ':') == 1)
    authority = authority.substr(0, authority.find(':'));
  if (authority.ends_with('.'))
    authority.remove_suffix(1);
  std::string name{authority};
  for (auto& x : name)
    if (x >= 'A' && x <= 'Z')
      x = static_cast<char>(x - 'A' + 'a');
  return name;
}

known_hosts::known_hosts(std::vector<std::string> names) : all_{false}, names_{std::move(names)} {
  for (auto& x : names_)
    x = host_name_of(x);
  names_.emplace_back("localhost");
}

bool known_hosts::knows(const http_request& x) const {
  if (all_ || !x.headers.contains("host"))
    return true;
  const auto host = host_name_of(x.header("host"));
  return is_loopback(host) || std::find(names_.begin(), names_.end(), host) != names_.end();
}

} // namespace troupe
