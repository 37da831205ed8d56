// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/typed_event_based_actor.hpp>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "actors/cache.hpp"
#include "actors/cache_shards.hpp"
#include "actors/hot_keys.hpp"
#include "actors/key_traffic.hpp"
#include "actors/record_cache.hpp"
#include "actors/request_deadlines.hpp"
#include "messages/errors.hpp"

namespace troupe {

/// What a cache knows and does; cache.cpp is its table of messages. Only its own actor may call it.
class cache_state {
public:
  static inline const char* name = "cache";

  explicit cache_state(cache_shell::pointer self) : self_{self} {}

  // -- names (cache_state.cpp)
  void start(cache_options options);
  void follow(const named_actor& who);
  void down(const caf::down_msg& down);
  void tick();
  cache_described describe() const;

  // -- leases (cache_leases.cpp)
  void end(caf::error reason);

  // -- reads (cache_reads.cpp)
  caf::result<records_found> get(const get_records& request);
  void load_wanted();

  // -- writes (cache_writes.cpp)
  caf::result<records_written> write(write_records& request);
  void invalidate(const invalidate_keys& request);

private:
  using time_point = cache_shards::time_point;

  // Leases are not renewed more often than the actor wakes.
  static constexpr milliseconds tick_min{10};

  /// One collection.
  struct holding {
    collection_settings settings;
    record_cache records;
    std::uint64_t coalesced = 0;
    std::size_t loads = 0; ///< under way
  };

  /// A read that waits for keys.
  struct waiting_read {
    caf::typed_response_promise<records_found> promise;
    records_found answer;
    std::size_t missing = 0;
  };

  /// Somebody whom the receptionist tells about.
  struct link {
    std::string node;
    time_point subscribe_due = time_point::max();
    std::uint32_t failures = 0;
  };

  time_point now() const { return self_->clock().now(); }
  std::optional<std::uint32_t> find_collection(const std::string& collection) const;
  bool is_full(std::size_t more) const;
  static caf::error not_owner();

  // -- names
  void subscribe(const std::string& whom);
  void lose_coordinator();
  void lose_repository();
  void lose_dispatcher();
  milliseconds retry_delay(std::uint32_t& failures);

  std::vector<hot_key> hot_keys_here() const;

  // -- leases
  void renew();
  void renewed(const shards_renewed& answer, time_point sent);
  void renew_failed(const caf::error& why);
  void warm(const std::vector<warm_keys>& keys);
  void give_up(std::uint32_t shard, std::uint64_t epoch);
  void give_up_all();
  void forget(const std::vector<std::uint32_t>& shards);
  void hand_back_quiet();
  void note_keys_to_warm(const std::vector<shard_epoch>& shards);
  void say_good_bye();

  /// Whenever something ended: what was waiting for that?
  void proceed();

  // -- reads
  bool answer_stale(found_record& answer, const get_records& request, const std::string& id) const;
  void load_soon();
  void load(std::uint32_t collection, std::vector<owned_key> keys);
  void loaded(const std::vector<owned_key>& keys, records_read& answer);
  void load_failed(const std::vector<owned_key>& keys, const caf::error& why);
  void answer(const key_traffic::waiter& who, const record& value);
  void refuse(const key_traffic::waiter& who, const caf::error& why);

  // -- writes
  std::optional<records_written> refuse_from_memory(const write_records& request,
                                                    const owned_key& key) const;
  template <class Store>
  caf::result<records_written> send_write(const Store& to, write_records& request, owned_key key);
  caf::error written(const owned_key& key, const records_written& answer);
  caf::error write_failed(const owned_key& key, const caf::error& why);
  void learn(const owned_key& key, const record& value, std::uint64_t sequence);

  cache_shell::pointer self_;
  request_deadlines deadlines_;
  cache_options options_;
  std::mt19937_64 random_;
  std::map<std::string, std::uint32_t> positions_; ///< of the collections in `holdings_`
  std::vector<holding> holdings_;
  cache_shards shards_;
  key_traffic traffic_;
  hot_keys hot_;
  std::map<std::uint64_t, waiting_read> reads_;
  std::uint64_t read_number_ = 0;
  std::size_t writes_ = 0; ///< not answered yet, even of shards that were given up
  bool load_pending_ = false;
  database_generation generation_ = 0;  ///< of what it read or wrote last
  std::uint64_t repository_number_ = 0; ///< counts repositories: loads of older ones are void

  std::map<std::string, link> links_; ///< by the name at the receptionist
  coordinator_actor coordinator_;
  repository_actor repository_;
  dispatcher_actor dispatcher_;

  milliseconds interval_{1000}; ///< until the coordinator tells another one
  time_point renew_due_ = time_point::max();
  std::uint64_t renewal_ = 0;  ///< counts renewals: the answer to an older one is void
  std::uint64_t answered_ = 0; ///< the number of this coordinator's last answer
  bool renewing_ = false;
  bool renew_again_ = false; ///< as soon as the one under way is answered
  std::uint32_t renew_failures_ = 0;
  std::vector<warm_keys> released_; ///< since the last renewal

  bool draining_ = false;
  bool parting_ = false; ///< said good-bye
  caf::error reason_;
};

} // namespace troupe
