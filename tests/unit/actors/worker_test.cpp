#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <catch2/catch.hpp>
#include <optional>

#include "actors/running_worker.hpp"
#include "actors/spawn.hpp"
#include "messages/error_category.hpp"
#include "tests/support/deterministic.hpp"
#include "tests/support/simulated_runner.hpp"

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

constexpr auto interval = 1s;
constexpr auto lease_timeout = 4s;
const worker_id own_id{"n1", 77};

lease_key key(job_id job) {
  return {job, 100 + job};
}

leased_job make_job(job_id job, milliseconds run_timeout = 1h,
                    milliseconds progress_timeout = 0ms) {
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
command_dispatcher::behavior_type scripted_dispatcher(command_dispatcher::pointer self,
                                                      std::shared_ptr<dispatcher_script> script) {
  auto unused = [] { return to_caf({errc::unavailable, "not in this test"}); };
  return {
    [=](const enqueue_jobs&) -> caf::result<jobs_enqueued> { return unused(); },
    [=](const get_jobs&) -> caf::result<jobs_found> { return unused(); },
    [=](const list_jobs&) -> caf::result<jobs_found> { return unused(); },
    [=](const cancel_jobs&) -> caf::result<jobs_changed> { return unused(); },
    [=](const retry_jobs&) -> caf::result<jobs_changed> { return unused(); },
    [=](const redrive_jobs&) -> caf::result<jobs_redriven> { return unused(); },
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
    [=](const run_jobs& x) { self->send(script->worker, x); },
    [=](const cancel_leases& x) { self->send(script->worker, x); },
  };
}

/// Remembers who subscribed.
receptionist_actor::behavior_type
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
    [=](const find_name&) -> caf::result<named_actor> { return unused(); },
    [=](const list_nodes&) -> caf::result<nodes_listed> { return unused(); },
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
    worker_options options;
    options.id = own_id;
    options.slots = 2;
    options.prefetch = 3;
    auto handler
      = std::make_shared<const troupe::handler>([](job_context&) { return outcome::success(); });
    options.queues["pictures"] = {"thumbnail", handler, 1000};
    options.queues["empty"] = {"forgotten", nullptr, 1000};
    options.cancel_grace = 2s;
    options.request_timeout = 5s;
    options.receptionist = receptionist;
    options.make_runner = [this] {
      auto made = std::make_unique<simulated_runner>(system, 2, handlers);
      runner = made.get();
      return made;
    };
    options.env = simulated_environment();
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

  milliseconds duration = 10s;
  milliseconds stops_after = 0ms;
  simulated_handler handlers;
  std::shared_ptr<std::vector<subscribe_name>> subscriptions
    = std::make_shared<std::vector<subscribe_name>>();
  std::shared_ptr<dispatcher_script> script = std::make_shared<dispatcher_script>();
  receptionist_actor receptionist;
  command_dispatcher dispatcher;
  worker_shell worker;
  simulated_runner* runner = nullptr;
};

} // namespace

// -- the connection -------------------------------------------------------------------------------

TEST_CASE("a worker asks its receptionist for the dispatcher and registers there") {
  stage x;
  REQUIRE(x.subscriptions->size() == 1);
  CHECK(x.subscriptions->front().name == "dispatcher");
  CHECK(x.subscriptions->front().subscriber == x.worker);

  x.connect();

  REQUIRE(x.script->registered.size() == 1);
  const auto& said = x.script->registered.front();
  CHECK(said.worker == own_id);
  CHECK(said.queues == std::vector<std::string>{"empty", "pictures"});
  CHECK(said.slots == 2);
  CHECK(said.capacity == 5);
  CHECK(said.leases.empty());
}

TEST_CASE("a worker that is refused tries again until it is registered") {
  stage x;
  x.script->refuse_registration = errc::unavailable;
  x.connect();
  x.advance(5s);
  CHECK(x.script->registered.size() > 2);
  CHECK(x.script->beats.empty());

  x.script->refuse_registration = errc::none;
  x.advance(5s);
  auto attempts = x.script->registered.size();
  x.advance(5s);

  CHECK(x.script->registered.size() == attempts);
  CHECK_FALSE(x.script->beats.empty());
}

TEST_CASE("a worker registers again whenever it hears of a dispatcher, even of the same one") {
  stage x;
  x.connect();
  x.connect();

  CHECK(x.script->registered.size() == 2);
}

TEST_CASE("jobs of a dispatcher at which a worker is not registered are ignored") {
  stage x;
  x.connect();
  x.disconnect();

  x.give({make_job(1)});
  x.connect();

  CHECK(x.script->registered.back().leases.empty());
  CHECK(x.script->starts.empty());
}

// -- heartbeats -----------------------------------------------------------------------------------

