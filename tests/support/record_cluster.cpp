// SPDX-License-Identifier: Apache-2.0
#include "tests/support/record_cluster.hpp"

#include <algorithm>
#include <caf/event_based_actor.hpp>
#include <fmt/format.h>
#include <set>
#include <utility>

#include "actors/cache_state.hpp"
#include "actors/coordinator_state.hpp"
#include "actors/dispatcher_state.hpp"
#include "actors/receptionist.hpp"
#include "actors/record_service_state.hpp"
#include "actors/repository.hpp"
#include "node/lost_routes.hpp"
#include "tests/support/record_play.hpp"
#include "tests/support/slow_repository.hpp"

namespace troupe::test {

namespace {

using std::chrono_literals::operator""ms;

constexpr milliseconds tick_length{10};
constexpr milliseconds renew_interval{300};
constexpr milliseconds lease_length{900};

/// Steps before something bad may happen in a tick.
constexpr std::size_t steps_max = 400;

/// Finds what it is told; otherwise like a real one.
caf::behavior simulated_connector(caf::event_based_actor* self,
                                  const std::shared_ptr<caf::strong_actor_ptr>& hub) {
  self->set_down_handler([self](const caf::down_msg&) { forget_lost_routes(self->system()); });
  return {[self, hub](caf::connect_atom, const std::string&) -> caf::result<caf::strong_actor_ptr> {
    if (!*hub)
      return to_caf({errc::unavailable, "not connected"});
    self->monitor(*hub);
    forget_lost_routes(self->system());
    return *hub;
  }};
}

} // namespace

record_cluster::record_cluster(record_cluster_options options)
    : options_{options},
      collections_{played_collections()},
      net_{options.services + 2, options.seed} {
  disk_->check_epochs = options_.check_epochs;
  for (auto& x : collections_)
    x.cache_max = options_.cache_max;
  start_control();
  for (std::size_t i = 1; i <= options_.services; ++i)
    start_service(i);
  start_clients();
}

record_cluster::~record_cluster() {
  places_.clear();
}

// -- time and trouble -----------------------------------------------------------------------------

void record_cluster::run(milliseconds duration, const record_faults& rate) {
  for (auto until = now_ + duration; now_ < until;)
    tick(rate);
}

void record_cluster::tick(const record_faults& rate) {
  net_.pass(tick_length);
  now_ += tick_length;
  for (auto steps = net_.pick(steps_max); steps > 0 && net_.step(); --steps) {
  }
  misbehave(rate);
  net_.settle();
  end_troubles(false);
  repair();
  observe_epochs();
}

void record_cluster::misbehave(const record_faults& rate) {
  auto strikes
    = [&](double often) { return often > 0 && net_.chance(often * tick_length / 100ms); };
  auto i = 1 + net_.pick(options_.services + 1); // clients, too
  if (strikes(rate.cut))
    net_.cut(0, i);
  if (strikes(rate.delay)) {
    net_.chance(0.5) ? net_.partition(0, i) : net_.partition_one_way(net_.chance(0.5) ? 0 : i, 0);
    lasts(4000, [this, i] { net_.heal(0, i); });
  }
  auto freeze = [this](std::size_t node) {
    net_.freeze(node);
    lasts(3000, [this, node] { net_.thaw(node); });
  };
  if (strikes(rate.freeze))
    freeze(any_service());
  if (strikes(rate.control_freeze))
    freeze(0);
  if (strikes(rate.service_crash))
    restart(any_service());
  if (strikes(rate.control_crash))
    restart(0);
  if (strikes(rate.leave))
    leave(any_service());
  if (strikes(rate.full_disk)) {
    disk_->failure = error{errc::storage_full, "no space left on device"};
    lasts(500, [this] { disk_->failure.reset(); });
  }
}

void record_cluster::lasts(std::size_t most, std::function<void()> end) {
  troubles_.push_back({now_ + milliseconds{1 + net_.pick(most)}, std::move(end)});
}

void record_cluster::end_troubles(bool all) {
  auto due = std::exchange(troubles_, {});
  for (auto& x : due)
    if (all || x.until <= now_)
      x.end();
    else
      troubles_.push_back(std::move(x));
  net_.settle();
}

/// What a service manager and the nodes' connectors do.
void record_cluster::repair() {
  for (std::size_t i = 0; i <= clients(); ++i)
    if (*places_[i].ended && !places_[i].leaves)
      restart(i);
  for (std::size_t i = 1; i <= clients(); ++i) {
    if (*places_[i].parted)
      net_.cut(0, i); // one of them gave the other up: the other may not know
    if (!net_.connected(0, i))
      join(i);
  }
}

void record_cluster::observe_epochs() {
  auto shards = memory_store{disk_}.open_reader().value()->shards({});
  if (!shards)
    return;
  for (const auto& x : shards->shards) {
    auto [known, fresh] = epochs_.try_emplace({x.shard, x.epoch}, x.owner);
    if (!fresh && known->second != x.owner)
      violations_.push_back(fmt::format("epoch {} of shard {} was given twice", x.epoch, x.shard));
    if (fresh && epochs_.upper_bound({x.shard, x.epoch}) != epochs_.end()
        && epochs_.upper_bound({x.shard, x.epoch})->first.first == x.shard)
      violations_.push_back(fmt::format("epoch {} of shard {} went back", x.epoch, x.shard));
  }
}

// -- nodes ----------------------------------------------------------------------------------------

template <class Handle>
void record_cluster::watch(std::size_t i, const Handle& actor) {
  actor->attach_functor([ended = places_[i].ended](const caf::error&) { *ended = true; });
}

template <class Handle>
void record_cluster::name(std::size_t i, const std::string& name, const Handle& actor) {
  net_[i].request<caf::ok_atom>(places_[i].reception,
                                register_name{name, caf::actor_cast<caf::strong_actor_ptr>(actor)});
}

void record_cluster::start_place(std::size_t i) {
  auto& made = places_[i] = place{};
  made.hub = std::make_shared<caf::strong_actor_ptr>();
  made.ended = std::make_shared<bool>(false);
  made.parted = std::make_shared<bool>(false);
  receptionist_options options;
  options.self.name = name_of(i);
  options.self.incarnation = ++incarnations_;
  options.env = net_[i].simulated_environment();
  if (i != 0) {
    options.seeds = {"hub"};
    options.connector = net_[i].system.spawn(simulated_connector, made.hub);
  }
  made.reception = net_[i].system.spawn(receptionist, options);
  watch(i, made.reception);
}

void record_cluster::start_control() {
  start_place(0);
  auto& node = net_[0];
  auto env = node.simulated_environment();
  repository_actor storage = node.system.spawn(
    repository, std::shared_ptr<storage_engine>{std::make_shared<memory_store>(disk_)},
    repository_options{env, 2, places_[0].reception});
  declare_collections declared;
  for (const auto& x : collections_)
    declared.collections.push_back(x.declaration());
  node.request<caf::ok_atom>(storage, declared);

  dispatcher_options jobs;
  jobs.env = env;
  jobs.repository = storage;
  jobs.receptionist = places_[0].reception;
  queue_settings queue;
  queue.name = order_queue;
  queue.handler = "nobody";
  jobs.queues = {queue};
  for (const auto& x : collections_)
    if (x.hooks.any())
      jobs.hooks[x.name] = x.hooks;
  dispatcher_actor boss = node.system.spawn(dispatcher, jobs);

  coordinator_options owners;
  owners.node = name_of(0);
  owners.first_in_process = true;
  owners.interval = renew_interval;
  owners.lease = lease_length;
  owners.repository = storage;
  owners.receptionist = places_[0].reception;
  coordinator_actor leases = node.system.spawn(coordinator, owners);

  repository_actor slow = node.system.spawn(slow_repository, storage, env.seed());
  name(0, "repository", slow);
  watch(0, storage);
  watch(0, slow);
  watch(0, boss);
  watch(0, leases);
  if (options_.control_serves)
    spawn_services(0);
  net_.settle();
}

void record_cluster::start_service(std::size_t i) {
  start_place(i);
  spawn_services(i);
  join(i);
}

void record_cluster::spawn_services(std::size_t i) {
  auto& here = places_[i];
  auto& node = net_[i];
  auto env = node.simulated_environment();
  for (std::uint32_t number = 0; number < 2; ++number) {
    cache_options options;
    options.id = {name_of(i), ++incarnations_, number};
    options.collections = collections_;
    options.shares = 2;
    options.request_timeout = 1500ms;
    options.receptionist = here.reception;
    options.env = env;
    options.safety = options_.safety;
    auto made = node.system.spawn(cache, options);
    watch(i, made);
    here.leaving.push_back(caf::actor_cast<caf::actor>(made));
  }
  record_service_options options;
  options.name = fmt::format("{}{}/0", record_service_prefix, name_of(i));
  options.collections = collections_;
  options.request_timeout = 3000ms;
  options.receptionist = here.reception;
  options.env = env;
  auto made = node.system.spawn(record_service, options);
  watch(i, made);
  here.leaving.push_back(caf::actor_cast<caf::actor>(made));
  play_options local;
  local.home = name_of(i);
  for (std::uint32_t number = 0; number < options_.local_players; ++number)
    start_player(i, local);
}

/// Half of them talk to one service each, the others through balancers of all kinds.
void record_cluster::start_clients() {
  start_place(clients());
  join(clients());
  auto& node = net_[clients()];
  for (std::uint32_t i = 0; i < options_.players; ++i) {
    play_options how;
    if (i % 2 == 0) {
      balancer_options options;
      options.prefix = record_service_prefix;
      options.strategy = static_cast<balancing>(1 + i / 2 % 3);
      options.receptionist = places_[clients()].reception;
      options.env = node.simulated_environment();
      how.balanced = node.system.spawn(balancer, options);
    }
    start_player(clients(), how);
  }
  net_.settle();
}

void record_cluster::start_player(std::size_t node, play_options how) {
  auto number = static_cast<std::uint32_t>(players_.size() + 1);
  how.seed = options_.seed * 10'000 + number;
  how.player = std::make_shared<record_player>(number, how.seed, [this] { return ++clock_; });
  how.open = std::make_shared<std::size_t>(0);
  how.stop = stop_;
  players_.push_back(how.player);
  open_.emplace(node, how.open);
  auto made = net_[node].system.spawn(play_records, how);
  net_[node].request<caf::ok_atom>(places_[node].reception,
                                   subscribe_group{std::string{record_service_prefix},
                                                   caf::actor_cast<caf::strong_actor_ptr>(made)});
}

std::size_t record_cluster::open_requests() const {
  std::size_t result = 0;
  for (const auto& [node, count] : open_)
    result += *count;
  return result;
}

void record_cluster::join(std::size_t i) {
  if (net_.is_frozen(0) || net_.is_frozen(i))
    return;
  auto hub = net_.connect(0, i, places_[0].reception);
  auto& here = places_[i];
  here.parted = std::make_shared<bool>(false);
  hub->attach_functor([parted = here.parted](const caf::error&) { *parted = true; });
  *here.hub = caf::actor_cast<caf::strong_actor_ptr>(hub);
  net_.settle();
}

void record_cluster::restart(std::size_t i) {
  if (i == clients())
    return violations_.push_back("an actor of the clients' node has ended");
  if (i == 0)
    for (auto& [node, there] : places_)
      *there.hub = nullptr;
  places_.erase(i);
  open_.erase(i);
  net_.crash(i);
  i == 0 ? start_control() : start_service(i);
}

/// As a node that was told to stop: its actors end by themselves, then its process does.
void record_cluster::leave(std::size_t i) {
  auto& here = places_[i];
  if (std::exchange(here.leaves, true))
    return;
  for (const auto& x : here.leaving)
    caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
  lasts(2000, [this, i, ended = here.ended] {
    if (places_[i].ended == ended) // it was not restarted meanwhile
      restart(i);
  });
}

// -- the end --------------------------------------------------------------------------------------

std::vector<record_operation> record_cluster::history() const {
  std::vector<record_operation> result;
  for (const auto& x : players_)
    result.insert(result.end(), x->history().begin(), x->history().end());
  return result;
}

/// Whether clients that outlived all troubles get an answer from a service, which some of its own
/// may have ended: whoever is there again must be found again.
bool record_cluster::is_reached(std::size_t service) {
  auto& here = net_[clients()];
  const auto service_name = fmt::format("{}{}/0", record_service_prefix, name_of(service));
  for (const auto until = now_ + 2 * play_patience; now_ < until;) {
    tick({});
    auto found = here.ask<named_actor>(places_[clients()].reception, find_name{service_name});
    if (!found || !found->actor)
      continue;
    auto answer = here.request<records_found>(
      caf::actor_cast<records_actor>(found->actor),
      get_records{collections_.front().name, {"nobody"}, milliseconds{0}});
    for (const auto late = now_ + play_patience; !answer->has_value() && now_ < late;)
      tick({});
    if (answer->has_value() && (*answer)->has_value())
      return true;
  }
  return false;
}

std::vector<std::string> record_cluster::finish() {
  disk_->failure.reset();
  end_troubles(true);
  net_.heal_all();
  for (std::size_t i = 1; i <= options_.services; ++i)
    if (!is_reached(i))
      violations_.push_back(fmt::format("service {} is not reached by clients any more", i));
  *stop_ = true;
  for (auto until = now_ + 2 * play_patience; open_requests() > 0 && now_ < until;)
    tick({});
  auto wrong = violations_;
  if (open_requests() > 0)
    wrong.push_back("requests were never answered");
  for (const auto& x : players_)
    wrong.insert(wrong.end(), x->complaints().begin(), x->complaints().end());
  auto broken = check_records(read_collections(), history(), read_payloads());
  wrong.insert(wrong.end(), broken.begin(), broken.end());
  return wrong;
}

std::vector<played_collection> record_cluster::read_collections() const {
  auto reader = memory_store{disk_}.open_reader().value();
  std::vector<played_collection> result;
  for (const auto& settings : collections_) {
    played_collection x;
    x.name = settings.name;
    std::set<std::string> ids;
    for (changes_read page; page.next == 0 || !page.changes.empty();) {
      page = reader->changes({x.name, page.next, 1000, milliseconds{0}}).value();
      for (auto& change : page.changes) {
        ids.insert(change.value.id);
        x.feed.push_back(std::move(change));
      }
      if (page.changes.empty())
        break;
    }
    auto read = reader->read({x.name, {ids.begin(), ids.end()}}).value();
    for (auto& value : read.records)
      if (value.version != 0)
        x.records.push_back(std::move(value));
    result.push_back(std::move(x));
  }
  return result;
}

std::vector<std::string> record_cluster::read_payloads() const {
  std::vector<std::string> result;
  for (const auto& [id, job] : disk_->data.jobs)
    if (job.seen.queue == order_queue)
      result.push_back(job.seen.payload);
  return result;
}

} // namespace troupe::test
