// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "actors/change_plan.hpp"
#include "actors/collection_rules.hpp"
#include "actors/read_bundles.hpp"
#include "actors/record_service.hpp"
#include "actors/record_uuid.hpp"
#include "actors/request_deadlines.hpp"
#include "actors/shard_directory.hpp"
#include "actors/waiting_calls.hpp"

namespace troupe {

/// So often a change starts anew when another one came between.
inline constexpr std::uint32_t races_max = 16;

/// Bytes of the name of a request's caller.
inline constexpr std::size_t caller_bytes_max = 200;

/// How long a reader of changes may wait for one.
inline constexpr milliseconds changes_wait_max{60'000};

class record_service_state {
public:
  static inline const char* name = "record_service";

  explicit record_service_state(record_service_shell::pointer self) : self_{self} {}

  /// The configuration is known to be good: see `check_schema`.
  result<void> start(record_service_options options);

  // -- what it hears of the others
  void follow(const named_actor& x);
  void learn(const shard_map& x);
  void owner_down(const caf::down_msg& down);
  void tick();
  void send_bundles();

  // -- requests
  caf::result<records_found> get(get_records& x);
  caf::result<record_changed> change(change_record& x);
  caf::result<records_changed> change_all(change_records& x);
  caf::result<step_committed> commit(commit_step& x);
  caf::result<records_page> list(const list_records& x);
  caf::result<changes_read> changes(read_changes& x);
  caf::result<collections_listed> collections();
  caf::result<caches_listed> caches();

private:
  using time_point = waiting_calls::time_point;
  using found = std::function<void(result<records_found>)>;

  /// Records that are being read, maybe from several owners.
  struct reading {
    get_records request;
    time_point deadline;
    records_found answer;
    std::size_t open = 0;  ///< records that are not there yet
    std::size_t bytes = 0; ///< of those that are
    found done;            ///< called once; null afterwards
  };

  /// A page of a list on its way.
  struct listing {
    list_records request;
    query_records query;
    std::vector<std::string> fields; ///< only these; empty: all
    time_point deadline;
    records_page page;
    std::size_t bytes = 0;
    std::uint32_t parts = 0; ///< that were read for it
    caf::typed_response_promise<records_page> promise;
  };

  /// One record of a reading, on its way together with others.
  struct passenger {
    std::shared_ptr<reading> of;
    std::uint32_t position = 0;
  };

  using bundles = read_bundles<caf::strong_actor_ptr, passenger>;

  /// One change on its way through its owner.
  struct changing {
    checked_change change;
    std::string idempotency_key;
    std::string idempotency_scope;
    std::string fingerprint;
    std::string trace_parent;
    time_point deadline;
    std::uint32_t races = 0; ///< lost in a row
    error refusal;           ///< if there is no earlier answer to replay
    caf::typed_response_promise<record_changed> promise;
  };

  /// Several changes, or a job's step, on their way past the owners.
  struct planning {
    change_plan plan;
    time_point deadline;
    std::uint32_t races = 0;
    std::vector<std::uint32_t> unread; ///< patches whose records were not read yet
    std::optional<commit_step> step;   ///< without its changes; none: a batch
    bool hooked = false;               ///< of a batch: a collection has hooks
    std::function<void(result<step_stored>)> done;
  };

  /// Owners that must hear of a commit before it is answered.
  struct settling {
    std::vector<written_key> open;
    time_point deadline;
    std::function<void(result<void>)> done;
  };

  using reading_pointer = std::shared_ptr<reading>;
  using listing_pointer = std::shared_ptr<listing>;
  using changing_pointer = std::shared_ptr<changing>;
  using planning_pointer = std::shared_ptr<planning>;
  using settling_pointer = std::shared_ptr<settling>;
  using positions = std::vector<std::uint32_t>;

  time_point now() const { return self_->clock().now(); }
  time_point deadline() const { return now() + options_.request_timeout; }
  milliseconds left(time_point deadline) const;

  /// `again` when the map changes or after a moment, `give_up` when it is too late for that.
  void wait(time_point deadline, std::function<void()> again, std::function<void()> give_up);
  void tick_soon();
  void subscribe();
  const collection_rules* find_rules(const std::string& collection) const;
  result<checked_change> check(const change_record& x);

  /// Asks for what can be asked again, until `until`. `promise` gets the failure.
  template <class Reply, class Request, class Answer, class Promise>
  void ask_repository(Request request, time_point until, Answer answer, Promise promise);

  /// Whose idempotency keys they are: of a caller, for a collection.
  static std::string key_scope(const std::string& caller, const std::string& collection);
  /// Whether the record's time to live is over. It is removed later, but not served any more.
  bool is_over(const std::string& collection, const record& x) const;

  // lists
  void read_page(const listing_pointer& x);
  void take_page(const listing_pointer& x, records_queried& read);

  // reads
  void read(get_records request, time_point deadline, found done);
  void read_part(const reading_pointer& x, const positions& wanted);
  void ask_owner(const reading_pointer& x, const caf::strong_actor_ptr& owner, positions wanted);
  void ask_alone(const reading_pointer& x, const caf::strong_actor_ptr& owner, positions wanted);
  void ask_together(bundles::bundle x);
  void bundle_answered(const bundles::bundle& x, records_found& answer);
  void bundle_failed(const bundles::bundle& x, const caf::error& why);
  void travel_alone(const bundles::bundle& x);
  void take_part(const reading_pointer& x, const positions& wanted, records_found& answer);
  void part_failed(const reading_pointer& x, const positions& wanted, const error& why);

  // single changes
  void begin(const changing_pointer& x);
  void patch(const changing_pointer& x, const record& before);
  void write(const changing_pointer& x, std::string fields, write_condition condition);
  void written(const changing_pointer& x, const records_written& answer);
  void write_failed(const changing_pointer& x, const caf::error& why);
  void ask_for_replay(const changing_pointer& x, const error& otherwise);
  void begin_later(const changing_pointer& x, const error& why);
  bool stands_in_the_way(const checked_change& x, const record_written& why) const;
  void remove_old(const changing_pointer& x, std::uint64_t version);

  // batches and steps
  void begin(const planning_pointer& x);
  void read_patched(const planning_pointer& x);
  void write(const planning_pointer& x);
  void send(const planning_pointer& x, write_records writes);
  void written(const planning_pointer& x, step_stored answer);
  void write_failed(const planning_pointer& x, const caf::error& why);
  void begin_later(const planning_pointer& x, const error& why);
  void settle(const settling_pointer& x);

  record_service_shell::pointer self_;
  request_deadlines deadlines_;
  record_service_options options_;
  std::map<std::string, collection_rules, std::less<>> rules_;
  std::optional<record_uuid> ids_; // set by `start`
  shard_directory directory_;
  bundles bundles_;
  std::set<caf::actor_addr> monitored_;
  coordinator_actor coordinator_;
  repository_actor repository_;
  dispatcher_actor dispatcher_;
  bool subscribed_ = false;
  time_point subscribed_at_{};
  waiting_calls waiting_;
  bool tick_pending_ = false;
};

} // namespace troupe
