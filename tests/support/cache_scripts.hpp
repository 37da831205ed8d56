// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/typed_event_based_actor.hpp>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "messages/error_category.hpp"
#include "messages/interfaces.hpp"
#include "tests/support/deterministic.hpp"

namespace troupe::test {

template <class Request, class Response>
auto not_in_this_test() {
  return [](const Request&) -> caf::result<Response> {
    return to_caf({errc::unavailable, "not in this test"});
  };
}

/// The database of one collection, whose answers the test may hold back.
struct store_script {
  std::map<std::string, record> records;
  std::uint64_t sequence = 0;
  std::map<std::uint32_t, std::uint64_t> epochs;
  bool check_epochs = true;

  struct change_made {
    std::uint64_t sequence = 0;
    std::uint64_t version = 0; ///< 0: it was removed
  };

  std::map<std::string, std::vector<change_made>> history; ///< by id

  std::vector<read_records> reads;
  std::vector<write_records> writes;
  bool hold_reads = false;   ///< they are read when they arrive, and answered when the test says so
  bool hold_writes = false;  ///< they are committed when the test says so
  bool hold_answers = false; ///< they are committed when they arrive, and answered later
  bool lose_requests = false; ///< never do or answer anything
  caf::error refusal;         ///< of writes
  bool replay = false;        ///< answer writes as if they were made before
  std::vector<std::function<void()>> held;

  /// A write past the owner, as batches do it.
  std::uint64_t change(const std::string& id, std::string fields) {
    ++sequence;
    records[id] = {id, sequence, start_date, start_date, std::move(fields)};
    history[id].push_back({sequence, sequence});
    return sequence;
  }

  std::uint64_t remove(const std::string& id) {
    records.erase(id);
    history[id].push_back({++sequence, 0});
    return sequence;
  }

  record find(const std::string& id) const {
    const auto found = records.find(id);
    return found == records.end() ? record{id, 0, {}, {}, {}} : found->second;
  }

  records_read read(const read_records& request) const {
    records_read result{sequence, {}};
    for (const auto& id : request.ids)
      result.records.push_back(find(id));
    return result;
  }

  records_written commit(const write_records& request) {
    records_written answer;
    const auto& write = request.writes.at(0);
    record_written result;
    result.before = find(write.id);
    result.after = result.before;
    result.sequence = sequence;
    if (check_epochs && epochs[shard_of(write.collection, write.id)] != write.epoch)
      result.code = static_cast<std::uint16_t>(errc::not_owner);
    else if (!holds(write.condition, result.before.version))
      result.code = static_cast<std::uint16_t>(errc::precondition_failed);
    else if (write.remove)
      result.sequence = remove(write.id);
    else
      result.sequence = change(write.id, write.fields);
    if (result.code == 0)
      result.after = find(write.id);
    answer.results.push_back(std::move(result));
    answer.replayed = replay;
    return answer;
  }
};

template <class Self>
auto scripted_read(Self self, std::shared_ptr<store_script> script) {
  return [=](const read_records& x) -> caf::result<records_read> {
    script->reads.push_back(x);
    if (script->lose_requests || !script->hold_reads) {
      if (!script->lose_requests)
        return script->read(x);
      return self->template make_response_promise<records_read>();
    }
    auto promise = self->template make_response_promise<records_read>();
    script->held.push_back(
      [promise, answer = script->read(x)]() mutable { promise.deliver(std::move(answer)); });
    return promise;
  };
}

template <class Self>
auto scripted_write(Self self, std::shared_ptr<store_script> script) {
  return [=](const write_records& x) -> caf::result<records_written> {
    script->writes.push_back(x);
    if (script->refusal)
      return script->refusal;
    if (!script->lose_requests && !script->hold_writes && !script->hold_answers)
      return script->commit(x);
    auto promise = self->template make_response_promise<records_written>();
    if (script->lose_requests)
      return promise;
    if (script->hold_writes)
      script->held.push_back(
        [promise, script, x]() mutable { promise.deliver(script->commit(x)); });
    else
      script->held.push_back(
        [promise, answer = script->commit(x)]() mutable { promise.deliver(std::move(answer)); });
    return promise;
  };
}

/// Told to flush, it answers what it held back.
using holding_repository_actor = repository_actor::extend<caf::reacts_to<caf::flush_atom>>;

inline holding_repository_actor::behavior_type
scripted_repository(holding_repository_actor::pointer self, std::shared_ptr<store_script> script) {
  return {
    not_in_this_test<open_shard, shard_opened>(),
    not_in_this_test<insert_jobs, caf::ok_atom>(),
    not_in_this_test<grant_leases, leases_granted>(),
    not_in_this_test<end_leases, leases_ended>(),
    not_in_this_test<promote_jobs, jobs_promoted>(),
    not_in_this_test<cancel_waiting, jobs_updated>(),
    not_in_this_test<revive_jobs, jobs_updated>(),
    not_in_this_test<move_dead_letters, dead_letters_moved>(),
    not_in_this_test<purge_jobs, jobs_purged>(),
    not_in_this_test<pause_queue, caf::ok_atom>(),
    not_in_this_test<declare_collections, caf::ok_atom>(),
    not_in_this_test<claim_shards, shards_stored>(),
    scripted_write(self, script),
    not_in_this_test<store_step, step_stored>(),
    not_in_this_test<trim_records, records_trimmed>(),
    not_in_this_test<invalidate_keys, caf::ok_atom>(),
    not_in_this_test<read_ready, ready_read>(),
    not_in_this_test<get_jobs, jobs_found>(),
    not_in_this_test<list_jobs, jobs_found>(),
    not_in_this_test<read_collections, collections_read>(),
    not_in_this_test<read_shards, shards_stored>(),
    scripted_read(self, script),
    not_in_this_test<query_records, records_queried>(),
    [](const abandon_read&) {},
    not_in_this_test<read_changes, changes_read>(),
    not_in_this_test<create_token, token_changed>(),
    not_in_this_test<revoke_token, token_changed>(),
    not_in_this_test<read_tokens, tokens_read>(),
    [script](caf::flush_atom) {
      for (auto& answer : std::exchange(script->held, {}))
        answer();
    },
  };
}

/// The dispatcher only counts what it passes on.
inline dispatcher_actor::behavior_type hooking_dispatcher(dispatcher_actor::pointer self,
                                                          std::shared_ptr<store_script> script,
                                                          std::shared_ptr<std::size_t> passed) {
  return {
    not_in_this_test<enqueue_jobs, jobs_enqueued>(),
    not_in_this_test<get_jobs, jobs_found>(),
    not_in_this_test<list_jobs, jobs_found>(),
    not_in_this_test<cancel_jobs, jobs_changed>(),
    not_in_this_test<retry_jobs, jobs_changed>(),
    not_in_this_test<redrive_jobs, jobs_redriven>(),
    not_in_this_test<pause_queue, caf::ok_atom>(),
    not_in_this_test<purge_queue, queue_purged>(),
    not_in_this_test<drain_node, caf::ok_atom>(),
    not_in_this_test<await_job, jobs_found>(),
    not_in_this_test<read_events, events_read>(),
    not_in_this_test<list_queues, queues_listed>(),
    not_in_this_test<list_workers, workers_listed>(),
    [](const register_worker&, const worker_actor&) -> caf::result<worker_registered> {
      return to_caf({errc::unavailable, "not in this test"});
    },
    not_in_this_test<heartbeat, heartbeat_reply>(),
    [](const start_jobs&) {},
    not_in_this_test<finish_jobs, finish_reply>(),
    not_in_this_test<pull_jobs, jobs_pulled>(),
    [passed, write = scripted_write(self, script)](const write_records& x) {
      ++*passed;
      return write(x);
    },
    not_in_this_test<finish_step, step_stored>(),
  };
}

/// A coordinator that gives every shard to the owner with the number `wanted`.
struct coordinator_script {
  struct place {
    std::uint32_t owner = 0; ///< its number; 0: nobody
    std::uint64_t epoch = 0;
    caf::actor_clock::time_point until{};
  };

