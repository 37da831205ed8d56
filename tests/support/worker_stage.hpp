// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "actors/running_worker.hpp"
#include "actors/spawn.hpp"
#include "messages/error_category.hpp"
#include "tests/support/deterministic.hpp"
#include "tests/support/simulated_runner.hpp"

namespace troupe::test {

inline constexpr milliseconds interval{1000};
inline constexpr milliseconds lease_timeout{4000};
inline const worker_id own_id{"n1", 77};

inline lease_key key(job_id job) {
  return {job, 100 + job};
}

inline leased_job make_job(job_id job, milliseconds run_timeout = std::chrono::hours{1},
                           milliseconds progress_timeout = milliseconds{0}) {
  leased_job result;
  result.lease = key(job);
  result.queue = "pictures";
  result.run_timeout = run_timeout;
  result.progress_timeout = progress_timeout;
  return result;
}

using keys = std::vector<lease_key>;

/// What a dispatcher was told, and what it answers.
struct dispatcher_script {
  std::vector<register_worker> registered;
  std::vector<heartbeat> beats;
  std::vector<start_jobs> starts;
  std::vector<finish_jobs> finishes;

  std::vector<lease_key> lost_at_registration;
  heartbeat_reply beat_reply; ///< given once
  std::vector<lease_key> lost_outcomes;
  errc refuse_registration = errc::none;
  errc refuse_finish = errc::none;
  bool answers_beats = true;
  bool answers_finishes = true;

  worker_actor worker;

  std::vector<job_outcome> outcomes() const {
    std::vector<job_outcome> result;
    for (const auto& message : finishes)
      result.insert(result.end(), message.outcomes.begin(), message.outcomes.end());
    return result;
  }
};

using command_dispatcher
  = dispatcher_actor::extend<caf::reacts_to<run_jobs>, caf::reacts_to<cancel_leases>>;

/// A dispatcher without jobs of its own: it follows its script and remembers what it hears.
inline command_dispatcher::behavior_type
scripted_dispatcher(command_dispatcher::pointer self, std::shared_ptr<dispatcher_script> script) {
  auto unused = [] { return to_caf({errc::unavailable, "not in this test"}); };
  return {
    [=](const enqueue_jobs&) -> caf::result<jobs_enqueued> { return unused(); },
    [=](const get_jobs&) -> caf::result<jobs_found> { return unused(); },
    [=](const list_jobs&) -> caf::result<jobs_found> { return unused(); },
    [=](const cancel_jobs&) -> caf::result<jobs_changed> { return unused(); },
    [=](const retry_jobs&) -> caf::result<jobs_changed> { return unused(); },
    [=](const redrive_jobs&) -> caf::result<jobs_redriven> { return unused(); },
    [=](const pause_queue&) -> caf::result<caf::ok_atom> { return unused(); },
    [=](const purge_queue&) -> caf::result<queue_purged> { return unused(); },
    [=](const drain_node&) -> caf::result<caf::ok_atom> { return unused(); },
    [=](const await_job&) -> caf::result<jobs_found> { return unused(); },
    [=](const read_events&) -> caf::result<events_read> { return unused(); },
    [=](const list_queues&) -> caf::result<queues_listed> { return unused(); },
    [=](const list_workers&) -> caf::result<workers_listed> { return unused(); },
    [=](const register_worker& x, const worker_actor& who) -> caf::result<worker_registered> {
      script->registered.push_back(x);
      script->worker = who;
      if (script->refuse_registration != errc::none)
        return to_caf({script->refuse_registration, "as the test wants"});
      return worker_registered{interval, lease_timeout, script->lost_at_registration};
    },
    [=](const heartbeat& x) -> caf::result<heartbeat_reply> {
      script->beats.push_back(x);
      if (!script->answers_beats)
        return self->make_response_promise<heartbeat_reply>();
      return std::exchange(script->beat_reply, {});
    },
    [=](const start_jobs& x) { script->starts.push_back(x); },
    [=](const finish_jobs& x) -> caf::result<finish_reply> {
      script->finishes.push_back(x);
      if (!script->answers_finishes)
        return self->make_response_promise<finish_reply>();
      if (script->refuse_finish != errc::none)
        return to_caf({script->refuse_finish, "as the test wants"});
      return finish_reply{script->lost_outcomes};
    },
    [=](const pull_jobs&) -> caf::result<jobs_pulled> { return unused(); },
    [=](const write_records&) -> caf::result<records_written> { return unused(); },
    [=](const finish_step&) -> caf::result<step_stored> { return unused(); },
    [=](const run_jobs& x) { self->send(script->worker, x); },
    [=](const cancel_leases& x) { self->send(script->worker, x); },
  };
}

/// Remembers who subscribed.
inline receptionist_actor::behavior_type
scripted_receptionist(receptionist_actor::pointer,
                      std::shared_ptr<std::vector<subscribe_name>> subscriptions) {
  auto unused = [] { return to_caf({errc::unavailable, "not in this test"}); };
  return {
    [=](const join_cluster&) -> caf::result<directory> { return unused(); },
    [](const directory&) {},
    [=](const register_name&) -> caf::result<caf::ok_atom> { return unused(); },
    [=](const subscribe_name& x) -> caf::result<caf::ok_atom> {
      subscriptions->push_back(x);
      return caf::ok_atom::value;
    },
    [=](const subscribe_group&) -> caf::result<caf::ok_atom> { return unused(); },
    [=](const find_name&) -> caf::result<named_actor> { return unused(); },
    [=](const list_nodes&) -> caf::result<nodes_listed> { return unused(); },
    [=](const note_change&) -> caf::result<caf::ok_atom> { return unused(); },
  };
}

/// A worker with two slots, a prefetch of three, and jobs that take ten seconds.
struct stage : fixture {
  stage() {
    handlers.duration = [this](const leased_job&) { return duration; };
    handlers.ends_with = [](const leased_job&) { return outcome::success("done"); };
    handlers.stops_after = [this](const leased_job&) { return stops_after; };
    receptionist = system.spawn(scripted_receptionist, subscriptions);
    dispatcher = system.spawn(scripted_dispatcher, script);
    restart([](worker_options&) {});
  }

