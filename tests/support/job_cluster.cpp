// SPDX-License-Identifier: Apache-2.0
#include "tests/support/job_cluster.hpp"

#include <caf/send.hpp>
#include <fmt/format.h>

#include "actors/running_worker.hpp"
#include "actors/worker.hpp"
#include "tests/support/dispatcher_probe.hpp"
#include "tests/support/simulated_runner.hpp"

namespace troupe::test {

namespace {

using namespace std::chrono_literals;

// Smaller than the queues get.
constexpr std::size_t window_jobs = 8;
constexpr std::size_t window_bytes = 400;
constexpr std::size_t unstored_bytes = 16 * 1024;

std::vector<queue_settings> queues() {
  queue_settings workers_queue;
  workers_queue.name = "q";
  workers_queue.handler = "h";
  workers_queue.dead_letter = "q.dead";
  workers_queue.max_attempts = 3;
  workers_queue.max_losses = 1000; // here workers are lost by chance, not by their jobs
  workers_queue.backoff = {100ms, 2, 2s};
  workers_queue.depth_max = 60;
  workers_queue.retention = 20s;
  queue_settings pulled;
  pulled.name = "p";
  pulled.max_attempts = 2;
  pulled.max_deliveries = 6;
  pulled.backoff = {100ms, 2, 1s};
  pulled.run_timeout = 15s;
  pulled.progress_timeout = 5s;
  pulled.depth_max = 30;
  pulled.retention = 30s;
  queue_settings dead;
  dead.name = "q.dead";
  return {workers_queue, pulled, dead};
}

std::string node_name(std::size_t i) {
  return "n" + std::to_string(i);
}

// The script depends on the lease alone, so that it is the same in every replay.
simulated_handler scripted_handler() {
  auto duration = [](const leased_job& job) {
    return milliseconds{50 + (job.lease.epoch * 7919 + job.lease.job) % 4000};
  };
  auto ends_with = [](const leased_job& job) {
    switch ((job.lease.epoch + job.lease.job) % 20) {
    case 0:
    case 10:
      return outcome::failure("the script says so");
    case 5:
      return outcome::snooze(300ms);
    case 7:
      return outcome::retry_after(200ms, "not now");
    case 13:
      return outcome::release();
    case 17:
      return outcome::failure_final("for good");
    default:
      return outcome::success(std::to_string(job.lease.epoch));
    }
  };
  return {duration, ends_with, {}};
}

collection_declaration photos() {
  collection_declaration result;
  result.name = "photos";
  result.hooks = {"q", "p", "q"};
  return result;
}

/// True when that actor has ended.
template <class Handle>
std::shared_ptr<bool> end_of(const Handle& x) {
  auto ended = std::make_shared<bool>(false);
  x->attach_functor([ended](const caf::error&) { *ended = true; });
  return ended;
}

} // namespace

job_cluster::job_cluster(std::uint64_t seed)
    : disk{std::make_shared<memory_store::disk>()},
      checker{{queues(), window_jobs, window_bytes, unstored_bytes}},
      net{1 + workers, seed} {
  disk->check_epochs = false; // nobody owns keys here
  start_control();
  for (std::size_t i = 1; i <= workers; ++i)
    start_worker(i);
  net.check_always([this] { look(); });
}

job_cluster::~job_cluster() {
  net.check_always(nullptr);
}

// -- looking --------------------------------------------------------------------------------------

void job_cluster::look() {
  static const memory_data no_data;
  if (disk->commits != std::exchange(observed_commits_, disk->commits))
    checker.observe(disk->data);
  if (boss_ && !*boss_ended_)
    checker.observe_memory(dispatcher_probe::look(
      net[0].state_of<dispatcher_state>(caf::actor_cast<dispatcher_shell>(boss_)), no_data));
}

void job_cluster::look_when_quiet() {
  if (!boss_ || *boss_ended_ || net.is_frozen(0))
    return;
  const auto& state = net[0].state_of<dispatcher_state>(caf::actor_cast<dispatcher_shell>(boss_));
  if (state.open())
    checker.observe_quiet(disk->data, dispatcher_probe::look(state, disk->data), net[0].now());
}

timestamp job_cluster::now() {
  return net[0].now() + skew_;
}

void job_cluster::note(const std::string& what) {
  const auto passed = std::chrono::duration_cast<milliseconds>(net.now() - start_date);
  checker.note(0, fmt::format("[{:6.1f} s] {}", static_cast<double>(passed.count()) / 1000, what));
}

// -- clients --------------------------------------------------------------------------------------

void job_cluster::enqueue(std::size_t count) {
  if (proxies_[1] == nullptr)
    return;
  enqueue_jobs request{"q", std::vector(count, new_job{"x", {}, {}, {}})};
  pending_.push_back(net[1].request<jobs_enqueued>(proxies_[1], std::move(request)));
}

void job_cluster::collect_acknowledgements() {
  for (auto& answer : pending_)
    if (answer->has_value() && **answer)
      for (std::uint32_t i = 0; i < (*answer)->value().count; ++i)
        checker.acknowledged((*answer)->value().first + i);
  std::erase_if(pending_, [](const auto& answer) { return answer->has_value(); });
}

void job_cluster::tell(std::size_t worker, bool draining) {
  note(fmt::format("{} is told to {}", node_name(worker), draining ? "drain" : "take jobs"));
  net[0].request<caf::ok_atom>(boss_, drain_node{node_name(worker), draining});
}

void job_cluster::resume_all() {
  for (std::size_t i = 1; i <= workers; ++i)
    tell(i, false);
}

// -- what goes wrong ------------------------------------------------------------------------------

bool job_cluster::happens(const rates& rate, const std::string& name) {
  auto found = rate.find(name);
  return found != rate.end() && net.chance(found->second);
}

void job_cluster::misbehave(const rates& rate) {
  auto i = 1 + net.pick(workers);
  if (happens(rate, "cut")) {
    note("the connection to " + node_name(i) + " breaks");
    net.cut(0, i);
  }
  if (happens(rate, "partition")) {
    note("bytes from or to " + node_name(i) + " are held up");
    net.chance(0.5) ? net.partition(0, i) : net.partition_one_way(net.chance(0.5) ? 0 : i, 0);
  }
  if (net.chance(0.05))
    net.heal_all();
  if (happens(rate, "worker crash"))
    crash_worker(i);
  if (happens(rate, "control crash"))
    crash_control();
  if (happens(rate, "freeze")) {
    auto who = net.pick(1 + workers);
    note(node_name(who) + " freezes");
    net.freeze(who);
  }
  for (std::size_t who = 0; who <= workers; ++who)
    if (net.is_frozen(who) && net.chance(0.03)) {
      note(node_name(who) + " goes on");
      net.thaw(who);
    }
  misuse_disk(rate);
  if (happens(rate, "clock jump")) {
    skew_ += milliseconds{net.pick(20'000)} - 10s;
    note(fmt::format("the wall clock is {} ms ahead", skew_.count()));
  }
  if (happens(rate, "drain"))
    tell(i, net.chance(0.5));
}

void job_cluster::misuse_disk(const rates& rate) {
  if (happens(rate, "full disk")) {
    note("the disk is full");
    disk->failure = error{errc::storage_full, "no space left on device"};
  } else if (disk->failure && net.chance(0.1)) {
    note("the disk has room");
    disk->failure.reset();
  }
  if (happens(rate, "unknown commit")) {
    disk->unknown = net.chance(0.5);
    note(
      fmt::format("the next commit will {}happen, and not say so", *disk->unknown ? "" : "not "));
  }
  if (happens(rate, "dispatcher end")) {
    note("the dispatcher is told to end");
    caf::anon_send_exit(boss_, caf::exit_reason::user_shutdown);
  }
  if (happens(rate, "repository end")) {
    note("the repository is told to end");
    caf::anon_send_exit(storage_, caf::exit_reason::user_shutdown);
  }
}

void job_cluster::calm() {
  note("all is well from now on");
  net.heal_all();
  disk->failure.reset();
  disk->unknown.reset();
  for (std::size_t i = 0; i <= workers; ++i)
    net.thaw(i);
}

void job_cluster::run() {
  net.advance(100ms);
  collect_acknowledgements();
  restart_ended();
  for (std::size_t i = 1; i <= workers; ++i)
    if (!net.connected(0, i) && !net.is_frozen(i))
      connect(i);
  look_when_quiet();
}

void job_cluster::restart_ended() {
  if (net.is_frozen(0) || (!*boss_ended_ && !*storage_ended_))
    return;
  if (*storage_ended_) {
    note("the repository ended");
    caf::anon_send_exit(boss_, caf::exit_reason::user_shutdown);
    net.settle();
    start_repository();
  }
  note("another dispatcher starts");
  start_dispatcher();
  for (std::size_t i = 1; i <= workers; ++i)
    net.cut(0, i);
}

void job_cluster::crash_worker(std::size_t i) {
  note(node_name(i) + " crashes");
  if (i == 1)
    pending_.clear(); // the client dies with its node
  proxies_[i] = nullptr;
  receptionists_[i] = nullptr;
  net.crash(i);
  start_worker(i);
}

void job_cluster::crash_control() {
  note("the control node crashes");
  boss_ = nullptr;
  storage_ = nullptr;
  options_ = {};
  for (auto& proxy : proxies_)
    proxy = nullptr;
  net.crash(0);
  start_control();
}

std::vector<lease_key> job_cluster::leases_of(std::size_t i) const {
  std::vector<lease_key> result;
  for (const auto& [id, job] : disk->data.jobs)
    if (job.held && job.held->node == node_name(i))
      result.push_back({id, job.held->epoch});
  return result;
}

bool job_cluster::is_current(const lease_key& lease) const {
  const auto& held = disk->data.jobs.at(lease.job).held;
  return held && held->epoch == lease.epoch;
}

// -- actors ---------------------------------------------------------------------------------------

void job_cluster::start_control() {
  dispatcher_options options;
  options.env = net[0].simulated_environment();
  options.env.now = [this] { return now(); };
  options.window_jobs_max = window_jobs;
  options.window_bytes_max = window_bytes;
  options.unstored_bytes_max = unstored_bytes;
  options.receptionist = spawn_receptionist(0);
  options.queues = queues();
  options.hooks["photos"] = photos().hooks;
  options_ = std::move(options);
  start_repository();
  start_dispatcher();
}

void job_cluster::start_repository() {
  storage_ = net[0].system.spawn(
    repository, std::shared_ptr<storage_engine>{std::make_shared<memory_store>(disk)},
    repository_options{options_.env, 2});
  storage_ended_ = end_of(storage_);
  net[0].request<caf::ok_atom>(storage_, declare_collections{{photos()}});
  options_.repository = storage_;
}

void job_cluster::start_dispatcher() {
  boss_ = net[0].system.spawn(dispatcher, options_);
  ++boss_number_;
  boss_ended_ = end_of(boss_);
  checker.calls_lost();
  net.settle();
}

receptionist_actor job_cluster::spawn_receptionist(std::size_t i) {
  receptionist_options options;
  options.self.name = node_name(i);
  options.env = net[i].simulated_environment();
  return net[i].system.spawn(receptionist, options);
}

void job_cluster::start_worker(std::size_t i) {
  auto& node = net[i];
  receptionists_[i] = spawn_receptionist(i);
  worker_options options;
  options.env = node.simulated_environment();
  options.id = {node_name(i), options.env.seed()};
  options.slots = 2;
  options.prefetch = 1;
  options.receptionist = receptionists_[i];
  options.queues["q"] = {"h", std::make_shared<const handler>(), 1024};
  options.make_runner
    = [&node] { return std::make_unique<simulated_runner>(node.system, 2, scripted_handler()); };
  node.system.spawn(worker, options);
  connect(i);
}

void job_cluster::connect(std::size_t i) {
  if (net.is_frozen(0) || *boss_ended_)
    return; // later, in `run`
  proxies_[i] = net.connect(0, i, boss_);
  net[i].request<caf::ok_atom>(
    receptionists_[i],
    register_name{"dispatcher", caf::actor_cast<caf::strong_actor_ptr>(proxies_[i])});
  net.settle();
}

} // namespace troupe::test
