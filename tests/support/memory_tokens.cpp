// SPDX-License-Identifier: Apache-2.0
#include "tests/support/memory_tokens.hpp"

#include "messages/errors.hpp"
#include "messages/limits.hpp"

namespace troupe::test {

token_changed memory_tokens::create(const create_token& request) {
  const auto& x = request.token;
  if (by_name.contains(x.name))
    return {static_cast<std::uint16_t>(errc::token_exists)};
  if (by_name.size() >= limits::tokens_max)
    return {static_cast<std::uint16_t>(errc::overloaded)};
  by_name.emplace(x.name, x);
  ++revision;
  return {};
}

token_changed memory_tokens::revoke(const revoke_token& request) {
  if (by_name.erase(request.name) == 0)
    return {static_cast<std::uint16_t>(errc::unknown_token)};
  ++revision;
  return {};
}

tokens_read memory_tokens::read(const read_tokens& request) const {
  tokens_read answer{revision, {}};
  if (request.known != revision)
    for (const auto& [name, x] : by_name)
      answer.tokens.push_back(x);
  return answer;
}

} // namespace troupe::test
