// SPDX-License-Identifier: Apache-2.0
#include "actors/dispatcher.hpp"

#include "actors/dispatcher_state.hpp"
#include "actors/logging.hpp"
#include "messages/errors.hpp"

namespace troupe {

namespace {

caf::error not_open() {
  return to_caf({errc::unavailable, "the dispatcher is starting; try again in a moment"});
}

} // namespace

dispatcher_shell::behavior_type
dispatcher(dispatcher_shell::stateful_pointer<dispatcher_state> self, dispatcher_options options) {
  log_to_spdlog(self);
  auto& state = self->state;
  self->set_down_handler([&state](caf::down_msg& down) { state.down(down.source); });
  state.start(std::move(options));
  return {
    [&state](enqueue_jobs& x) -> caf::result<jobs_enqueued> {
      return state.open() ? state.enqueue(x) : not_open();
    },
    [&state](const get_jobs& x) -> caf::result<jobs_found> { return state.get(x); },
    [&state](const list_jobs& x) -> caf::result<jobs_found> { return state.list(x); },
    [&state](const cancel_jobs& x) -> caf::result<jobs_changed> {
      return state.open() ? state.cancel(x) : not_open();
    },
    [&state](const retry_jobs& x) -> caf::result<jobs_changed> {
      return state.open() ? state.retry(x) : not_open();
    },
    [&state](const redrive_jobs& x) -> caf::result<jobs_redriven> {
      return state.open() ? state.redrive(x) : not_open();
    },
    [&state](const pause_queue& x) -> caf::result<caf::ok_atom> {
      return state.open() ? state.pause(x) : not_open();
    },
    [&state](const purge_queue& x) -> caf::result<queue_purged> {
      return state.open() ? state.purge_waiting(x) : not_open();
    },
    [&state](const drain_node& x) -> caf::result<caf::ok_atom> {
      return state.open() ? state.drain(x) : not_open();
    },
    [&state](const await_job& x) -> caf::result<jobs_found> {
      return state.open() ? state.wait_for_end(x) : not_open();
    },
    [&state](const read_events& x) -> caf::result<events_read> {
      return state.open() ? state.events(x) : not_open();
    },
    [&state](const list_queues&) -> caf::result<queues_listed> {
      return state.open() ? caf::result<queues_listed>{state.queues()} : not_open();
    },
    [&state](const count_queues&) { return state.count(); },
    [&state](const list_workers&) -> caf::result<workers_listed> {
      return state.open() ? caf::result<workers_listed>{state.workers()} : not_open();
    },
    [&state](const register_worker& x, const worker_actor& who) -> caf::result<worker_registered> {
      return state.open() ? state.enlist(x, who) : not_open();
    },
    [&state](const heartbeat& x) -> caf::result<heartbeat_reply> {
      return state.open() ? state.renew(x) : not_open();
    },
    [&state](const start_jobs& x) { state.started(x); },
    [&state](finish_jobs& x) -> caf::result<finish_reply> {
      return state.open() ? state.finish(x) : not_open();
    },
    [&state](const pull_jobs& x) -> caf::result<jobs_pulled> {
      return state.open() ? state.pull(x) : not_open();
    },
    [&state](write_records& x) -> caf::result<records_written> {
      return state.open() ? state.write(x) : not_open();
    },
    [&state](finish_step& x) -> caf::result<step_stored> {
      return state.open() ? state.finish_with_step(x) : not_open();
    },
    [&state](caf::tick_atom) { state.tick(); },
    [&state](match_atom) { state.match(); },
    [&state](due_atom, timestamp armed) { state.promote(armed); },
    [&state](answer_atom) { state.answer_readers(false); },
  };
}

} // namespace troupe
