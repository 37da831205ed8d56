// SPDX-License-Identifier: Apache-2.0
#include "gateway/doorkeeper.hpp"

#include <cmath>

#include "gateway/access_token.hpp"

namespace troupe {

namespace {

constexpr std::string_view challenge = R"(Bearer realm="troupe")";

std::string_view trim(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos)
    return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

bool is_bearer(std::string_view scheme) {
  constexpr std::string_view wanted = "bearer";
  if (scheme.size() != wanted.size())
    return false;
  for (std::size_t i = 0; i < wanted.size(); ++i)
    if ((scheme[i] | 0x20) != wanted[i])
      return false;
  return true;
}

std::string_view cookie_in(std::string_view header, std::string_view name) {
  while (!header.empty()) {
    const auto end = std::min(header.find(';'), header.size());
    const auto pair = trim(header.substr(0, end));
    header.remove_prefix(std::min(end + 1, header.size()));
    const auto equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == name)
      return pair.substr(equals + 1);
  }
  return {};
}

std::string whole_seconds(std::chrono::duration<double> x) {
  return std::to_string(static_cast<std::uint64_t>(std::max(1.0, std::ceil(x.count()))));
}

bool is_over(const access_token& x, timestamp wall_clock) {
  return x.expires_at != timestamp{} && wall_clock >= x.expires_at;
}

} // namespace

std::string_view token_in(const http_request& x) {
  const auto header = trim(x.header("authorization"));
  if (const auto space = header.find(' '); space != std::string_view::npos)
    return is_bearer(header.substr(0, space)) ? trim(header.substr(space)) : std::string_view{};
  return header.empty() ? cookie_in(x.header("cookie"), token_cookie) : std::string_view{};
}

void doorkeeper::learn(const tokens_read& x, time_point now) {
  read_at_ = now;
  if (x.revision == revision_)
    return;
  revision_ = x.revision;
  std::map<std::string, holder, std::less<>> fresh;
  for (const auto& token : x.tokens) {
    auto kept = std::make_shared<const access_token>(token);
    // What it has used up stays used up.
    const auto known = holders_.find(token.id);
    auto bucket = known != holders_.end()
                    ? known->second.bucket
                    : token_bucket{std::max(options_.rate, 1.0), options_.burst, now};
    fresh.emplace(token.id, holder{std::move(kept), bucket});
  }
  holders_ = std::move(fresh);
}

doorkeeper::holder* doorkeeper::find(std::string_view text) {
  const auto id = token_id(text);
  if (!id)
    return nullptr;
  const auto hash = token_hash(text);
  const auto found = holders_.find(*id);
  return found != holders_.end() && same_hash(found->second.token->hash, hash) ? &found->second
                                                                               : nullptr;
}

std::shared_ptr<const access_token> doorkeeper::identify(const http_request& x,
                                                         timestamp wall_clock) {
  const auto* found = find(token_in(x));
  return found && !is_over(*found->token, wall_clock) ? found->token : nullptr;
}

bool doorkeeper::still_admits(const access_token& x, permission wanted, std::string_view target,
                              timestamp wall_clock) const {
  const auto found = holders_.find(x.id);
  return found != holders_.end() && found->second.token->hash == x.hash
         && !is_over(*found->second.token, wall_clock)
         && grants(found->second.token->scopes, wanted, target);
}

doorkeeper::decision doorkeeper::decide(const http_request& x, permission wanted,
                                        std::string_view target, bool fresh, time_point now,
                                        timestamp wall_clock) {
  using kind = decision::kind;
  if (!options_.required || wanted == permission::open)
    return {kind::admitted, nullptr, {}, {}};
  const auto text = token_in(x);
  if (text.empty())
    return {kind::refused,
            nullptr,
            {errc::unauthenticated, "this needs a token: Authorization: Bearer TOKEN"},
            {{"WWW-Authenticate", std::string{challenge}}}};
  if (revision_ == 0 || now - read_at_ > trust) {
    if (!fresh)
      return {kind::unknown, nullptr, {}, {}};
    return {kind::refused,
            nullptr,
            {errc::unavailable, "tokens cannot be checked now, because the database does not "
                                "answer"},
            {}};
  }
  auto* found = find(text);
  if (!found) {
    if (!fresh && token_id(text) && !has_failed_often(x.peer, now))
      return {kind::unknown, nullptr, {}, {}};
    return refuse_token(x, {errc::unauthenticated, "there is no such token"}, now);
  }
  if (is_over(*found->token, wall_clock))
    return refuse_token(x, {errc::unauthenticated, "the token has expired"}, now);
  return let_in(*found, wanted, target, now);
}

doorkeeper::decision doorkeeper::let_in(holder& x, permission wanted, std::string_view target,
                                        time_point now) {
  using kind = decision::kind;
  decision answer{kind::admitted, x.token, {}, {}};
  if (options_.rate > 0) {
    const auto taken = x.bucket.take(now);
    add_rate(answer, x.bucket, !taken);
    if (!taken) {
      answer.what = kind::refused;
      answer.why = {errc::rate_limited, "too many requests with this token"};
      return answer;
    }
  }
  if (!grants(x.token->scopes, wanted, target)) {
    answer.what = kind::refused;
    answer.why = {errc::forbidden, "this needs a token with the scope " + scope_of(wanted, target)};
    answer.headers.emplace_back("WWW-Authenticate",
                                std::string{challenge} + R"(, error="insufficient_scope")");
  }
  return answer;
}

doorkeeper::decision doorkeeper::refuse_token(const http_request& x, error why, time_point now) {
  if (failures_.size() >= peers_max) {
    std::erase_if(failures_, [now](const auto& entry) {
      auto bucket = entry.second;
      return bucket.full(now);
    });
    if (failures_.size() >= peers_max)
      failures_.clear();
  }
  auto& failures
    = failures_.try_emplace(x.peer, failures_a_second, failures_max, now).first->second;
  using kind = decision::kind;
  if (!failures.take(now))
    return {kind::refused,
            nullptr,
            {errc::rate_limited, "too many wrong tokens came from this address"},
            {{"Retry-After", whole_seconds(failures.until_next())}}};
  return {kind::refused,
          nullptr,
          std::move(why),
          {{"WWW-Authenticate", std::string{challenge} + R"(, error="invalid_token")"}}};
}

bool doorkeeper::has_failed_often(const std::string& peer, time_point now) {
  const auto found = failures_.find(peer);
  return found != failures_.end() && !found->second.any(now);
}

// draft-ietf-httpapi-ratelimit-headers-10. Of a bucket, the window is the time that fills it.
void doorkeeper::add_rate(decision& x, const token_bucket& bucket, bool refused) const {
  const auto window = whole_seconds(std::chrono::duration<double>{options_.burst / options_.rate});
  const auto quota = static_cast<std::uint64_t>(options_.burst);
  const auto reset = whole_seconds(refused ? bucket.until_next() : bucket.until_full());
  x.headers.emplace_back("RateLimit-Policy",
                         "\"token\";q=" + std::to_string(quota) + ";w=" + window);
  x.headers.emplace_back("RateLimit",
                         "\"token\";r=" + std::to_string(static_cast<std::uint64_t>(bucket.left()))
                           + ";t=" + reset);
  if (refused)
    x.headers.emplace_back("Retry-After", reset);
}

} // namespace troupe