TEST_CASE("one heartbeat an interval names all leases, those that wait too (F02)") {
  stage x;
  x.connect();
  x.give({make_job(1), make_job(2), make_job(3)});
  CHECK(x.started() == keys{key(1), key(2)});

  x.advance(interval * 3 + 200ms);

  REQUIRE(x.script->beats.size() == 3);
  for (const auto& beat : x.script->beats) {
    CHECK(beat.worker == own_id);
    CHECK(beat.capacity == 5);
    CHECK(beat.leases == keys{key(1), key(2), key(3)});
  }
}

TEST_CASE("a heartbeat tells progress once") {
  stage x;
  x.connect();
  x.give({make_job(1)});
  x.runner->report_progress(key(1), "half");

  x.advance(interval * 2 + 200ms);

  REQUIRE(x.script->beats.size() == 2);
  CHECK(x.script->beats[0].progress == std::vector<lease_progress>{{key(1), "half"}});
  CHECK(x.script->beats[1].progress.empty());
}

TEST_CASE("a worker that the dispatcher does not know any more registers again, with its leases") {
  stage x;
  x.connect();
  x.give({make_job(1)});
  auto restarted = std::make_shared<dispatcher_script>();

  caf::anon_send_exit(x.dispatcher, caf::exit_reason::kill);
  x.settle();
  x.tell_name(x.system.spawn(scripted_dispatcher, restarted));

  REQUIRE(restarted->registered.size() == 1);
  CHECK(restarted->registered[0].leases == keys{key(1)});
}

TEST_CASE("a lease that the dispatcher calls lost is stopped and not reported (J3)") {
  stage x;
  x.connect();
  x.give({make_job(1), make_job(2)});
  x.script->beat_reply.lost = {key(1)};

  x.advance(interval + 100ms);
  x.advance(interval);

  CHECK(x.script->beats.back().leases == keys{key(2)});
  CHECK(x.script->outcomes().empty());
}

TEST_CASE("leases that are lost at registration are stopped, the others go on") {
  stage x;
  x.connect();
  x.give({make_job(1), make_job(2)});
  x.script->lost_at_registration = {key(1)};

  x.connect();
  x.advance(11s);

  REQUIRE(x.script->outcomes().size() == 1);
  CHECK(x.script->outcomes()[0].lease == key(2));
}

// -- giving up ------------------------------------------------------------------------------------

TEST_CASE("a worker gives up its leases, counted from when the last accepted heartbeat was sent") {
  stage x;
  x.connect();
  auto registered = x.now();
  x.give({make_job(1), make_job(2), make_job(3)});
  x.advance(interval + 500ms);
  REQUIRE(x.script->beats.size() == 1); // accepted, sent one interval after the registration
  x.script->answers_beats = false;

  while (x.now() < registered + interval + lease_timeout - 100ms)
    x.advance(100ms);
  CHECK(x.script->outcomes().empty());
  x.advance(300ms);

  // Its handlers stop at once in this test, and are handed back for what it is worth.
  REQUIRE(x.script->outcomes().size() == 3);
  for (const auto& outcome : x.script->outcomes())
    CHECK(outcome.kind == outcome_kind::released);
  CHECK(x.started() == keys{key(1), key(2)});
}

TEST_CASE("a zombie's late outcome is reported under its old epoch and refused (F04)") {
  stage x;
  x.stops_after = 1500ms;
  x.connect();
  x.give({make_job(1)});
  x.disconnect();
  x.advance(lease_timeout + 200ms);
  x.script->lost_outcomes = {key(1)};

  x.connect();
  CHECK(x.script->registered.back().leases.empty());
  x.advance(2s);

  REQUIRE(x.script->outcomes().size() == 1);
  CHECK(x.script->outcomes()[0].lease == key(1));
  x.advance(10s);
  CHECK(x.script->outcomes().size() == 1);
}

TEST_CASE("nothing begins while a worker is not connected") {
  stage x;
  x.duration = 1s;
  x.connect();
  x.give({make_job(1), make_job(2), make_job(3)});
  x.disconnect();
  x.advance(2s);

  x.connect();

  CHECK(x.script->registered.back().leases == keys{key(1), key(2), key(3)});
  x.advance(2s);
  CHECK(x.script->outcomes().size() == 3);
}

// -- outcomes -------------------------------------------------------------------------------------

TEST_CASE("an outcome is reported with its result, and then not held any more") {
  stage x;
  x.connect();
  x.give({make_job(1)});
  x.advance(11s);

  REQUIRE(x.script->outcomes().size() == 1);
  CHECK(x.script->outcomes()[0]
        == job_outcome{key(1), outcome_kind::succeeded, end_reason::none, "done", -1ms});
  x.advance(interval);
  CHECK(x.script->beats.back().leases.empty());
}

