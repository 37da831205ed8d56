// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/served_gateway.hpp"

#include <caf/send.hpp>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "actors/json_reader.hpp"
#include "gateway/gateway.hpp"
#include "gateway/gateway_state.hpp"
#include "messages/error_category.hpp"
#include "messages/interfaces.hpp"
#include "messages/limits.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/support/deterministic.hpp"

namespace troupe::fuzz {

namespace {

constexpr database_generation here = 0x5f;
constexpr auto* schema = R"({"type":"object","properties":{"title":{"type":"string"}}})";

// What an actor throws ends only that actor: what does not hold there is told later.
std::string& broken_promise() {
  static std::string what;
  return what;
}

void note_unless(bool holds, std::string_view what) {
  if (!holds)
    broken_promise() = what;
}

// -- whom the gateway asks -----------------------------------------------------------------------

record note(std::string id) {
  return {std::move(id), 3, test::start_date, test::start_date, R"({"title":"one"})"};
}

stored_collection notes() {
  return {{"notes", {"title"}, {"title"}, schema, {"mail", "", ""}}, 3, 1, 0};
}

caf::result<record_changed> changed(const change_record& x) {
  if (!x.id.empty() && !is_record_id(x.id))
    return to_caf({errc::invalid_argument, "an id is no such thing: " + x.id});
  note_unless(x.idempotency_key.size() <= 64 * 1024, "a key is a part of a head");
  auto value = note(x.id.empty() ? "made-up" : x.id);
  return record_changed{x.verb == record_verb::remove ? change_kind::deleted : change_kind::updated,
                        std::move(value),
                        4,
                        false,
                        17,
                        here};
}

records_actor::behavior_type some_records(records_actor::pointer) {
  return {
    [](const get_records& x) -> caf::result<records_found> {
      records_found found{{}, here};
      for (const auto& id : x.ids) {
        note_unless(!id.empty(), "who is asked for has an id");
        if (!is_record_id(id))
          return to_caf({errc::invalid_argument, "an id is no such thing: " + id});
        found.records.push_back({note(id), cache_status::hit, milliseconds{0}});
      }
      if (x.ids.empty())
        return to_caf({errc::invalid_argument, "no ids"});
      return found;
    },
    [](const change_record& x) { return changed(x); },
    [](const change_records& x) {
      records_changed reply{true, {}};
      for (const auto& each : x.changes)
        reply.outcomes.push_back({0, "", {change_kind::created, note(each.id), 4, false, 0, here}});
      return reply;
    },
    [](const list_records& x) {
      return records_page{{note("a")}, "bmV4dA", 1, x.at_least, here};
    },
    [](const read_changes& x) {
      return changes_read{{{3, change_kind::created, note("a")}}, 3, x.after > 3, here};
    },
    [](const list_collections&) {
      return collections_listed{{notes()}, here};
    },
    [](const list_caches&) {
      return caches_listed{{{{"north", 1, 0}, {}, {}, {}, 0}}};
    },
    [](const commit_step&) { return step_committed{}; },
  };
}

job some_job(job_id id) {
  job x;
  x.id = id;
  x.queue = "mail";
  x.payload = "\xff no text";
  x.result = "{}";
  return x;
}

jobs_found jobs_of(const std::vector<job_id>& ids) {
  jobs_found found;
  for (const auto id : ids)
    found.jobs.push_back(some_job(id));
  return found;
}

jobs_changed as_many(std::size_t count) {
  return {std::vector<std::uint16_t>(count, 0)};
}

dispatcher_actor::behavior_type some_jobs(dispatcher_actor::pointer) {
  return {
    [](const enqueue_jobs& x) {
      return jobs_enqueued{1, static_cast<std::uint32_t>(x.jobs.size())};
    },
    [](const get_jobs& x) { return jobs_of(x.ids); },
    [](const list_jobs& x) {
      note_unless(x.limit <= limits::batch_jobs_max, "a listing has a bound");
      return jobs_of({7, 8});
    },
    [](const cancel_jobs& x) { return as_many(x.ids.size()); },
    [](const retry_jobs& x) { return as_many(x.ids.size()); },
    [](const redrive_jobs&) {
      return jobs_redriven{1, 0};
    },
    [](const pause_queue&) { return caf::ok_atom_v; },
    [](const purge_queue&) {
      return queue_purged{1, 0, 9, false};
    },
    [](const drain_node&) { return caf::ok_atom_v; },
    [](const await_job& x) { return jobs_of({x.id}); },
    [](const read_events& x) {
      return events_read{{}, x.after + 1, false};
    },
    [](const list_queues&) {
      queue_info mail;
      mail.name = "mail";
      return queues_listed{{mail}};
    },
    [](const list_workers&) { return workers_listed{}; },
    [](const register_worker&, const worker_actor&) { return worker_registered{}; },
    [](const heartbeat& x) {
      return heartbeat_reply{x.leases, {}};
    },
    [](const start_jobs&) {},
    [](const finish_jobs&) { return finish_reply{}; },
    [](const pull_jobs& x) {
      note_unless(x.limit <= limits::pull_jobs_max, "a pull has a bound");
      return jobs_pulled{{{{7, 8}, x.queue, 1, {}, {}, "payload", {}}}, {}, {}};
    },
    [](const write_records&) { return records_written{}; },
    [](const finish_step&) { return step_stored{}; },
  };
}

receptionist_actor::behavior_type a_receptionist(receptionist_actor::pointer) {
  return {
    [](const join_cluster&) { return directory{}; },
    [](const directory&) {},
    [](const register_name&) { return caf::ok_atom_v; },
    [](const subscribe_name&) { return caf::ok_atom_v; },
    [](const subscribe_group&) { return caf::ok_atom_v; },
    [](const find_name&) -> caf::result<named_actor> {
      return to_caf({errc::unavailable, "nobody of that name"});
    },
    [](const list_nodes&) { return nodes_listed{}; },
    [](const note_change&) { return caf::ok_atom_v; },
  };
}

// -- who asks ------------------------------------------------------------------------------------

/// Takes the first pieces, then goes away.
class short_stream final : public http_stream {
public:
  explicit short_stream(std::shared_ptr<given_answer> x) : answer_{std::move(x)} {}

