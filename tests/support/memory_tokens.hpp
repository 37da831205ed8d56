// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "messages/access.hpp"

namespace troupe::test {

/// The tokens that a `memory_store` holds; the model of their part of the storage port.
struct memory_tokens {
  std::map<std::string, access_token> by_name;
  std::uint64_t revision = 1;

  token_changed create(const create_token& request);
  token_changed revoke(const revoke_token& request);
  void forget_sessions(std::string_view owner, std::size_t kept);
  tokens_read read(const read_tokens& request) const;
};

} // namespace troupe::test
