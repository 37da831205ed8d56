// SPDX-License-Identifier: Apache-2.0
#include "gateway/gateway_access.hpp"

#include <spdlog/spdlog.h>
#include <utility>

#include "actors/thread_unit.hpp"
#include "gateway/ask.hpp"
#include "gateway/browser_session.hpp"
#include "gateway/content_coding.hpp"
#include "gateway/job_json.hpp"
#include "gateway/media_type.hpp"
#include "gateway/problem.hpp"

namespace troupe {

namespace {

// How soon a token that was revoked, and TLS files that were replaced, are noticed.
constexpr milliseconds look_interval{2000};

// Calls that wait for tokens to be read.
constexpr std::size_t waiting_max = 1000;

std::array<std::filesystem::file_time_type, 2> times_of(const http_tls_files& files) {
  std::error_code missing; // its time is the smallest there is
  return {std::filesystem::last_write_time(files.certificate, missing),
          std::filesystem::last_write_time(files.key, missing)};
}

json describe(const access_token* token, bool required) {
  json x{{"auth", required}, {"authenticated", !required || token}};
  if (token) {
    x["name"] = token->name;
    x["scopes"] = token->scopes;
    if (token->expires_at != timestamp{})
      x["expires_at"] = time_or_null(token->expires_at);
  } else {
    x["scopes"] = required ? json::array() : json::array({"admin"});
  }
  return x;
}

http_response session_response(const access_token* token, bool required) {
  return {200,
          {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}},
          to_line(describe(token, required))};
}

std::string cookie(std::string_view value, bool secure, const std::string& max_age) {
  auto text = std::string{session_cookie(secure)} + "=" + std::string{value}
              + "; Path=/; HttpOnly; SameSite=Strict";
  if (secure)
    text += "; Secure";
  return text + max_age;
}

} // namespace

bool http_call::may(permission wanted, std::string_view target) const {
  return !caller || grants(caller->scopes, wanted, target);
}

std::vector<std::string> http_call::targets(permission wanted) const {
  if (!caller)
    return {};
  auto some = targets_of(caller->scopes, wanted);
  if (!some)
    return {};
  // Whoever may do it with none must not be taken for one who may with all: no name has a '/'.
  return some->empty() ? std::vector<std::string>{"/"} : std::move(*some);
}

void gateway_state::start_access() {
  access_ = std::make_shared<gateway_access>(options_.access);
  access_->files = times_of(options_.http.tls);
  if (access_->keeper.required() || !options_.http.tls.certificate.empty())
    self_->delayed_send(self_, look_interval, caf::update_atom_v);
  if (access_->keeper.required())
    self_
      ->request(options_.receptionist, options_.request_timeout,
                subscribe_name{"repository", caf::actor_cast<caf::strong_actor_ptr>(self_)})
      .then([](caf::ok_atom) {}, [this](caf::error& why) { self_->quit(std::move(why)); });
}

void gateway_state::meet_repository(const named_actor& who) {
  access_->repository
    = who.actor ? caf::actor_cast<repository_actor>(who.actor) : repository_actor{};
  if (who.actor)
    read_tokens_now();
}

void gateway_state::look_around() {
  self_->delayed_send(self_, look_interval, caf::update_atom_v);
  if (access_->keeper.required())
    read_tokens_now();
  if (options_.http.tls.certificate.empty())
    return;
  const auto times = times_of(options_.http.tls);
  if (times == access_->files)
    return;
  access_->files = times; // of broken files, too: they are read once
  if (auto loaded = server_->reload_tls(); loaded)
    spdlog::info("the new files of HTTPS are in use");
  else
    spdlog::error("the new files of HTTPS cannot be used, the old ones are: {}",
                  loaded.error().text);
}

void gateway_state::enter(http_call call, std::size_t number, bool fresh) {
  const auto& entered = routes()[number];
  // The collection or queue is the first name in a pattern that has one.
  const bool targeted = entered.pattern.find("{collection}") != std::string_view::npos
                        || entered.pattern.find("{queue}") != std::string_view::npos;
  const auto target = targeted ? std::string_view{call.values.front()} : std::string_view{};
  auto answer = access_->keeper.decide(call.request(), entered.needs, target, fresh,
                                       self_->clock().now(), options_.env.now());
  using kind = doorkeeper::decision::kind;
  if (answer.what == kind::unknown)
    return wait_for_tokens(std::move(call), number);
  for (auto& [key, value] : answer.headers)
    call.exchange->add_header(std::move(key), std::move(value));
  if (answer.what == kind::admitted || answer.why.code == errc::forbidden)
    audit(call, number, answer.caller, answer.what == kind::refused);
  if (answer.what == kind::refused)
    return call.refuse(answer.why);
  call.caller = std::move(answer.caller);
  call.session = std::move(answer.session);
  auto parameters = rules_[number].read(call.request());
  if (!parameters)
    return call.refuse(parameters.error());
  call.parameters = std::move(*parameters);
  if (entered.text.body.empty() && call.exchange->lacks_body())
    return call.refuse({errc::invalid_argument, "this takes no body"});
  if (auto refused = wrong_content(call.request(), entered.text.body))
    return call.answer(std::move(*refused));
  auto admitted = std::make_shared<admitted_call>(admitted_call{std::move(call), number});
  if (!admitted->call.exchange->lacks_body())
    return run(admitted);
  // Only now is it worth its memory.
  auto& exchange = *admitted->call.exchange;
  exchange.read_body([admitted, unit = unit_, owner = caf::weak_actor_ptr{self_->ctrl()}] {
    if (auto gateway = caf::actor_cast<caf::strong_actor_ptr>(owner))
      unit->send(gateway, admitted);
  });
}

