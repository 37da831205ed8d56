// SPDX-License-Identifier: Apache-2.0
#include "gateway/doorkeeper.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "gateway/access_token.hpp"
#include "gateway/browser_session.hpp"

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

bool is_over(timestamp end, timestamp wall_clock) {
  return end != timestamp{} && wall_clock >= end;
}

} // namespace

std::size_t announced_bytes(const http_request& x) {
  const auto text = x.header("content-length");
  std::size_t bytes = 0;
  std::from_chars(text.data(), text.data() + text.size(), bytes);
  return bytes;
}

std::string_view token_in(const http_request& x) {
  const auto header = trim(x.header("authorization"));
  if (const auto space = header.find(' '); space != std::string_view::npos)
    return is_bearer(header.substr(0, space)) ? trim(header.substr(space)) : std::string_view{};
  return {};
}

void doorkeeper::learn(const tokens_read& x, time_point now) {
  read_at_ = now;
  if (x.revision == revision_)
    return;
  revision_ = x.revision;
  std::map<std::string, holder, std::less<>> fresh;
  sessions_.clear();
  for (const auto& token : x.tokens) {
    if (session_owner(token.name)) {
      sessions_.emplace(token.id, token);
      continue;
    }
    auto kept = std::make_shared<const access_token>(token);
    // What it has used up stays used up.
    const auto known = holders_.find(token.id);
    if (known != holders_.end())
      fresh.emplace(token.id, holder{std::move(kept), known->second.bucket, known->second.bytes});
    else
      fresh.emplace(
        token.id,
        holder{std::move(kept),
               {std::max(options_.rate, 1.0), std::max(options_.burst, 1.0), now},
               {std::max(options_.byte_rate, 1.0), std::max(options_.byte_burst, 1.0), now}});
  }
  holders_ = std::move(fresh);
}

bool doorkeeper::is_secure(const http_request& x) const {
  return options_.tls
         || (options_.trust_forwarded_proto && x.header("x-forwarded-proto") == "https");
}

std::string_view doorkeeper::cookie_of(const http_request& x) const {
  // Authorization comes first, whatever is in it.
  if (!x.header("authorization").empty())
    return {};
  return cookie_in(x.header("cookie"), session_cookie(is_secure(x)));
}

const access_token* doorkeeper::find_session(std::string_view text) const {
  const auto id = session_id(text);
  if (!id)
    return nullptr;
  const auto hash = token_hash(text);
  const auto found = sessions_.find(*id);
  return found != sessions_.end() && same_hash(found->second.hash, hash) ? &found->second : nullptr;
}

bool doorkeeper::credential::possible() const {
  return cookie ? session_id(text).has_value() : token_id(text).has_value();
}

doorkeeper::credential doorkeeper::find(const http_request& x) {
  if (const auto cookie = cookie_of(x); !cookie.empty()) {
    credential known{cookie, true, {}, {}, nullptr};
    if (const auto* session = find_session(cookie)) {
      known.session = session->id;
      const auto owner = holders_.find(session_owner(session->name).value_or(std::string_view{}));
      known.found = owner != holders_.end() ? &owner->second : nullptr;
      known.expires_at = session->expires_at;
    }
    return known;
  }
  credential known{token_in(x), false, {}, {}, nullptr};
  const auto id = token_id(known.text);
  if (!id)
    return known;
  const auto hash = token_hash(known.text);
  if (const auto at = holders_.find(*id);
      at != holders_.end() && same_hash(at->second.token->hash, hash)) {
    known.found = &at->second;
    known.expires_at = at->second.token->expires_at;
  }
  return known;
}

std::string doorkeeper::session_of(const http_request& x) const {
  const auto* found = find_session(cookie_of(x));
  return found ? found->name : std::string{};
}

std::shared_ptr<const access_token> doorkeeper::identify(const http_request& x,
                                                         timestamp wall_clock) {
  const auto known = find(x);
  return known.found && !is_over(known.expires_at, wall_clock) ? known.found->token : nullptr;
}

bool doorkeeper::may_be_new(const http_request& x, time_point now) {
  if (!options_.required)
    return false;
  const auto known = find(x);
  return !known.found && known.possible() && failures_of(x.peer, now).take(now);
}

bool doorkeeper::still_admits(const access_token& x, std::string_view session, permission wanted,
                              std::string_view target, timestamp wall_clock) const {
  if (!session.empty()) {
    const auto known = sessions_.find(session);
    if (known == sessions_.end() || is_over(known->second.expires_at, wall_clock))
      return false;
  }
  const auto found = holders_.find(x.id);
  return found != holders_.end() && found->second.token->hash == x.hash
         && !is_over(found->second.token->expires_at, wall_clock)
         && grants(found->second.token->scopes, wanted, target);
}

