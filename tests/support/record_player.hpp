// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "actors/collection_settings.hpp"
#include "messages/errors.hpp"
#include "messages/record_requests.hpp"
#include "tests/support/record_operation.hpp"

namespace troupe::test {

/// The queue that gets a job for each record that is created in the collection "orders".
inline constexpr std::string_view order_queue = "ordered";

/// The collections that players use:
///
///     registers   get and put
///     versions    put at the version that was seen last
///     lives       create, remove, create again
///     counters    one counter, raised by merge patches: the total at the version that was seen,
///                 and a member of each client without a condition
///     pairs       two records that are put together
///     orders      created once; with a hook
std::vector<collection_settings> played_collections();

/// What a player wants now: to read, to make one change, or a batch of them.
struct record_request {
  get_records read; ///< if there are no changes
  std::vector<change_record> changes;
  std::string idempotency_key; ///< of a batch
};

/// A client that does one thing after another, drawn from a seed, and writes down what it did and
/// was told. Whoever plays it sends its requests.
class record_player {
public:
  /// `clock` tells times for the history; the same clock for all players.
  record_player(std::uint32_t client, std::uint64_t seed, std::function<std::uint64_t()> clock);

  /// The next request, which counts as sent now.
  record_request next();

  // What became of it: one of these before the next one, or none if no answer came.
  void found(const records_found& x);
  void changed(const record_changed& x);
  void changed(const records_changed& x);
  /// An answer that says no, or that it is not known.
  void failed(const error& why);

  const std::vector<record_operation>& history() const noexcept { return history_; }

  /// Answers that must not come, whatever happens.
  const std::vector<std::string>& complaints() const noexcept { return complaints_; }

private:
  std::uint64_t below(std::uint64_t n);
  bool chance(double probability);
  std::string fresh_value();
  const record* seen(const record_key& key) const;

  record_request play_register();
  record_request play_version();
  record_request play_life();
  record_request play_counter();
  record_request play_pair();
  record_request play_order();
  record_request get(const record_key& key) const;
  record_request change(const record_key& key, record_verb verb, std::string body,
                        std::uint64_t expected = 0);

  void begin(const record_key& key, operation_kind kind, std::string value,
             std::uint64_t expected = 0);
  void end(record_operation& x, operation_end how);
  void end_change(record_operation& x, const record_changed& answer);
  void end_failed(record_operation& x, errc code, const std::string& text);
  void complain(const std::string& text);

  std::uint32_t client_;
  std::mt19937_64 random_;
  std::function<std::uint64_t()> clock_;
  std::uint64_t counter_ = 0; // makes values and ids unique
  std::map<record_key, record> seen_;
  std::vector<record_operation> history_;
  std::size_t open_ = 0; // the last so many of the history have no answer yet
  std::vector<std::string> complaints_;
};

/// The key in a history.
std::string history_key(std::string_view collection, std::string_view id);

} // namespace troupe::test
