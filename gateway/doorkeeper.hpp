// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/http.hpp"
#include "gateway/known_hosts.hpp"
#include "gateway/permission.hpp"
#include "gateway/token_bucket.hpp"
#include "messages/access.hpp"

namespace troupe {

struct access_options {
  bool required = false;              ///< tokens are needed
  double rate = 0;                    ///< requests a second of one token; 0: any number
  double burst = 1;                   ///< and at once
  double byte_rate = 0;               ///< bytes of bodies a second of one token; 0: any number
  double byte_burst = 1;              ///< and at once
  known_hosts hosts{};                ///< that requests may be for
  bool tls = false;                   ///< the gateway speaks HTTPS itself
  bool trust_forwarded_proto = false; ///< a proxy before it says whether its caller does
};

/// Decides who may do what. Knows all tokens and the sessions of browsers by heart, as they were
/// read last.
///
/// Whoever sends many wrong tokens gets 429 instead of 401 in the end, by address; right tokens
/// from there are still taken, for many people may come through one proxy.
class doorkeeper {
public:
  using time_point = token_bucket::time_point;

  /// For how long it trusts what it knows when it cannot read the tokens.
  static constexpr std::chrono::seconds trust{60};
  /// Wrong tokens of one address: at once, and a second.
  static constexpr double failures_max = 10;
  static constexpr double failures_a_second = 1;
  /// Addresses that it remembers wrong tokens of.
  static constexpr std::size_t peers_max = 10'000;

  explicit doorkeeper(access_options options) : options_{options} {}

  bool required() const noexcept { return options_.required; }

  /// What it knows, for `read_tokens`.
  std::uint64_t revision() const noexcept { return revision_; }

  /// Takes notice of all tokens. What was read just now.
  void learn(const tokens_read& x, time_point now);

  struct decision {
    enum class kind : std::uint8_t {
      admitted,
      refused,
      unknown, ///< read the tokens, and ask again
    };
    kind what = kind::refused;
    std::shared_ptr<const access_token> caller; ///< of `admitted`; null: no token was needed
    std::string session;                        ///< the id of its session; empty: it has none
    error why;                                  ///< of `refused`
    std::vector<std::pair<std::string, std::string>> headers; ///< for the answer, in any case
  };

  /// Whether a request may do what its route needs. `fresh`: the tokens were read since it came.
  decision decide(const http_request& x, permission wanted, std::string_view target, bool fresh,
                  time_point now, timestamp wall_clock);

  /// A token has sent so many bytes more than its request said.
  void charge(const access_token& x, std::size_t bytes, time_point now);

  /// Whether what was begun with this token, in this session if it is not empty, may go on.
  bool still_admits(const access_token& x, std::string_view session, permission wanted,
                    std::string_view target, timestamp wall_clock) const;

  /// Whose token or session a request has; null: nobody's. Costs the caller nothing.
  std::shared_ptr<const access_token> identify(const http_request& x, timestamp wall_clock);

  /// Whether a request has what may be a token or session that was made since the tokens were read.
  /// Of one address only so many are looked up.
  bool may_be_new(const http_request& x, time_point now);

  /// The name that the session of a request is stored by; empty: it has none.
  std::string session_of(const http_request& x) const;

  /// Whether a request came over TLS all the way, as far as this gateway can know.
  bool is_secure(const http_request& x) const;

private:
  /// What answers say of a bucket.
  struct rate_policy {
    std::string_view name;
    std::string_view unit; ///< as a parameter; empty: requests
    double rate;
    double burst;
  };

  struct holder {
    std::shared_ptr<const access_token> token;
    token_bucket bucket;
    token_bucket bytes;
  };

  /// What is known of the token or session that a request has.
  struct credential {
    std::string_view text; ///< empty: it has none
    bool cookie = false;   ///< a session
    std::string session;   ///< its id, if it is known
    timestamp expires_at{};
    holder* found = nullptr; ///< null: nothing

    /// Whether the text looks like one.
    bool possible() const;
  };

  std::string_view cookie_of(const http_request& x) const;
  const access_token* find_session(std::string_view text) const;
  credential find(const http_request& x);
  decision let_in(holder& x, const http_request& request, permission wanted,
                  std::string_view target, time_point now);
  bool limit_rates(decision& x, holder& of, const http_request& request, time_point now) const;
  decision refuse_token(const http_request& x, error why, time_point now);
  token_bucket& failures_of(const std::string& peer, time_point now);
  bool has_failed_often(const std::string& peer, time_point now);
  static void add_rate(decision& x, const rate_policy& policy, const token_bucket& bucket);

  access_options options_;
  std::uint64_t revision_ = 0; // 0: nothing was read yet
  time_point read_at_{};
  std::map<std::string, holder, std::less<>> holders_;        // by the id of their token
  std::map<std::string, access_token, std::less<>> sessions_; // by their id
  std::map<std::string, token_bucket> failures_;              // by address
};

/// How long its body is, if its head says so; 0: it has none, or does not say.
std::size_t announced_bytes(const http_request& x);

/// The token in a request's Authorization; empty: none.
std::string_view token_in(const http_request& x);

} // namespace troupe