doorkeeper::decision doorkeeper::decide(const http_request& x, permission wanted,
                                        std::string_view target, bool fresh, time_point now,
                                        timestamp wall_clock) {
  using kind = decision::kind;
  if (!options_.required || wanted == permission::open)
    return {kind::admitted, nullptr, {}, {}, {}};
  const auto known = find(x);
  if (known.text.empty())
    return {kind::refused,
            nullptr,
            {},
            {errc::unauthenticated, "this needs a token: Authorization: Bearer TOKEN"},
            {{"WWW-Authenticate", std::string{challenge}}}};
  if (revision_ == 0 || now - read_at_ > trust) {
    if (!fresh)
      return {kind::unknown, nullptr, {}, {}, {}};
    return {kind::refused,
            nullptr,
            {},
            {errc::unavailable, "tokens cannot be checked now, because the database does not "
                                "answer"},
            {}};
  }
  if (!known.found) {
    if (!fresh && known.possible() && !has_failed_often(x.peer, now))
      return {kind::unknown, nullptr, {}, {}, {}};
    const auto* why = known.cookie ? "the session has ended" : "there is no such token";
    return refuse_token(x, {errc::unauthenticated, why}, now);
  }
  if (is_over(known.expires_at, wall_clock))
    return refuse_token(
      x,
      {errc::unauthenticated, known.cookie ? "the session has expired" : "the token has expired"},
      now);
  auto answer = let_in(*known.found, x, wanted, target, now);
  answer.session = known.session;
  return answer;
}

doorkeeper::decision doorkeeper::let_in(holder& x, const http_request& request, permission wanted,
                                        std::string_view target, time_point now) {
  using kind = decision::kind;
  decision answer{kind::admitted, x.token, {}, {}, {}};
  if (!limit_rates(answer, x, request, now))
    return answer;
  if (!grants(x.token->scopes, wanted, target)) {
    answer.what = kind::refused;
    answer.why = {errc::forbidden, "this needs a token with the scope " + scope_of(wanted, target)};
    answer.headers.emplace_back("WWW-Authenticate",
                                std::string{challenge} + R"(, error="insufficient_scope")");
  }
  return answer;
}

token_bucket& doorkeeper::failures_of(const std::string& peer, time_point now) {
  if (failures_.size() >= peers_max) {
    std::erase_if(failures_, [now](const auto& entry) {
      auto bucket = entry.second;
      return bucket.full(now);
    });
    if (failures_.size() >= peers_max)
      failures_.clear();
  }
  return failures_.try_emplace(peer, failures_a_second, failures_max, now).first->second;
}

doorkeeper::decision doorkeeper::refuse_token(const http_request& x, error why, time_point now) {
  auto& failures = failures_of(x.peer, now);
  using kind = decision::kind;
  if (!failures.take(now))
    return {kind::refused,
            nullptr,
            {},
            {errc::rate_limited, "too many wrong tokens came from this address"},
            {{"Retry-After", whole_seconds(failures.until_next())}}};
  return {kind::refused,
          nullptr,
          {},
          std::move(why),
          {{"WWW-Authenticate", std::string{challenge} + R"(, error="invalid_token")"}}};
}

bool doorkeeper::has_failed_often(const std::string& peer, time_point now) {
  const auto found = failures_.find(peer);
  return found != failures_.end() && !found->second.any(now);
}

/// False: it is refused.
bool doorkeeper::limit_rates(decision& x, holder& of, const http_request& request,
                             time_point now) const {
  const auto refuse = [&x](const token_bucket& bucket, const char* why) {
    x.what = decision::kind::refused;
    x.why = {errc::rate_limited, why};
    x.headers.emplace_back("Retry-After", whole_seconds(bucket.until_next()));
    return false;
  };
  if (options_.rate > 0) {
    const bool taken = of.bucket.take(now);
    add_rate(x, {"token", "", options_.rate, options_.burst}, of.bucket);
    if (!taken)
      return refuse(of.bucket, "too many requests with this token");
  }
  const bool has_body
    = announced_bytes(request) > 0 || request.headers.contains("transfer-encoding");
  if (options_.byte_rate <= 0 || !has_body)
    return true;
  const auto bytes = static_cast<double>(announced_bytes(request));
  if (of.bytes.take_on_credit(bytes, now))
    return true;
  add_rate(x, {"bytes", ";qu=\"content-bytes\"", options_.byte_rate, options_.byte_burst},
           of.bytes);
  return refuse(of.bytes, "too many bytes in bodies with this token");
}

void doorkeeper::charge(const access_token& x, std::size_t bytes, time_point now) {
  if (const auto found = holders_.find(x.id); found != holders_.end() && options_.byte_rate > 0)
    found->second.bytes.owe(static_cast<double>(bytes), now);
}

// draft-ietf-httpapi-ratelimit-headers-10. Of a bucket, the window is the time that fills it.
void doorkeeper::add_rate(decision& x, const rate_policy& policy, const token_bucket& bucket) {
  const auto window = whole_seconds(std::chrono::duration<double>{policy.burst / policy.rate});
  const auto quota = static_cast<std::uint64_t>(policy.burst);
  const auto left = static_cast<std::uint64_t>(std::max(bucket.left(), 0.0));
  const auto reset = whole_seconds(left == 0 ? bucket.until_next() : bucket.until_full());
  const auto name = "\"" + std::string{policy.name} + "\"";
  x.headers.emplace_back("RateLimit-Policy", name + ";q=" + std::to_string(quota) + ";w=" + window
                                               + std::string{policy.unit});
  x.headers.emplace_back("RateLimit", name + ";r=" + std::to_string(left) + ";t=" + reset);
}

} // namespace troupe