  /// Starts the worker, perhaps with other options; one that runs already ends.
  void restart(const std::function<void(worker_options&)>& change) {
    if (worker)
      caf::anon_send_exit(worker, caf::exit_reason::kill);
    settle();
    worker_options options;
    options.id = own_id;
    options.slots = 2;
    options.prefetch = 3;
    auto handler
      = std::make_shared<const troupe::handler>([](job_context&) { return outcome::success(); });
    options.queues["pictures"] = {"thumbnail", handler, 1000};
    options.queues["empty"] = {"forgotten", nullptr, 1000};
    options.cancel_grace = milliseconds{2000};
    options.request_timeout = milliseconds{5000};
    options.receptionist = receptionist;
    options.make_runner = [this] {
      auto made = std::make_unique<simulated_runner>(system, 2, handlers);
      runner = made.get();
      return made;
    };
    options.env = simulated_environment();
    change(options);
    worker = spawn_blocking(system, options.env, troupe::worker, options);
    settle();
  }

  void tell_name(const command_dispatcher& who) {
    caf::anon_send(
      worker,
      named_actor{"dispatcher", "n0", who ? caf::actor_cast<caf::strong_actor_ptr>(who) : nullptr});
    settle();
  }

  void connect() { tell_name(dispatcher); }
  void disconnect() { tell_name({}); }

  void give(std::vector<leased_job> jobs) {
    caf::anon_send(dispatcher, run_jobs{std::move(jobs)});
    settle();
  }

  void cancel(keys leases) {
    caf::anon_send(dispatcher, cancel_leases{std::move(leases)});
    settle();
  }

  /// The leases that were reported as started.
  keys started() const {
    keys result;
    for (const auto& message : script->starts)
      result.insert(result.end(), message.leases.begin(), message.leases.end());
    return result;
  }

  milliseconds duration{10'000};
  milliseconds stops_after{0};
  simulated_handler handlers;
  std::shared_ptr<std::vector<subscribe_name>> subscriptions
    = std::make_shared<std::vector<subscribe_name>>();
  std::shared_ptr<dispatcher_script> script = std::make_shared<dispatcher_script>();
  receptionist_actor receptionist;
  command_dispatcher dispatcher;
  worker_shell worker;
  simulated_runner* runner = nullptr;
};

} // namespace troupe::test