TEST_CASE("outcomes that end together share a message, and runs that are over are not started") {
  stage x;
  x.duration = 0ms;
  x.connect();
  std::vector<leased_job> jobs;
  for (job_id job = 1; job <= 5; ++job)
    jobs.push_back(make_job(job));

  x.give(std::move(jobs));
  x.advance(100ms);

  CHECK(x.script->outcomes().size() == 5);
  CHECK(x.script->finishes.size() < 5);
}

TEST_CASE("what ends while two reports are under way waits for an answer") {
  stage x;
  x.script->answers_finishes = false;
  x.duration = 100ms;
  x.connect();
  x.give({make_job(1), make_job(2), make_job(3), make_job(4), make_job(5)});

  x.advance(2s);

  CHECK(x.script->finishes.size() == 2);
}

TEST_CASE("an outcome is reported again after a reconnect until it is acknowledged (J2)") {
  stage x;
  x.duration = 100ms;
  x.connect();
  x.give({make_job(1)});
  x.script->answers_finishes = false;
  x.advance(200ms);
  REQUIRE(x.script->outcomes().size() == 1);

  x.disconnect();
  x.script->answers_finishes = true;
  x.connect();

  CHECK(x.script->registered.back().leases == keys{key(1)});
  REQUIRE(x.script->outcomes().size() == 2);
  CHECK(x.script->outcomes()[1] == x.script->outcomes()[0]);
  x.connect();
  CHECK(x.script->outcomes().size() == 2);
}

TEST_CASE("an outcome that the storage refused is reported again") {
  stage x;
  x.duration = 100ms;
  x.connect();
  x.script->refuse_finish = errc::storage_full;
  x.give({make_job(1)});
  x.advance(3s);
  CHECK(x.script->finishes.size() > 1);
  CHECK(x.script->beats.back().leases == keys{key(1)});

  x.script->refuse_finish = errc::none;
  x.advance(3s);
  auto reports = x.script->finishes.size();
  x.advance(3s);

  CHECK(x.script->finishes.size() == reports);
}

TEST_CASE("jobs of an unknown queue or without a handler fail with an error that names it (S2)") {
  stage x;
  x.connect();
  auto unknown = make_job(1), unhandled = make_job(2);
  unknown.queue = "mail";
  unhandled.queue = "empty";

  x.give({unknown, unhandled});

  auto outcomes = x.script->outcomes();
  REQUIRE(outcomes.size() == 2);
  CHECK(outcomes[0].kind == outcome_kind::failed);
  CHECK(outcomes[0].output == "worker node 'n1' does not run queue 'mail'");
  CHECK(outcomes[1].output == "worker node 'n1' has no handler 'forgotten' for queue 'empty'");
}

// -- time-outs and cancelling ---------------------------------------------------------------------

TEST_CASE("a handler that outlives its run_timeout has failed with reason deadline (F05)") {
  stage x;
  x.stops_after = 1s;
  x.connect();
  x.give({make_job(1, 3s)});

  x.advance(2900ms);
  CHECK(x.script->outcomes().empty());
  x.advance(300ms);

  REQUIRE(x.script->outcomes().size() == 1);
  CHECK(x.script->outcomes()[0].kind == outcome_kind::failed);
  CHECK(x.script->outcomes()[0].reason == end_reason::deadline);
  CHECK(x.script->finishes[0].capacity == 4); // its slot is not free yet
  x.advance(5s);
  CHECK(x.script->outcomes().size() == 1);
  CHECK(x.script->beats.back().capacity == 5);
}

TEST_CASE("a handler that is silent has failed with no_progress, one that reports has not") {
  stage x;
  x.connect();
  x.give({make_job(1, 1h, 2s), make_job(2, 1h, 2s)});
  for (int i = 0; i < 5; ++i) {
    x.runner->report_progress(key(2), "on my way");
    x.advance(1s);
  }

  auto outcomes = x.script->outcomes();
  REQUIRE(outcomes.size() == 1);
  CHECK(outcomes[0].lease == key(1));
  CHECK(outcomes[0].reason == end_reason::no_progress);
}

TEST_CASE("a cancelled job is stopped, whether it runs or waits (F07)") {
  stage x;
  x.connect();
  x.give({make_job(1), make_job(2), make_job(3)});

  x.cancel({key(1), key(3)});
  x.advance(200ms);

  auto outcomes = x.script->outcomes();
  REQUIRE(outcomes.size() == 2);
  for (const auto& outcome : outcomes)
    CHECK(outcome.kind == outcome_kind::cancelled);
  CHECK(x.started() == keys{key(1), key(2)});
}