  milliseconds interval{1000};
  milliseconds lease{3000};
  std::uint32_t wanted = 1;
  bool answers = true;
  bool gives_back = true;   ///< what an owner gave up is given to it again
  std::uint64_t number = 0; ///< of answers
  std::map<std::uint32_t, place> places;
  std::map<std::uint32_t, warm_keys> warm;
  std::vector<renew_shards> renewals;
  std::shared_ptr<store_script> store;

  shards_renewed renew(const renew_shards& request, caf::actor_clock::time_point now) {
    shards_renewed answer{++number, interval, lease, {}, {}, {}};
    for (const auto& x : request.released)
      warm[x.shard] = x;
    std::map<std::uint32_t, std::uint64_t> named;
    for (const auto& x : request.held)
      named[x.shard] = x.epoch;
    const auto owner = request.owner.number;
    for (std::uint32_t shard = 0; shard < key_shards; ++shard) {
      auto& x = places[shard];
      const auto renews = x.owner == owner && named.contains(shard) && named[shard] == x.epoch;
      if (renews)
        x.until = now + lease;
      else if (x.owner == owner || now >= x.until)
        x.owner = 0;
      if (x.owner == 0 && wanted == owner && !request.draining && (gives_back || x.epoch == 0)) {
        x = {owner, x.epoch + 1, now + lease};
        store->epochs[shard] = x.epoch;
        if (warm.contains(shard))
          answer.warm.push_back(warm[shard]);
      }
      if (x.owner != owner)
        continue;
      answer.held.push_back({shard, x.epoch});
      if (wanted != owner)
        answer.release.push_back(shard);
    }
    return answer;
  }
};

inline coordinator_actor::behavior_type
scripted_coordinator(coordinator_actor::pointer self, std::shared_ptr<coordinator_script> script) {
  return {
    [=](const renew_shards& x, const cache_actor&) -> caf::result<shards_renewed> {
      script->renewals.push_back(x);
      if (!script->answers)
        return self->make_response_promise<shards_renewed>();
      return script->renew(x, self->clock().now());
    },
    not_in_this_test<subscribe_shards, caf::ok_atom>(),
  };
}

inline receptionist_actor::behavior_type
listening_receptionist(receptionist_actor::pointer,
                       std::shared_ptr<std::vector<subscribe_name>> subscriptions) {
  return {
    not_in_this_test<join_cluster, directory>(),
    [](const directory&) {},
    not_in_this_test<register_name, caf::ok_atom>(),
    [=](const subscribe_name& x) -> caf::result<caf::ok_atom> {
      subscriptions->push_back(x);
      return caf::ok_atom::value;
    },
    not_in_this_test<subscribe_group, caf::ok_atom>(),
    not_in_this_test<find_name, named_actor>(),
    not_in_this_test<list_nodes, nodes_listed>(),
    not_in_this_test<note_change, caf::ok_atom>(),
  };
}

} // namespace troupe::test
