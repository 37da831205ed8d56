// SPDX-License-Identifier: Apache-2.0
#include "tests/support/simulated_runner.hpp"

#include <algorithm>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <deque>
#include <map>
#include <utility>

#include "messages/type_ids.hpp"

namespace troupe::test {

class simulated_runner::core : public std::enable_shared_from_this<core> {
public:
  core(caf::actor_system& system, std::uint32_t slots, simulated_handler script)
      : system_{&system},
        slots_{slots},
        script_{std::move(script)} {}

  void open() {
    timer_ = system_->spawn([weak = weak_from_this()](caf::event_based_actor*) -> caf::behavior {
      return {[weak](const lease_key& lease, std::uint64_t timer) {
        if (auto self = weak.lock())
          self->time_is_up(lease, timer);
      }};
    });
  }

  void close() {
    caf::anon_send_exit(timer_, caf::exit_reason::user_shutdown);
    timer_ = nullptr;
    notify = nullptr;
  }

  void begin_runs() {
    while (running_.size() < slots_ && !waiting.empty() && now() < limit) {
      auto job = std::move(waiting.front());
      waiting.pop_front();
      auto lease = job.lease;
      auto duration = script_.duration(job);
      auto& run = running_.emplace(lease, active_run{std::move(job), ++timers_}).first->second;
      arm(lease, run, duration);
      add({lease, now(), std::nullopt});
    }
  }

  void stop(const lease_key& lease) {
    auto is_it = [&](const leased_job& x) { return x.lease == lease; };
    if (auto i = std::find_if(waiting.begin(), waiting.end(), is_it); i != waiting.end()) {
      waiting.erase(i);
      add({lease, now(), outcome::release()});
    } else if (auto run = running_.find(lease); run != running_.end() && !run->second.stopping) {
      run->second.stopping = true;
      run->second.timer = ++timers_;
      arm(lease, run->second,
          script_.stops_after ? script_.stops_after(run->second.job) : milliseconds{0});
    }
  }

  void abandon(const lease_key& lease) {
    abandoned += running_.erase(lease);
    begin_runs();
  }

  std::deque<leased_job> waiting;
  time_point limit = time_point::min();
  std::vector<run_event> events;
  std::vector<lease_progress> progress;
  std::function<void()> notify;
  std::size_t abandoned = 0;

  void tell() {
    if (notify)
      notify();
  }

private:
  struct active_run {
    leased_job job;
    std::uint64_t timer; // the one that ends it; older ones are stale
    bool stopping = false;
  };

  time_point now() const { return system_->clock().now(); }

  void arm(const lease_key& lease, const active_run& run, milliseconds delay) {
    if (delay.count() >= 0)
      caf::delayed_anon_send(timer_, delay, lease, run.timer);
  }

  void time_is_up(const lease_key& lease, std::uint64_t timer) {
    auto i = running_.find(lease);
    if (i == running_.end() || i->second.timer != timer)
      return;
    auto how = i->second.stopping ? outcome::release() : script_.ends_with(i->second.job);
    running_.erase(i);
    add({lease, now(), std::move(how)});
    begin_runs();
  }

  void add(run_event event) {
    events.push_back(std::move(event));
    if (events.size() == 1)
      tell();
  }

  caf::actor_system* system_;
  std::size_t slots_;
  simulated_handler script_;
  caf::actor timer_;
  std::map<lease_key, active_run> running_;
  std::uint64_t timers_ = 0;
};

simulated_runner::simulated_runner(caf::actor_system& system, std::uint32_t slots,
                                   simulated_handler script)
    : core_{std::make_shared<core>(system, slots, std::move(script))} {
  core_->open();
}

simulated_runner::~simulated_runner() {
  core_->close();
}

void simulated_runner::report_progress(const lease_key& lease, std::string text) {
  core_->progress.push_back({lease, std::move(text)});
}

void simulated_runner::on_event(std::function<void()> notify) {
  core_->notify = std::move(notify);
}

void simulated_runner::start(std::vector<handler_run> runs) {
  for (auto& run : runs)
    core_->waiting.push_back(std::move(run.job));
  core_->begin_runs();
}

void simulated_runner::start_until(time_point limit) {
  core_->limit = limit;
  core_->begin_runs();
}

void simulated_runner::stop(const lease_key& lease) {
  core_->stop(lease);
}

void simulated_runner::abandon(const lease_key& lease) {
  core_->abandon(lease);
}

std::size_t simulated_runner::abandoned() const {
  return core_->abandoned;
}

std::vector<run_event> simulated_runner::take_events() {
  return std::exchange(core_->events, {});
}

std::vector<lease_progress> simulated_runner::take_progress() {
  return std::exchange(core_->progress, {});
}

} // namespace troupe::test
