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
  /// Requests by name ("get", "change", ...), probes as "probe".
  std::vector<std::string> asked;

  std::ptrdiff_t count(const std::string& what) const {
    return std::count(asked.begin(), asked.end(), what);
  }
};

/// A record service that follows its script. Answers in the id of found records tell who it was.
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
  auto found = [name] {
    records_found result;
    result.records.emplace_back().value.id = name;
    return result;
  };
  return {
    [=](const get_records& x) -> caf::result<records_found> {
      if (!x.ids.empty())
        return answer("get", found());
      script->asked.push_back("probe");
      if (script->mute)
        return self->make_response_promise<records_found>();
      return to_caf({errc::invalid_argument, "no ids"});
    },
    [=](const change_record&) { return answer("change", record_changed{}); },
    [=](const change_records&) { return answer("batch", records_changed{}); },
    [=](const list_records&) { return answer("list", records_page{}); },
    [=](const read_changes&) { return answer("changes", changes_read{}); },
    [=](const list_collections&) { return answer("collections", collections_listed{}); },
    [=](const list_caches&) { return answer("caches", caches_listed{}); },
    [=](const commit_step&) { return answer("step", step_committed{}); },
  };
}

} // namespace troupe::test
