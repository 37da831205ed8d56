// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "gateway/access_token.hpp"
#include "gateway/browser_session.hpp"
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

namespace {

/// A door with a session of its token.
struct session_door : door {
  explicit session_door(access_options options = {.required = true}, timestamp expires = {})
      : door{options, {"records:read:notes"}, expires},
        session{make_session(token, today)} {
    keeper.learn({2, {token, session.kept}}, now);
  }

  doorkeeper::decision show(const std::string& cookie, timestamp when = today) {
    http_request x;
    x.peer = peer;
    x.headers = headers;
    x.headers["cookie"] = "a=b; " + cookie + "; c=d";
    return keeper.decide(x, permission::records_read, "notes", true, now, when);
  }

  browser_session session;
  decltype(http_request::headers) headers;
};

} // namespace

TEST_CASE("a browser's session is as good as its token, which comes first") {
  session_door x;
  auto answer = x.show("troupe_session=" + x.session.text);
  REQUIRE(answer.what == kind::admitted);
  CHECK(answer.caller->name == "reader");
  x.headers["authorization"] = "Bearer wrong";
  CHECK(x.show("troupe_session=" + x.session.text).what == kind::refused);
}

TEST_CASE("S2 the cookie of a session is not the token and the token is no cookie") {
  session_door x;
  CHECK(x.session.text.find(x.secret.text.substr(7)) == std::string::npos);
  CHECK(x.session.kept.hash != x.session.text);
  CHECK(x.show("troupe_session=" + x.secret.text).what == kind::refused);
  CHECK(x.show("troupe_token=" + x.secret.text).what == kind::refused);
  CHECK(x.ask("Bearer " + x.session.text).what == kind::refused);
  CHECK(x.ask("Bearer troupe_" + x.session.text).what == kind::refused);
  auto near = x.session.text;
  near.back() = near.back() == 'a' ? 'b' : 'a';
  CHECK(x.show("troupe_session=" + near).what == kind::refused);
}

TEST_CASE("S2 a session ends with its token and by itself and after its time") {
  session_door x;
  const auto cookie = "troupe_session=" + x.session.text;
  CHECK(x.show(cookie, today + session_time - 1us).what == kind::admitted);
  CHECK(x.show(cookie, today + session_time).why.text.find("expired") != std::string::npos);
  x.keeper.learn({3, {x.token}}, x.now); // signed out
  CHECK(x.show(cookie).what == kind::refused);
  x.keeper.learn({4, {x.session.kept}}, x.now); // the token was revoked
  CHECK(x.show(cookie).what == kind::refused);

  session_door brief{{.required = true}, today + 1h};
  CHECK(brief.session.kept.expires_at == today + 1h);
  CHECK(brief.show("troupe_session=" + brief.session.text, today + 1h).what == kind::refused);
}

TEST_CASE("S2 over HTTPS only the cookie counts that no other host can set") {
  session_door plain;
  CHECK(plain.show("__Host-troupe_session=" + plain.session.text).what == kind::refused);
  session_door x{{.required = true, .tls = true}};
  CHECK(x.show("__Host-troupe_session=" + x.session.text).what == kind::admitted);
  CHECK(x.show("troupe_session=" + x.session.text).what == kind::refused);
}

TEST_CASE("S2 a proxy is believed that its caller speaks HTTPS only if the file says so") {
  for (const bool trusted : {false, true}) {
    session_door x{{.required = true, .trust_forwarded_proto = trusted}};
    x.headers["x-forwarded-proto"] = "https";
    const auto secure = x.show("__Host-troupe_session=" + x.session.text);
    CHECK((secure.what == kind::admitted) == trusted);
    x.headers["x-forwarded-proto"] = "http";
    CHECK(x.show("troupe_session=" + x.session.text).what == kind::admitted);
  }
}

TEST_CASE("S-15 what was begun in a session ends with it") {
  session_door x;
  const auto decision = x.show("troupe_session=" + x.session.text);
  CHECK(decision.session == x.session.kept.id);
  const auto goes_on = [&](timestamp when = today) {
    return x.keeper.still_admits(x.token, decision.session, permission::records_read, "notes",
                                 when);
  };
  CHECK(goes_on());
  CHECK_FALSE(goes_on(today + session_time));
  x.keeper.learn({3, {x.token}}, x.now); // signed out
  CHECK_FALSE(goes_on());
  CHECK(x.keeper.still_admits(x.token, "", permission::records_read, "notes", today));
}

