// SPDX-License-Identifier: Apache-2.0
#include "actors/record_sweeper.hpp"

#include <spdlog/spdlog.h>
#include <utility>

#include "actors/logging.hpp"
#include "messages/errors.hpp"
#include "messages/record.hpp"

namespace troupe {

namespace {

// As `change_record::idempotency_key` promises.
constexpr milliseconds keys_kept{24LL * 60 * 60 * 1000};

} // namespace

void record_sweeper_state::start(record_sweeper_options options) {
  options_ = std::move(options);
  self_->delayed_send(self_, options_.interval, caf::tick_atom_v);
}

void record_sweeper_state::begin_round() {
  current_ = 0;
  sweep();
}

void record_sweeper_state::sweep() {
  removed_ = 0;
  if (current_ == options_.collections.size())
    end_round();
  else if (current().ttl.count() > 0)
    find_old();
  else
    trim();
}

void record_sweeper_state::next_collection() {
  if (removed_ > 0)
    spdlog::info("collection '{}': {} records removed that were over their time", current().name,
                 removed_);
  ++current_;
  sweep();
}

void record_sweeper_state::end_round() {
  self_->delayed_send(self_, options_.interval, caf::tick_atom_v);
}

void record_sweeper_state::give_up(const caf::error& why) {
  spdlog::warn("collection '{}': cannot remove what is over its time, will try again: {}",
               current().name, reason_text(why));
  next_collection();
}

// -- records -------------------------------------------------------------------------------------

void record_sweeper_state::find_old() {
  auto before = rfc3339(options_.env.now() - current().ttl);
  query_records query;
  query.collection = current().name;
  query.filter
    = {{.what = filter_operator::less, .field = "updated_at", .values = {'"' + before + '"'}}};
  query.sort = {{.field = "updated_at", .descending = false}};
  query.limit = options_.batch;
  query.terms.patience = options_.request_timeout;
  self_->request(options_.repository, options_.request_timeout, std::move(query))
    .then(
      [this](records_queried& found) {
        old_.clear();
        for (const auto& x : found.records)
          old_.push_back({x.id, x.version});
        is_last_batch_ = old_.size() < options_.batch;
        remove_next();
      },
      [this](const caf::error& why) { give_up(why); });
}

void record_sweeper_state::remove_next() {
  if (old_.empty()) {
    if (is_last_batch_)
      trim();
    else
      find_old();
    return;
  }
  change_record change;
  change.collection = current().name;
  change.id = old_.front().id;
  change.verb = record_verb::remove;
  change.condition = {.kind = condition_kind::version, .version = old_.front().version};
  old_.pop_front();
  self_->request(options_.records, options_.request_timeout, std::move(change))
    .then(
      [this](const record_changed&) {
        ++removed_;
        remove_next();
      },
      [this](const caf::error& why) {
        auto code = from_caf(why).code;
        // Somebody was quicker: changed it, or removed it.
        if (code == errc::precondition_failed || code == errc::unknown_record)
          remove_next();
        else
          give_up(why);
      });
}

// -- the feed, and keys --------------------------------------------------------------------------

void record_sweeper_state::trim() {
  auto now = options_.env.now();
  trim_records request{.collection = current().name,
                       .changes_before = now - current().feed_retention,
                       .keys_before = now - keys_kept,
                       .limit = options_.batch};
  self_->request(options_.repository, options_.request_timeout, std::move(request))
    .then(
      [this](const records_trimmed& done) {
        if (done.changes < options_.batch && done.keys < options_.batch)
          next_collection();
        else
          trim();
      },
      [this](const caf::error& why) { give_up(why); });
}

record_sweeper_shell::behavior_type
record_sweeper(record_sweeper_shell::stateful_pointer<record_sweeper_state> self,
               record_sweeper_options options) {
  log_to_spdlog(self);
  self->state.start(std::move(options));
  return {[self](caf::tick_atom) { self->state.begin_round(); }};
}

} // namespace troupe
