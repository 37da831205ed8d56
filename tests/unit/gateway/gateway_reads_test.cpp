// SPDX-License-Identifier: Apache-2.0
#include <caf/send.hpp>
#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gateway/gateway_state.hpp"
#include "tests/support/balancer_stage.hpp"
#include "tests/support/deterministic.hpp"

namespace gateway_reads_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

/// A request that came from nowhere, and what it is answered with.
class noted_exchange final : public http_exchange {
public:
  noted_exchange(std::string path, std::vector<http_response>& answers) : answers_{answers} {
    request_.method = http_method::get;
    request_.path = std::move(path);
  }

  void answer(http_response x) override { answers_.push_back(std::move(x)); }
  bool caller_is_gone() const override { return false; }
  void read_body(std::function<void()>) override {}
  void when_caller_leaves(std::function<void()>) override {}
  std::unique_ptr<http_stream> stream(http_response) override { return nullptr; }

private:
  std::vector<http_response>& answers_;
};

/// What the records behind a gateway do, and what they were asked.
struct records_behind {
  std::string bad;   // no request with this id is answered well
  std::string stuck; // no request with this id is answered
  std::vector<std::vector<std::string>> asked;
};

records_actor::behavior_type records_of(records_actor::pointer self, records_behind* x) {
  return {
    [=](const get_records& read) -> caf::result<records_found> {
      x->asked.push_back(read.ids);
      records_found found;
      for (const auto& id : read.ids) {
        if (id == x->bad)
          return to_caf({errc::unavailable, "its owner is lost"});
        if (id == x->stuck)
          return self->make_response_promise<records_found>();
        found.records.emplace_back().value = {id, 1, {}, {}, "{}"};
      }
      return found;
    },
    [](const change_record&) { return record_changed{}; },
    [](const change_records&) { return records_changed{}; },
    [](const list_records&) { return records_page{}; },
    [](const read_changes&) { return changes_read{}; },
    [](const list_collections&) { return collections_listed{}; },
    [](const list_caches&) { return caches_listed{}; },
    [](const commit_step&) { return step_committed{}; },
  };
}

/// A gateway whose requests come when the test says so.
struct gateway_stage : fixture {
  records_behind behind;
  std::map<std::string, std::vector<http_response>> answers; // by id
  gateway_actor gate;

  gateway_stage() {
    gateway_options options;
    options.node = "gate";
    options.records = system.spawn(records_of, &behind);
    options.receptionist = system.spawn(listing, std::make_shared<reception>());
    options.env = simulated_environment();
    options.report = [](const result<std::uint16_t>& port) { REQUIRE(port); };
    gate = system.spawn(gateway, options);
    settle();
  }

  ~gateway_stage() { kill_all(); } // before what it would still answer

  /// Reads that come at the same time.
  void read(const std::vector<std::string>& ids) {
    for (const auto& id : ids)
      caf::anon_send(gate, http_exchange_ptr{std::make_shared<noted_exchange>(
                             "/v1/collections/notes/records/" + id, answers[id])});
    settle();
  }

  /// With what a read was answered, once; 0: not yet.
  int status(const std::string& id) {
    const auto& x = answers.at(id);
    REQUIRE(x.size() <= 1);
    return x.empty() ? 0 : x.front().status;
  }
};

using ids = std::vector<std::vector<std::string>>;

} // namespace

TEST_CASE("reads that come to a gateway at the same time are asked for together") {
  gateway_stage s;
  s.read({"a", "b", "c"});
  CHECK(s.behind.asked == ids{{"a", "b", "c"}});
  for (const auto* id : {"a", "b", "c"})
    CHECK(s.status(id) == 200);
  CHECK(s.answers.at("b").front().body.find("\"b\"") != std::string::npos);
}

TEST_CASE("a read that cannot be answered leaves those beside it unharmed") {
  gateway_stage s;
  s.behind.bad = "b";
  s.read({"a", "b", "c"});
  CHECK(s.status("a") == 200);
  CHECK(s.status("b") == 503);
  CHECK(s.status("c") == 200);
}

TEST_CASE("a read whose owner is silent keeps those beside it waiting a moment, not to the end") {
  gateway_stage s;
  s.behind.stuck = "b";
  s.read({"a", "b", "c"});
  CHECK(s.status("a") == 0);
  s.advance(bundle_patience);
  CHECK(s.status("a") == 200);
  CHECK(s.status("c") == 200);
  CHECK(s.status("b") == 0);
  s.advance(5s);
  CHECK(s.status("b") == 504);
}

TEST_CASE("what cannot be an id is asked for alone") {
  gateway_stage s;
  s.read({"a", "%20", "c"});
  CHECK(s.behind.asked.size() == 2);
  CHECK(s.status("a") == 200);
  CHECK(s.status("c") == 200);
}

TEST_CASE("a gateway that is told to end answers the reads that it has collected") {
  gateway_stage s;
  for (const auto* id : {"a", "b"})
    caf::anon_send(s.gate, http_exchange_ptr{std::make_shared<noted_exchange>(
                             "/v1/collections/notes/records/" + std::string{id}, s.answers[id])});
  caf::anon_send_exit(s.gate, caf::exit_reason::user_shutdown);
  s.settle();
  s.advance(1s);
  CHECK(s.status("a") == 200);
  CHECK(s.status("b") == 200);
}

} // namespace gateway_reads_test
