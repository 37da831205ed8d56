// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/typed_event_based_actor.hpp>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "actors/held_leases.hpp"
#include "actors/withheld_handlers.hpp"
#include "actors/worker.hpp"
#include "messages/errors.hpp"

namespace troupe {

/// What a worker knows and does; worker.cpp is its table of messages. Only its own actor may call
/// it.
class running_worker {
public:
  static inline const char* name = "worker";

  explicit running_worker(worker_shell::pointer self) : self_{self} {}

  // -- the dispatcher (running_worker.cpp)
  void start(worker_options options);
  void follow(const named_actor& who);
  void dispatcher_down(const caf::down_msg& down);
  void tick();

  // -- jobs (running_worker_jobs.cpp)
  void run(run_jobs& request);
  void cancel(const std::vector<lease_key>& leases);
  caf::result<caf::ok_atom> drain(const drain_worker& request);
  void resume();

  /// Takes what the runner has to say, and reports it.
  void look();

private:
  using time_point = held_leases::time_point;

  enum class link : std::uint8_t {
    absent,      ///< nobody is the dispatcher, as far as we know
    introducing, ///< it has not answered yet
    registered,
  };

  time_point now() const { return self_->clock().now(); }

  // -- the dispatcher
  void subscribe();
  void lose_dispatcher();
  void introduce();
  void introduced(const worker_registered& reply, time_point sent);
  void beat();
  void beaten(const heartbeat_reply& reply, time_point sent);
  void renew(time_point sent);
  void beat_failed(const caf::error& why);
  milliseconds retry_delay(std::uint32_t& failures);
  std::uint32_t capacity() const;
  bool hears_from_dispatcher() const;
  /// In the same process: then no silence comes between them.
  bool is_local() const;
  /// This process did not run for a while. Asks whether its leases are still held.
  void notice_gap();

  // -- jobs
  void take(run_event& event);
  void log(const run_event& event) const;
  void check_lease();
  void stop_runs(const std::vector<lease_key>& leases);
  void lose(const std::vector<lease_key>& leases);
  void take_progress();
  void stop_overdue();
  void abandon(const held_leases::orders& orders);
  void report();
  void report_outcomes();
  void finished(const std::vector<lease_key>& leases, const finish_reply& reply);
  void finish_failed(const std::vector<lease_key>& leases, const caf::error& why);
  void report_steps();
  void step_answered(const lease_key& lease, const step_committed& answer);
  void step_failed(const lease_key& lease, const error& why);
  void drain_on();

  // -- the host (running_worker_hosts.cpp)
  /// Looks whether the handlers' programs are there at all.
  void check_handlers();
  bool withhold(const std::string& handler, std::string why);
  void not_started(const lease_key& lease, const std::string& why);
  /// Tries again what was withheld for long enough, and tells the dispatcher what has changed.
  void offer_again();
  void name_offers(register_worker& request);
  /// A run is over: whose fault was it?
  void conclude(const lease_key& lease, outcome how);
  void settle_doubts();

  /// A run that somebody's signal ended: perhaps the one that ends this node, too.
  struct doubtful_end {
    lease_key lease;
    outcome how;
    time_point until;
  };

  worker_shell::pointer self_;
  worker_options options_;
  std::unique_ptr<handler_runner> runner_;
  held_leases leases_{milliseconds{0}};
  std::mt19937_64 random_;
  withheld_handlers withheld_;
  bool offers_changed_ = false; ///< since the dispatcher was told
  std::vector<doubtful_end> doubtful_;

  dispatcher_actor dispatcher_;
  std::string dispatcher_node_;
  link link_ = link::absent;
  std::uint64_t registration_ = 0; ///< counts attempts: answers to older ones are stale
  milliseconds tick_interval_{0};
  milliseconds heartbeat_interval_{0};
  milliseconds lease_timeout_{0};
  time_point renewed_{};                      ///< when the last accepted heartbeat was sent
  bool given_up_ = true;                      ///< the leases were, since then
  time_point ticked_{};                       ///< when the last pulse was
  time_point asks_until_ = time_point::min(); ///< after a gap: a heartbeat decides
  time_point beat_due_ = time_point::max();
  time_point subscribe_due_ = time_point::max();
  time_point introduce_due_ = time_point::max();
  time_point report_due_ = time_point::min();
  std::uint32_t introduce_failures_ = 0;
  std::uint32_t report_failures_ = 0;
  std::size_t reports_in_flight_ = 0;
  time_point step_due_ = time_point::min();
  std::uint32_t step_failures_ = 0;
  std::size_t steps_in_flight_ = 0;

  std::vector<caf::typed_response_promise<caf::ok_atom>> drains_; ///< who waits for the end
  bool draining_ = false;
  bool ending_ = false; ///< its node stops: no resume
  bool drained_ = false;
  bool released_ = false; ///< the grace is over
  time_point drain_until_{};
  time_point drain_progress_{}; ///< when the last run ended, or outcome was acknowledged
};

} // namespace troupe
