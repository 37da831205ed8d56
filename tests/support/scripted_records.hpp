// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <caf/typed_event_based_actor.hpp>
#include <memory>
#include <string>
#include <vector>

#include "messages/errors.hpp"
#include "messages/interfaces.hpp"

namespace troupe::test {

/// What a record service does, and what it was asked.
struct records_script {
  bool mute = false; ///< does not answer, though it lives
  error refusal;     ///< if it has a code: the answer to everything
  std::string stuck; ///< reads of this id are not answered
  std::string bad;   ///< reads of this id are refused
  errc why_bad = errc::invalid_argument;
  /// Requests by name ("get", "change", ...), probes as "probe".
  std::vector<std::string> asked;
  milliseconds list_patience{0}; ///< of the last list
  /// The ids of each request to read.
  std::vector<std::vector<std::string>> reads;

  std::ptrdiff_t count(const std::string& what) const {
    return std::count(asked.begin(), asked.end(), what);
  }
};

/// A record service that follows its script. What it finds has its own name as the id, and the id
/// that was asked for as the fields.
inline records_actor::behavior_type scripted_records(records_actor::pointer self, std::string name,
                                                     std::shared_ptr<records_script> script) {
  auto answer = [=](const std::string& what, auto reply) -> caf::result<decltype(reply)> {
    script->asked.push_back(what);
    if (script->mute)
      return self->make_response_promise<decltype(reply)>();
    if (script->refusal.code != errc::none)
      return to_caf(script->refusal);
    return reply;
  };
  auto find = [=](const get_records& x) -> caf::result<records_found> {
    script->reads.push_back(x.ids);
    const auto has = [&x](const std::string& id) {
      return std::find(x.ids.begin(), x.ids.end(), id) != x.ids.end();
    };
    if (has(script->bad))
      return to_caf({script->why_bad, "a bad id"});
    if (has(script->stuck))
      return self->make_response_promise<records_found>();
    records_found found;
    for (const auto& id : x.ids)
      found.records.push_back({{name, 1, {}, {}, id}, cache_status::hit, milliseconds{0}});
    return answer("get", std::move(found));
  };
  return {
    [=](const get_records& x) -> caf::result<records_found> {
      if (!x.ids.empty())
        return find(x);
      script->asked.push_back("probe");
      if (script->mute)
        return self->make_response_promise<records_found>();
      return to_caf({errc::invalid_argument, "no ids"});
    },
    [=](const change_record&) { return answer("change", record_changed{}); },
    [=](const change_records&) { return answer("batch", records_changed{}); },
    [=](const list_records& x) {
      script->list_patience = x.terms.patience;
      return answer("list", records_page{});
    },
    [=](const read_changes&) { return answer("changes", changes_read{}); },
    [=](const list_collections&) { return answer("collections", collections_listed{}); },
    [=](const list_caches&) { return answer("caches", caches_listed{}); },
    [=](const commit_step&) { return answer("step", step_committed{}); },
  };
}

} // namespace troupe::test
