// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "gateway/access_token.hpp"
#include "gateway/doorkeeper.hpp"

namespace doorkeeper_test {

using namespace troupe;
using namespace std::chrono_literals;
using kind = doorkeeper::decision::kind;

namespace {

const doorkeeper::time_point start{1h};
const timestamp today{1'800'000'000s};

/// A doorkeeper who knows one token.
struct door {
  explicit door(access_options options = {.required = true},
                std::vector<std::string> scopes = {"records:read:notes"}, timestamp expires = {})
      : keeper{options},
        token{"reader", secret.id, secret.hash, std::move(scopes), today, expires} {
    keeper.learn({1, {token}}, now);
  }

  doorkeeper::decision ask(const std::string& authorization, bool fresh = true,
                           permission wanted = permission::records_read,
                           std::string_view target = "notes") {
    http_request x;
    x.peer = peer;
    if (!authorization.empty())
      x.headers["authorization"] = authorization;
    return keeper.decide(x, wanted, target, fresh, now, today);
  }

  doorkeeper::decision ask_rightly(permission wanted = permission::records_read,
                                   std::string_view target = "notes") {
    return ask("Bearer " + secret.text, true, wanted, target);
  }

  doorkeeper::time_point now = start;
  std::string peer = "10.0.0.1";
  token_text secret = make_token();
  doorkeeper keeper;
  access_token token;
};

std::string header(const doorkeeper::decision& x, std::string_view name) {
  for (const auto& [key, value] : x.headers)
    if (key == name)
      return value;
  return {};
}

} // namespace

TEST_CASE("who has the right token comes in") {
  door x;
  auto answer = x.ask_rightly();
  CHECK(answer.what == kind::admitted);
  REQUIRE(answer.caller);
  CHECK(answer.caller->name == "reader");
  CHECK(x.ask("bearer   " + x.secret.text + " ").what == kind::admitted);
}

TEST_CASE("a browser's cookie is as good as Authorization, which comes first") {
  door x;
  http_request request;
  request.headers["cookie"] = "a=b; troupe_token=" + x.secret.text + "; c=d";
  auto ask = [&] {
    return x.keeper.decide(request, permission::records_read, "notes", true, x.now, today).what;
  };
  CHECK(ask() == kind::admitted);
  request.headers["authorization"] = "Bearer wrong";
  CHECK(ask() == kind::refused);
}

TEST_CASE("S2 without a token nobody comes in, and is told how") {
  door x;
  for (const auto* authorization : {"", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz"}) {
    CAPTURE(authorization);
    auto answer = x.ask(authorization);
    CHECK(answer.what == kind::refused);
    CHECK(answer.why.code == errc::unauthenticated);
    CHECK(header(answer, "WWW-Authenticate").starts_with("Bearer"));
  }
}

TEST_CASE("S2 a wrong token is refused, however near it is") {
  door x;
  auto near = x.secret.text;
  near.back() = near.back() == 'a' ? 'b' : 'a';
  for (const auto& text : {near, make_token().text, std::string{"x"}, std::string(100'000, 'x'),
                           x.secret.text + ", Bearer " + x.secret.text}) {
    auto answer = x.ask("Bearer " + text);
    CHECK(answer.what == kind::refused);
    CHECK(answer.why.code == errc::unauthenticated);
  }
}

TEST_CASE("S2 a token is good for what its scopes say, and no more") {
  door x;
  CHECK(x.ask_rightly().what == kind::admitted);
  CHECK(x.ask_rightly(permission::any, "").what == kind::admitted);
  for (auto answer :
       {x.ask_rightly(permission::records_read, "other"), x.ask_rightly(permission::records_write),
        x.ask_rightly(permission::admin, "")}) {
    CHECK(answer.what == kind::refused);
    CHECK(answer.why.code == errc::forbidden);
    CHECK(header(answer, "WWW-Authenticate").find("insufficient_scope") != std::string::npos);
  }
}

TEST_CASE("S2 a token is void from the moment it expires") {
  CHECK(door({.required = true}, {"admin"}, today + 1us).ask_rightly().what == kind::admitted);
  door late{{.required = true}, {"admin"}, today};
  auto answer = late.ask_rightly();
  CHECK(answer.why.code == errc::unauthenticated);
  CHECK(answer.why.text.find("expired") != std::string::npos);
}

TEST_CASE("S2 a revoked token is void once that was read") {
  door x;
  CHECK(x.ask_rightly().what == kind::admitted);
  x.keeper.learn({2, {}}, x.now);
  CHECK(x.ask_rightly().why.code == errc::unauthenticated);
}

TEST_CASE("a token that is not known yet has the tokens read again, once") {
  door x;
  auto younger = make_token();
  CHECK(x.ask("Bearer " + younger.text, false).what == kind::unknown);
  CHECK(x.ask("Bearer " + younger.text, true).what == kind::refused);
  x.keeper.learn({2, {x.token, {"younger", younger.id, younger.hash, {"admin"}, today, {}}}},
                 x.now);
  CHECK(x.ask("Bearer " + younger.text, false).what == kind::admitted);
}

TEST_CASE("what cannot be a token has nothing read") {
  door x;
  CHECK(x.ask("Bearer nonsense", false).what == kind::refused);
}

TEST_CASE("S2 whoever sends many wrong tokens is told to wait, and his right one is still taken") {
  door x;
  const auto wrong = "Bearer " + make_token().text;
  for (int i = 0; i < static_cast<int>(doorkeeper::failures_max); ++i)
    CHECK(x.ask(wrong).why.code == errc::unauthenticated);

  auto answer = x.ask(wrong, false); // reads no tokens for them either
  CHECK(answer.what == kind::refused);
  CHECK(answer.why.code == errc::rate_limited);
  CHECK(header(answer, "Retry-After") == "1");
  CHECK(x.ask_rightly().what == kind::admitted);

  x.peer = "10.0.0.2";
  CHECK(x.ask(wrong).why.code == errc::unauthenticated);
  x.peer = "10.0.0.1";
  x.now += 1001ms;
  CHECK(x.ask(wrong).why.code == errc::unauthenticated);
}

TEST_CASE("S2 wrong tokens from ever more addresses are forgotten in time") {
  door x;
  const auto wrong = "Bearer " + make_token().text;
  for (std::size_t i = 0; i < doorkeeper::peers_max + 10; ++i) {
    x.peer = std::to_string(i);
    CHECK(x.ask(wrong).why.code == errc::unauthenticated);
  }
}

TEST_CASE("each token has its rate, and the answers say what is left of it") {
  door x{{.required = true, .rate = 2, .burst = 4}};
  auto answer = x.ask_rightly();
  CHECK(header(answer, "RateLimit-Policy") == R"("token";q=4;w=2)");
  CHECK(header(answer, "RateLimit") == R"("token";r=3;t=1)");
  for (int i = 0; i < 3; ++i)
    CHECK(x.ask_rightly().what == kind::admitted);

  answer = x.ask_rightly();
  CHECK(answer.what == kind::refused);
  CHECK(answer.why.code == errc::rate_limited);
  CHECK(header(answer, "Retry-After") == "1");
  CHECK(header(answer, "RateLimit") == R"("token";r=0;t=1)");
  x.keeper.learn({2, {x.token}}, x.now);
  CHECK(x.ask_rightly().what == kind::refused); // news do not fill it
  x.now += 501ms;
  CHECK(x.ask_rightly().what == kind::admitted);
}

TEST_CASE("tokens that cannot be read are trusted for a minute") {
  door x;
  x.now += doorkeeper::trust;
  CHECK(x.ask_rightly().what == kind::admitted);
  x.now += 1s;
  CHECK(x.ask("Bearer " + x.secret.text, false).what == kind::unknown);
  CHECK(x.ask_rightly().why.code == errc::unavailable);
  x.keeper.learn({1, {}}, x.now); // nothing new
  CHECK(x.ask_rightly().what == kind::admitted);
}

TEST_CASE("before the tokens were read nobody is let in") {
  doorkeeper keeper{{.required = true}};
  http_request x;
  x.headers["authorization"] = "Bearer " + make_token().text;
  auto ask
    = [&](bool fresh) { return keeper.decide(x, permission::admin, "", fresh, start, today); };
  CHECK(ask(false).what == kind::unknown);
  CHECK(ask(true).why.code == errc::unavailable);
}

TEST_CASE("what is open, or a door without tokens, lets everybody in") {
  door x;
  CHECK(x.ask("", true, permission::open, "").what == kind::admitted);
  doorkeeper wide{{}};
  auto answer = wide.decide({}, permission::admin, "", true, start, today);
  CHECK(answer.what == kind::admitted);
  CHECK_FALSE(answer.caller);
}

TEST_CASE("whose token it is can be told") {
  door x;
  http_request request;
  CHECK_FALSE(x.keeper.identify(request, today));
  request.headers["authorization"] = "Bearer " + x.secret.text;
  REQUIRE(x.keeper.identify(request, today));
  CHECK(x.keeper.identify(request, today)->name == "reader");
}

TEST_CASE("S1: what was begun with a token ends with it") {
  door x{{.required = true}, {"records:read:notes"}, today + 1h};
  const auto admits = [&x](const access_token& token, timestamp when = today) {
    return x.keeper.still_admits(token, permission::records_read, "notes", when);
  };
  CHECK(admits(x.token));
  CHECK_FALSE(admits(x.token, today + 1h)); // expired
  CHECK_FALSE(x.keeper.still_admits(x.token, permission::records_read, "people", today));
  auto other = x.token;
  other.scopes = {"jobs:read"};
  x.keeper.learn({2, {other}}, x.now); // may less than before
  CHECK_FALSE(admits(x.token));
  x.keeper.learn({3, {}}, x.now); // revoked
  CHECK_FALSE(admits(x.token));
}

} // namespace doorkeeper_test