TEST_CASE("S-15 odd cookies are nobody's") {
  session_door x;
  const auto& text = x.session.text;
  for (const auto& cookie :
       {"troupe_session=\"" + text + "\"", "troupe_session=" + text + "x",
        "troupe_session=" + text.substr(1), "troupe_session =" + text, "Troupe_session=" + text,
        "troupe_session=" + std::string(15'000, 'a'), std::string{"troupe_session="},
        "troupe_session=nonsense; troupe_session=" + text, "xtroupe_session=" + text})
    CHECK(x.show(cookie).what == kind::refused);
  // Of several of one name the first counts: browsers send the most special one first.
  CHECK(x.show("troupe_session=" + text + "; troupe_session=nonsense").what == kind::admitted);
}

TEST_CASE("S-15 one address has only so many sessions looked up that nobody knows") {
  session_door x;
  http_request request;
  request.peer = x.peer;
  int looked_up = 0;
  for (int i = 0; i < 100; ++i) {
    request.headers["cookie"] = "troupe_session=" + make_session(x.token, today).text;
    looked_up += x.keeper.may_be_new(request, x.now);
  }
  CHECK(looked_up == static_cast<int>(doorkeeper::failures_max));
  request.headers["cookie"] = "troupe_session=" + x.session.text;
  CHECK_FALSE(x.keeper.may_be_new(request, x.now)); // it is known
  CHECK(x.keeper.identify(request, today));
  request.headers["cookie"] = "troupe_session=nonsense";
  request.peer = "another";
  CHECK_FALSE(x.keeper.may_be_new(request, x.now));
}

TEST_CASE("a session that is not known yet has the tokens read again") {
  session_door x;
  auto other = make_session(x.token, today);
  http_request request;
  request.headers["cookie"] = "troupe_session=" + other.text;
  CHECK(x.keeper.decide(request, permission::any, "", false, x.now, today).what == kind::unknown);
  request.headers["cookie"] = "troupe_session=nonsense";
  CHECK(x.keeper.decide(request, permission::any, "", false, x.now, today).what == kind::refused);
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

TEST_CASE("S-18 each token may send so many bytes in bodies and still ask for what needs none") {
  door x{{.required = true, .byte_rate = 1000, .byte_burst = 2000}};
  http_request upload;
  upload.peer = x.peer;
  upload.headers["authorization"] = "Bearer " + x.secret.text;
  const auto send = [&](const std::string& length) {
    upload.headers["content-length"] = length;
    return x.keeper.decide(upload, permission::any, "", true, x.now, today);
  };
  CHECK(send("1500").what == kind::admitted);
  CHECK(send("1500").what == kind::admitted); // there was some: the rest is owed
  auto refused = send("1");
  CHECK(refused.why.code == errc::rate_limited);
  CHECK(header(refused, "Retry-After") == "2"); // 1001 bytes
  CHECK(header(refused, "RateLimit-Policy") == R"("bytes";q=2000;w=2;qu="content-bytes")");
  CHECK(header(refused, "RateLimit") == R"("bytes";r=0;t=2)");
  CHECK(send("0").what == kind::admitted);
  CHECK(x.ask_rightly().what == kind::admitted);
  x.now += 1002ms;
  CHECK(send("1").what == kind::admitted);

  // One of unknown length is charged when it has come.
  x.now += 10s;
  upload.headers["transfer-encoding"] = "chunked";
  CHECK(send("").what == kind::admitted);
  x.keeper.charge(x.token, 5000, x.now);
  CHECK(send("").why.code == errc::rate_limited);
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
    return x.keeper.still_admits(token, "", permission::records_read, "notes", when);
  };
  CHECK(admits(x.token));
  CHECK_FALSE(admits(x.token, today + 1h)); // expired
  CHECK_FALSE(x.keeper.still_admits(x.token, "", permission::records_read, "people", today));
  auto other = x.token;
  other.scopes = {"jobs:read"};
  x.keeper.learn({2, {other}}, x.now); // may less than before
  CHECK_FALSE(admits(x.token));
  x.keeper.learn({3, {}}, x.now); // revoked
  CHECK_FALSE(admits(x.token));
}

} // namespace doorkeeper_test
