// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
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

/// The session of a browser is kept like a token, by a name that no person can give one:
/// "session/", the id of the token that it is of, "/", its own id.
inline constexpr std::string_view session_prefix = "session/";

/// The id of the token that a session is of, by the name that it is kept by; nothing: this is the
/// name of a token.
inline std::optional<std::string_view> session_owner(std::string_view name) {
  if (!name.starts_with(session_prefix))
    return std::nullopt;
  name.remove_prefix(session_prefix.size());
  return name.substr(0, name.find('/'));
}

/// Keep a new token, or a new session of one: then sessions that are over by its `created_at` are
/// forgotten, and the oldest of its token's if there are `limits::token_sessions_max`. Durable.
struct create_token {
  access_token token;

  bool operator==(const create_token&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, create_token& x) {
  return f(x.token);
}

/// Forget a token with its sessions, or a session. Gateways learn of it within seconds. Durable.
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
  /// `unknown_token` to `revoke_token`, and to `create_token` if a session's token is gone.
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