  void write(std::string piece, std::function<void(bool)> sent) override {
    answer_->response.body += piece;
    sent(++pieces_ < 3);
  }

  void end() override {}

private:
  std::shared_ptr<given_answer> answer_;
  int pieces_ = 0;
};

class asked_exchange final : public http_exchange {
public:
  asked_exchange(http_request x, std::shared_ptr<given_answer> answer)
      : answer_{std::move(answer)} {
    request_ = std::move(x);
  }

  void answer(http_response x) override { give(std::move(x)); }
  bool caller_is_gone() const override { return false; }
  void read_body(std::function<void()> then) override { then(); }
  void when_caller_leaves(std::function<void()>) override {}

  std::unique_ptr<http_stream> stream(http_response head) override {
    give(std::move(head));
    return std::make_unique<short_stream>(answer_);
  }

private:
  void give(http_response x) {
    note_unless(!answer_->answered, "a request is answered once");
    for (const auto& header : headers_)
      x.headers.push_back(header);
    *answer_ = {true, std::move(x)};
  }

  std::shared_ptr<given_answer> answer_;
};

struct served_stage : test::fixture {
  gateway_actor gate;

  served_stage() {
    gateway_options options;
    options.node = "gate";
    options.records = system.spawn(some_records);
    options.receptionist = system.spawn(a_receptionist);
    options.env = simulated_environment();
    options.declares_collections = true;
    options.origins = {"https://app.example"};
    options.report = [](const result<std::uint16_t>& port) {
      if (!port)
        throw std::runtime_error{to_string(port.error())};
    };
    gate = system.spawn(gateway, options);
    const auto jobs = system.spawn(some_jobs);
    caf::anon_send(
      gate, named_actor{"dispatcher", "north", caf::actor_cast<caf::strong_actor_ptr>(jobs)});
    settle();
  }

  ~served_stage() { kill_all(); } // before what it would still answer
};

} // namespace

given_answer serve(http_request request) {
  static served_stage stage;
  auto answer = std::make_shared<given_answer>();
  caf::anon_send(stage.gate,
                 http_exchange_ptr{std::make_shared<asked_exchange>(std::move(request), answer)});
  stage.settle(100'000);
  if (!answer->answered)
    stage.advance(std::chrono::seconds{60}, std::chrono::seconds{20});
  require(broken_promise().empty(), broken_promise());
  return *answer;
}

} // namespace troupe::fuzz
