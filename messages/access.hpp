// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "messages/time.hpp"

/// Tokens: who may do what over HTTP. The store keeps them, gateways know all of them.
namespace troupe {

/// A token as it is kept. Its text is known to its holder only: gateway/access_token.hpp.
struct access_token {
  std::string name;                ///< for people; of all tokens only this one has it
  std::string id;                  ///< the part of its text that finds it; no secret
  std::string hash;                ///< of its text
  std::vector<std::string> scopes; ///< what it is good for: gateway/permission.hpp
  timestamp created_at{};
  timestamp expires_at{}; ///< 1970: never

  bool operator==(const access_token&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, access_token& x) {
  return f(x.name, x.id, x.hash, x.scopes, x.created_at, x.expires_at);
}

/// Keep a new token. Durable.
struct create_token {
  access_token token;

  bool operator==(const create_token&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, create_token& x) {
  return f(x.token);
}

/// Forget a token. Gateways learn of it within seconds. Durable.
struct revoke_token {
  std::string name;

  bool operator==(const revoke_token&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, revoke_token& x) {
  return f(x.name);
}

struct token_changed {
  /// An `errc`: none; `token_exists`, or `overloaded` if there are too many, to `create_token`;
  /// `unknown_token` to `revoke_token`.
  std::uint16_t code = 0;

  bool operator==(const token_changed&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, token_changed& x) {
  return f(x.code);
}

/// All tokens, unless they are those that the sender knows.
struct read_tokens {
  std::uint64_t known = 0; ///< `tokens_read::revision` of what is known; 0: nothing

  bool operator==(const read_tokens&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, read_tokens& x) {
  return f(x.known);
}

struct tokens_read {
  std::uint64_t revision = 0;       ///< another one after each change; never 0
  std::vector<access_token> tokens; ///< by name; none if `revision` is the known one

  bool operator==(const tokens_read&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, tokens_read& x) {
  return f(x.revision, x.tokens);
}

} // namespace troupe
