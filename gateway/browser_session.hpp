// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "messages/access.hpp"

/// What a browser's cookie carries instead of a token: an id that says nothing, and that is good
/// until its reader signs out, its time is over or its token is void.
///
/// Sessions are kept beside the tokens, in the database (messages/access.hpp): so every gateway of
/// the cluster knows them, also after a restart, and there are only hashes of them.
namespace troupe {

/// For how long a session lasts, if its token does.
inline constexpr std::chrono::hours session_time{30 * 24};

struct browser_session {
  std::string text;  ///< for the cookie, to be sent once
  access_token kept; ///< as what it is stored
};

/// A new one of a token. Throws `std::runtime_error` when the system has no entropy.
browser_session make_session(const access_token& token, timestamp now);

/// The id in a session's text; nothing if it is none.
std::optional<std::string_view> session_id(std::string_view text);

/// The name of the cookie. Where everything is encrypted, one that other hosts and plain HTTP
/// cannot set (draft-ietf-httpbis-rfc6265bis, 4.1.3).
std::string_view session_cookie(bool secure);

} // namespace troupe
