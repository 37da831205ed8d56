// SPDX-License-Identifier: Apache-2.0
#include "gateway/browser_session.hpp"

#include <algorithm>

#include "gateway/access_token.hpp"

namespace troupe {

namespace {

constexpr std::string_view token_prefix = "troupe_";

} // namespace

browser_session make_session(const access_token& token, timestamp now) {
  // As hard to guess as a token, but without what tokens begin with: it is good in a cookie only.
  const auto made = make_token();
  browser_session x;
  x.text = made.text.substr(token_prefix.size());
  const timestamp latest = now + session_time;
  x.kept = {std::string{session_prefix} + token.id + "/" + made.id,
            made.id,
            token_hash(x.text),
            token.scopes,
            now,
            token.expires_at == timestamp{} ? latest : std::min(latest, token.expires_at)};
  return x;
}

std::optional<std::string_view> session_id(std::string_view text) {
  // The same form, so that what is no session is found out before anything is looked up.
  const auto id = token_id(std::string{token_prefix} + std::string{text});
  return id ? std::optional{text.substr(0, id->size())} : std::nullopt;
}

std::string_view session_cookie(bool secure) {
  return secure ? "__Host-troupe_session" : "troupe_session";
}

} // namespace troupe
