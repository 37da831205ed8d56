// SPDX-License-Identifier: Apache-2.0
#include "tests/support/memory_tokens.hpp"

#include <algorithm>
#include <vector>

#include "messages/errors.hpp"
#include "messages/limits.hpp"

namespace troupe::test {

token_changed memory_tokens::create(const create_token& request) {
  const auto& x = request.token;
  if (by_name.contains(x.name))
    return {static_cast<std::uint16_t>(errc::token_exists)};
  const auto session = session_owner(x.name);
  if (session) {
    if (std::none_of(by_name.begin(), by_name.end(), [&](const auto& known) {
          return known.second.id == *session && !session_owner(known.first);
        }))
      return {static_cast<std::uint16_t>(errc::unknown_token)};
    std::erase_if(by_name, [&](const auto& known) {
      return session_owner(known.first) && known.second.expires_at <= x.created_at;
    });
    forget_sessions(*session, limits::token_sessions_max - 1);
  }
  const auto same_kind = std::count_if(by_name.begin(), by_name.end(), [&](const auto& known) {
    return session_owner(known.first).has_value() == session.has_value();
  });
  if (same_kind >= static_cast<std::ptrdiff_t>(session ? limits::sessions_max : limits::tokens_max))
    return {static_cast<std::uint16_t>(errc::overloaded)};
  by_name.emplace(x.name, x);
  ++revision;
  return {};
}

token_changed memory_tokens::revoke(const revoke_token& request) {
  const auto found = by_name.find(request.name);
  if (found == by_name.end())
    return {static_cast<std::uint16_t>(errc::unknown_token)};
  if (!session_owner(request.name))
    forget_sessions(found->second.id, 0);
  by_name.erase(request.name);
  ++revision;
  return {};
}

void memory_tokens::forget_sessions(std::string_view owner, std::size_t kept) {
  std::vector<const access_token*> own;
  for (const auto& [name, x] : by_name)
    if (session_owner(name) == owner)
      own.push_back(&x);
  std::stable_sort(own.begin(), own.end(),
                   [](const auto* x, const auto* y) { return x->created_at > y->created_at; });
  while (own.size() > kept) {
    by_name.erase(by_name.find(own.back()->name));
    own.pop_back();
  }
}

tokens_read memory_tokens::read(const read_tokens& request) const {
  tokens_read answer{revision, {}};
  if (request.known != revision)
    for (const auto& [name, x] : by_name)
      answer.tokens.push_back(x);
  return answer;
}

} // namespace troupe::test