void gateway_state::audit(const http_call& call, std::size_t number,
                          const std::shared_ptr<const access_token>& caller, bool refused) const {
  const auto& x = routes()[number];
  const described_route route{x.method, x.pattern, x.needs, x.text};
  if (!is_audited(options_.audit, route)
      || (refused && !access_->refused_lines.take(self_->clock().now())))
    return;
  // Of what needs no token, too.
  auto who = caller ? caller : access_->keeper.identify(call.request(), options_.env.now());
  call.exchange->audit(
    [route, who = std::move(who), asked = call.exchange.get()](const http_response& answer) {
      spdlog::info("{}", audit_line(route, who.get(), asked->request(), answer));
    });
}

void gateway_state::run(const admitted_call_ptr& x) {
  auto& call = x->call;
  const auto& request = call.request();
  if (const auto sent = request.body.size(); call.caller && sent > announced_bytes(request))
    access_->keeper.charge(*call.caller, sent - announced_bytes(request), self_->clock().now());
  if (auto wrong = decode_body(call.exchange->request(), options_.http.body_bytes_max))
    return call.refuse(*wrong);
  (this->*routes()[x->route].run)(call);
}

void gateway_state::wait_for_tokens(http_call call, std::size_t number) {
  if (access_->arriving.size() >= waiting_max)
    return call.refuse({errc::overloaded, "too many tokens are being checked; try again soon"});
  if (!access_->repository)
    return enter(std::move(call), number, true);
  ++open_;
  access_->arriving.push_back({std::move(call), number});
  read_tokens_now();
}

void gateway_state::read_tokens_now() {
  auto& access = *access_;
  if (access.reading || !access.repository)
    return;
  access.reading = true;
  access.waiting = std::exchange(access.arriving, {});
  self_->request(access.repository, options_.request_timeout, read_tokens{access.keeper.revision()})
    .then(
      [this](const tokens_read& x) {
        access_->keeper.learn(x, self_->clock().now());
        end_reading();
      },
      [this](const caf::error& why) {
        spdlog::warn("the tokens cannot be read: {}", from_caf(why).text);
        open_ -= access_->waiting.size();
        for (auto& x : std::exchange(access_->waiting, {}))
          x.call.refuse({errc::unavailable, "tokens cannot be checked now: " + from_caf(why).text});
        end_reading();
      });
}

void gateway_state::end_reading() {
  access_->reading = false;
  open_ -= access_->waiting.size();
  for (auto& x : std::exchange(access_->waiting, {}))
    enter(std::move(x.call), x.route, true);
  if (!access_->arriving.empty())
    read_tokens_now();
}

// -- the session of a browser, which cannot send Authorization with everything -------------------

void gateway_state::get_session(http_call& call) {
  auto& keeper = access_->keeper;
  const auto describe_caller = [this](const http_call& asked) {
    const auto& known = access_->keeper;
    const auto token = access_->keeper.identify(asked.request(), options_.env.now());
    return session_response(token.get(), known.required());
  };
  // It may have begun at another gateway a moment ago.
  if (!access_->repository || !keeper.may_be_new(call.request(), self_->clock().now()))
    return call.answer(describe_caller(call));
  ask<tokens_read>(std::move(call), access_->repository, options_.request_timeout,
                   read_tokens{keeper.revision()},
                   [this, describe_caller](const http_call& asked, const tokens_read& x) {
                     access_->keeper.learn(x, self_->clock().now());
                     return describe_caller(asked);
                   });
}

void gateway_state::begin_session(http_call& call) {
  auto& access = *access_;
  auto response = session_response(call.caller.get(), access.keeper.required());
  // Where no tokens are needed there is nothing to keep; who has a session goes on with it.
  if (!call.caller || token_in(call.request()).empty())
    return call.answer(std::move(response));
  if (!access.repository)
    return call.refuse({errc::unavailable, "sessions cannot be kept now; try again soon"});
  const auto now = options_.env.now();
  const auto made = make_session(*call.caller, now);
  const auto left
    = std::chrono::duration_cast<std::chrono::seconds>(made.kept.expires_at - now).count();
  response.headers.emplace_back("Set-Cookie",
                                cookie(made.text, access.keeper.is_secure(call.request()),
                                       "; Max-Age=" + std::to_string(left)));
  ask<token_changed>(
    std::move(call), access.repository, options_.request_timeout, create_token{made.kept},
    [this, response = std::move(response)](const http_call&, const token_changed& x) {
      const auto code = static_cast<errc>(x.code);
      read_tokens_now(); // the next request has it
      if (code == errc::none)
        return response;
      return code == errc::unknown_token
               ? problem({errc::unauthenticated, "the token was revoked"})
               : problem({code, "there are too many sessions of browsers; those "
                                "that are not used end by themselves"});
    });
}

void gateway_state::end_session(http_call& call) {
  auto& access = *access_;
  http_response gone{
    204, {{"Set-Cookie", cookie({}, access.keeper.is_secure(call.request()), "; Max-Age=0")}}, {}};
  auto ended = access.keeper.session_of(call.request());
  if (ended.empty() || !access.repository)
    return call.answer(std::move(gone));
  ask<token_changed>(std::move(call), access.repository, options_.request_timeout,
                     revoke_token{std::move(ended)},
                     [this, gone = std::move(gone)](const http_call&, const token_changed&) {
                       read_tokens_now(); // here it has ended, elsewhere in seconds
                       return gone;       // if another request has ended it, it has ended
                     });
}

} // namespace troupe
