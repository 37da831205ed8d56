// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include "gateway/access_token.hpp"
#include "gateway/doorkeeper.hpp"
#include "gateway/permission.hpp"
#include "tests/fuzz/target.hpp"

/// Authorization in the first line, a cookie in the second, a scope in the third.
namespace token_target {

using namespace troupe;
using fuzz::require;

namespace {

constexpr timestamp wall_clock{std::chrono::seconds{1'767'225'600}};
const std::string good = "troupe_" + std::string(12, 'i') + std::string(43, 's');
const std::string old = "troupe_" + std::string(12, 'o') + std::string(43, 's');

tokens_read tokens() {
  tokens_read all;
  all.revision = 1;
  all.tokens.push_back({"ann", std::string(12, 'i'), token_hash(good), {"records:read"}, {}, {}});
  all.tokens.push_back({"ben",
                        std::string(12, 'o'),
                        token_hash(old),
                        {"admin"},
                        {},
                        wall_clock - std::chrono::seconds{1}});
  return all;
}

void check_caller(const http_request& x) {
  doorkeeper keeper{{.required = true}};
  const doorkeeper::time_point now{std::chrono::hours{1}};
  keeper.learn(tokens(), now);
  const auto text = token_in(x);
  const bool right = text == good;
  using kind = doorkeeper::decision::kind;
  const auto reads = keeper.decide(x, permission::records_read, "notes", true, now, wall_clock);
  require((reads.what == kind::admitted) == right, "a right token is let in, and no other");
  require(reads.what != kind::unknown, "with all tokens known it is decided");
  const auto writes = keeper.decide(x, permission::records_write, "notes", true, now, wall_clock);
  require(writes.what == kind::refused, "no token here may write");
  require((keeper.identify(x, wall_clock) != nullptr) == right, "a right token has a holder");
  for (const auto& [name, value] : reads.headers)
    require(value.find_first_of("\r\n") == std::string::npos, "a header is one line");
}

/// "records:read", without what it is for.
std::string scope_name(permission wanted) {
  auto scope = scope_of(wanted, "*");
  return scope.substr(0, scope.find(":*"));
}

void check_scope_text(std::string_view text) {
  const std::vector<std::string> scopes{std::string{text}};
  if (const auto checked = check_scope(text); !checked)
    require(!checked.error().text.empty(), "what is no scope is refused for something");
  for (auto wanted : {permission::records_read, permission::records_write, permission::jobs_read,
                      permission::jobs_enqueue, permission::jobs_work, permission::jobs_change,
                      permission::cluster_read, permission::admin}) {
    const auto granted = grants(scopes, wanted, "notes");
    require(!granted || text.starts_with("admin") || text.starts_with(scope_name(wanted)),
            "a scope is good for what it names");
    require(grants({scope_of(wanted, "notes")}, wanted, "notes"), "the smallest scope is enough");
    const auto targets = targets_of(scopes, wanted);
    require(!granted || !targets || !targets->empty(), "what is granted is for something");
  }
}

void run(std::string_view bytes) {
  http_request x;
  x.peer = "127.0.0.1";
  if (const auto line = fuzz::take_line(bytes); !line.empty())
    x.headers["authorization"] = line;
  x.headers["cookie"] = fuzz::take_line(bytes);
  check_caller(x);
  check_scope_text(fuzz::take_line(bytes));
}

const fuzz::known_target known{"token", run};

} // namespace

} // namespace token_target
