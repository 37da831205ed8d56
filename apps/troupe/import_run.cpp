// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/import_run.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

namespace {

constexpr std::size_t bad_lines_kept = 100;
constexpr int tries_max = 20;
constexpr milliseconds pause_step{100};
constexpr milliseconds pause_max{2000};

/// It may go better in a moment; the batch's key makes sending it again harmless.
bool is_passing(errc code) {
  return code == errc::overloaded || code == errc::unavailable || code == errc::timed_out
         || code == errc::not_owner || code == errc::queue_full || code == errc::shutting_down;
}

std::vector<bad_line> refused_lines(const import_batch& batch, const records_changed& answer) {
  std::vector<bad_line> result;
  auto count = std::min(batch.numbers.size(), answer.outcomes.size());
  for (std::size_t i = 0; i < count; ++i)
    if (auto& x = answer.outcomes[i]; x.code != 0)
      result.push_back({batch.numbers[i], to_string(error{static_cast<errc>(x.code), x.text})});
  return result;
}

} // namespace

import_run::import_run(import_state state, bool skip_bad, import_ports ports)
    : state_{std::move(state)},
      skip_bad_{skip_bad},
      ports_{std::move(ports)} {}

import_report import_run::run(import_source& source) {
  for (;;) {
    if (!ports_.progress(state_.line)) {
      report_.stopped = true;
      break;
    }
    auto batch = source.next();
    if (!batch)
      break;
    state_.pending_until = batch->last_line;
    if (auto saved = ports_.save(state_); !saved) {
      report_.problem = saved.error();
      break;
    }
    auto line = batch->last_line;
    auto offset = batch->end_offset;
    if (!take(std::move(*batch)))
      break;
    state_.line = line;
    state_.offset = offset;
    state_.pending_until = 0;
  }
  return std::move(report_);
}

bool import_run::take(import_batch batch) {
  auto bad = batch.bad;
  while (skip(bad) && !batch.changes.empty()) {
    auto answer = send(batch);
    if (!answer)
      return false;
    if (answer->committed) {
      for (auto& x : answer->outcomes)
        ++(x.changed.kind == change_kind::created ? report_.created : report_.updated);
      return true;
    }
    bad = refused_lines(batch, *answer);
    if (bad.empty())
      report_.problem = error{errc::storage_failed, "a batch was refused without a reason"};
    else
      batch.drop(bad);
  }
  return !report_.problem;
}

std::optional<records_changed> import_run::send(const import_batch& batch) {
  auto key = idempotency_key_of(batch, state_.run);
  for (int tries = 1;; ++tries) {
    auto answer = ports_.send(batch.changes, key);
    if (answer)
      return std::move(*answer);
    if (!is_passing(answer.error().code) || tries == tries_max) {
      report_.problem = answer.error();
      return std::nullopt;
    }
    ports_.pause(std::min(pause_max, pause_step * tries));
    if (!ports_.progress(state_.line)) {
      report_.stopped = true;
      report_.problem = answer.error();
      return std::nullopt;
    }
  }
}

/// False: there is a problem, a bad line that may not be skipped or an earlier one.
bool import_run::skip(const std::vector<bad_line>& lines) {
  if (report_.problem)
    return false;
  if (!lines.empty() && !skip_bad_) {
    report_.problem = error{errc::invalid_record, "line " + std::to_string(lines.front().number)
                                                    + ": " + lines.front().text};
    return false;
  }
  report_.skipped += lines.size();
  for (auto& x : lines)
    if (report_.bad.size() < bad_lines_kept)
      report_.bad.push_back(x);
  return true;
}

} // namespace troupe