TEST_CASE("a heartbeat's answer cancels, too") {
  stage x;
  x.connect();
  x.give({make_job(1)});
  x.script->beat_reply.cancelled = {key(1)};

  x.advance(interval + 200ms);

  REQUIRE(x.script->outcomes().size() == 1);
  CHECK(x.script->outcomes()[0].kind == outcome_kind::cancelled);
}

TEST_CASE("a handler that ignores its stop loses its slot to the next job (F05)") {
  stage x;
  x.stops_after = -1ms;
  x.connect();
  x.give({make_job(1), make_job(2), make_job(3)});
  x.cancel({key(1)});
  CHECK(x.started() == keys{key(1), key(2)});

  x.advance(2200ms);

  CHECK(x.started() == keys{key(1), key(2), key(3)});
  REQUIRE(x.script->outcomes().size() == 1);
  CHECK(x.script->outcomes()[0].kind == outcome_kind::cancelled);
  CHECK(x.runner->abandoned() == 1);
}

TEST_CASE("a worker ends when more handlers than it has slots ignored their stop") {
  stage x;
  x.stops_after = x.duration = -1ms;
  caf::error why;
  auto watching = x.system.spawn([&](caf::event_based_actor* observer) -> caf::behavior {
    observer->monitor(x.worker);
    observer->set_down_handler([&](const caf::down_msg& down) { why = down.reason; });
    return {[](int) {}};
  });
  x.connect();
  x.give({make_job(1), make_job(2), make_job(3)});

  x.cancel({key(1), key(2)});
  x.advance(2200ms);
  CHECK_FALSE(why);
  x.cancel({key(3)});
  x.advance(2200ms);

  REQUIRE(why);
  CHECK(from_caf(why).code == errc::unavailable);
}

// -- drain ----------------------------------------------------------------------------------------

TEST_CASE("a drain hands back what waits, lets run what runs, and is answered at its end") {
  stage x;
  x.connect();
  x.give({make_job(1), make_job(2), make_job(3)});

  auto drained = x.request<caf::ok_atom>(x.worker, drain_worker{30s});
  x.advance(200ms);

  CHECK(x.script->beats.back().capacity == 0);
  REQUIRE(x.script->outcomes().size() == 1);
  CHECK(x.script->outcomes()[0].lease == key(3));
  CHECK(x.script->outcomes()[0].kind == outcome_kind::released);
  CHECK_FALSE(drained->has_value());
  auto beats = x.script->beats.size();
  x.advance(9s);
  CHECK(x.script->beats.size() >= beats + 8); // F02: through a drain, too
  x.advance(2s);
  CHECK(x.script->outcomes().size() == 3);
  CHECK(x.started() == keys{key(1), key(2)});
  REQUIRE(drained->has_value());
  CHECK((*drained)->has_value());
}

TEST_CASE("jobs that arrive during a drain are handed back") {
  stage x;
  x.connect();
  auto drained = x.request<caf::ok_atom>(x.worker, drain_worker{30s});
  x.settle();

  x.give({make_job(1)});

  REQUIRE(x.script->outcomes().size() == 1);
  CHECK(x.script->outcomes()[0].kind == outcome_kind::released);
  CHECK(x.script->starts.empty());
  CHECK(drained->has_value());
}

TEST_CASE("after a drain's grace handlers are stopped, then given up, and all are handed back") {
  stage x;
  x.handlers.stops_after = nullptr;
  x.duration = -1ms;
  x.stops_after = -1ms;
  x.connect();
  x.give({make_job(1), make_job(2)});

  auto drained = x.request<caf::ok_atom>(x.worker, drain_worker{3s});
  x.advance(4900ms);
  CHECK(x.script->outcomes().empty());
  x.advance(400ms);

  REQUIRE(x.script->outcomes().size() == 2);
  for (const auto& outcome : x.script->outcomes())
    CHECK(outcome.kind == outcome_kind::released);
  CHECK(drained->has_value());
}

TEST_CASE("a drain ends although the dispatcher cannot be reached") {
  stage x;
  x.duration = 100ms;
  x.connect();
  x.give({make_job(1)});
  x.disconnect();
  x.advance(1s);

  auto drained = x.request<caf::ok_atom>(x.worker, drain_worker{30s});
  x.advance(4s);
  CHECK_FALSE(drained->has_value());
  x.advance(1500ms);

  CHECK(drained->has_value());
}

TEST_CASE("a worker that ends leaves its handlers asked to stop, and no actor alive") {
  stage x;
  x.connect();
  x.give({make_job(1)});

  caf::anon_send_exit(x.worker, caf::exit_reason::user_shutdown);
  x.settle();
  x.advance(20s);

  CHECK(x.script->outcomes().empty());
}
