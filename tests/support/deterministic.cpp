// SPDX-License-Identifier: Apache-2.0
#include "tests/support/deterministic.hpp"

#include <algorithm>
#include <caf/io/middleman.hpp>
#include <caf/scheduled_actor.hpp>
#include <caf/system_messages.hpp>
#include <cstdlib>
#include <random>
#include <spdlog/spdlog.h>
#include <stdexcept>

#include "messages/registration.hpp"

namespace troupe::test {

namespace {

// Time 0 has a special meaning inside CAF's clocks.
constexpr auto clock_start = std::chrono::hours{1};

/// Tests provoke failures by the thousand: their log is for who asks for it.
void choose_log_level() {
  auto level = std::getenv("TROUPE_TEST_LOG");
  spdlog::set_level(level == nullptr ? spdlog::level::off : spdlog::level::from_str(level));
}

} // namespace

simulated_config::simulated_config(bool network) {
  register_messages(*this);
  set("scheduler.policy", caf::atom("testing"));
  set("logger.inline-output", true);
  if (!network)
    return;
  load<caf::io::middleman>();
  set("middleman.network-backend", caf::atom("testing"));
  set("middleman.manual-multiplexing", true);
  set("middleman.attach-utility-actors", true);
  set("middleman.workers", std::size_t{0});
  set("middleman.app-identifiers", std::vector<std::string>{wire_identifier()});
  set("middleman.heartbeat-interval", caf::timespan{std::chrono::seconds{1}});
  set("middleman.connection-timeout", caf::timespan{std::chrono::seconds{5}});
}

fixture::fixture(std::uint64_t seed, bool network)
    : config_{network},
      system{config_},
      scheduler{dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler())},
      self{system},
      seed_{seed} {
  choose_log_level();
  scheduler.clock().current_time += clock_start;
}

fixture::~fixture() {
  // A system waits for its last actor for ever, so a failed check must not leave one.
  kill_all();
}

environment fixture::simulated_environment() {
  environment result;
  result.own_threads = false;
  result.now = [this] { return now(); };
  result.seed = [engine = std::make_shared<std::mt19937_64>(seed_)] { return (*engine)(); };
  return result;
}

timestamp fixture::now() const {
  auto passed = scheduler.clock().now().time_since_epoch() - clock_start;
  return start_date + std::chrono::duration_cast<timestamp::duration>(passed);
}

bool fixture::step() {
  if (scheduler.jobs.empty())
    return step_network();
  remember(scheduler.jobs.front());
  return scheduler.try_run_once();
}

std::size_t fixture::settle(std::size_t limit) {
  std::size_t steps = 0;
  while (step())
    if (++steps == limit)
      throw std::runtime_error{"the actors do not come to rest"};
  return steps;
}

void fixture::advance(caf::timespan duration, caf::timespan tick) {
  settle();
  for (caf::timespan passed{0}; passed < duration; passed += tick) {
    scheduler.advance_time(std::min(tick, duration - passed));
    settle();
  }
}

void fixture::remember(caf::resumable* job) {
  auto actor = dynamic_cast<caf::scheduled_actor*>(job);
  if (actor == nullptr || !actor->getf(caf::abstract_actor::is_registered_flag))
    return;
  seen_.try_emplace(actor->id(), caf::actor_cast<caf::weak_actor_ptr>(actor));
  if (seen_.size() < forget_at_)
    return;
  std::erase_if(seen_, [](const auto& entry) { return entry.second->strong_refs == 0; });
  forget_at_ = std::max<std::size_t>(1024, 2 * seen_.size());
}

void fixture::kill_all() {
  do {
    for (auto job : scheduler.jobs)
      remember(job);
    for (const auto& [id, weak] : seen_)
      if (auto actor = caf::actor_cast<caf::strong_actor_ptr>(weak))
        // Before whatever else waits in its mailbox: it shall do nothing more.
        actor->enqueue(nullptr, caf::make_message_id(caf::message_priority::high),
                       caf::make_message(caf::exit_msg{actor->address(), caf::exit_reason::kill}),
                       nullptr);
    seen_.clear();
    settle();
  } while (!scheduler.jobs.empty() || !seen_.empty());
}

} // namespace troupe::test
