// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "gateway/gateway_state.hpp"
#include "tests/support/balancer_stage.hpp"
#include "tests/support/deterministic.hpp"

namespace gateway_feed_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

constexpr database_generation now_here = 0x5f;

/// A caller, and what it was told.
struct caller {
  std::string told;
  int status = 0; ///< of an answer that is no stream
  bool open = false;
  bool taking = true; ///< it takes the next piece at once
  std::function<void(bool)> late;
};

class told_stream final : public http_stream {
public:
  explicit told_stream(std::shared_ptr<caller> x) : caller_{std::move(x)} { caller_->open = true; }
  ~told_stream() override { caller_->open = false; }
  void write(std::string piece, std::function<void(bool)> sent) override {
    caller_->told += piece;
    if (caller_->taking)
      sent(true);
    else
      caller_->late = std::move(sent);
  }
  void end() override {}

private:
  std::shared_ptr<caller> caller_;
};

class told_exchange final : public http_exchange {
public:
  told_exchange(std::string query, std::string last, std::shared_ptr<caller> x)
      : caller_{std::move(x)} {
    request_.method = http_method::get;
    request_.path = "/v1/collections/notes/changes";
    request_.query = std::move(query);
    request_.headers["accept"] = "text/event-stream";
    if (!last.empty())
      request_.headers["last-event-id"] = std::move(last);
  }

  void answer(http_response x) override { caller_->status = x.status; }
  bool caller_is_gone() const override { return false; }
  void read_body(std::function<void()>) override {}
  void when_caller_leaves(std::function<void()>) override {}
  std::unique_ptr<http_stream> stream(http_response head) override {
    caller_->status = head.status;
    return std::make_unique<told_stream>(caller_);
  }

private:
  std::shared_ptr<caller> caller_;
};

/// The feed behind a gateway.
struct feed_behind {
  std::vector<record_change> changes;
  std::uint64_t trimmed = 0; ///< up to here
  std::vector<read_changes> asked;
  std::vector<std::pair<read_changes, caf::typed_response_promise<changes_read>>> waiting;

  changes_read read(const read_changes& x) const {
    changes_read found;
    const auto last = trimmed + changes.size();
    found.generation = now_here;
    found.next = x.after == latest_change ? last : x.after;
    found.too_old = found.next < trimmed || found.next > last
                    || (x.generation != 0 && x.generation != now_here);
    for (const auto& change : changes)
      if (!found.too_old && change.sequence > found.next)
        found.changes.push_back(change);
    if (!found.changes.empty())
      found.next = found.changes.back().sequence;
    return found;
  }
};

/// Answers reads that wait, when it is told that there is something new.
caf::behavior waiting_reads(caf::event_based_actor* self, feed_behind* x) {
  return {
    [=](const read_changes& request) {
      auto promise = self->make_response_promise<changes_read>();
      x->waiting.emplace_back(request, promise);
      return promise;
    },
    [=](caf::tick_atom) {
      for (auto& [request, promise] : std::exchange(x->waiting, {}))
        promise.deliver(x->read(request));
    },
  };
}

records_actor::behavior_type records_of(records_actor::pointer self, feed_behind* x,
                                        const caf::actor& waiter) {
  return {
    [](const get_records&) { return records_found{}; },
    [](const change_record&) { return record_changed{}; },
    [](const change_records&) { return records_changed{}; },
    [](const list_records&) { return records_page{}; },
    [=](const read_changes& request) -> caf::result<changes_read> {
      x->asked.push_back(request);
      auto found = x->read(request);
      if (request.wait.count() == 0 || !found.changes.empty() || found.too_old)
        return found;
      auto promise = self->make_response_promise<changes_read>();
      self->request(waiter, caf::infinite, request)
        .then([promise](const changes_read& news) mutable { promise.deliver(news); },
              [promise](const caf::error& why) mutable { promise.deliver(why); });
      return promise;
    },
    [](const list_collections&) { return collections_listed{}; },
    [](const list_caches&) { return caches_listed{}; },
    [](const commit_step&) { return step_committed{}; },
  };
}

struct feed_stage : fixture {
  feed_behind behind;
  caf::actor waiter = system.spawn(waiting_reads, &behind);
  gateway_actor gate;

  feed_stage() {
    gateway_options options;
    options.node = "gate";
    options.records = system.spawn(records_of, &behind, waiter);
    options.receptionist = system.spawn(listing, std::make_shared<reception>());
    options.env = simulated_environment();
    options.report = [](const result<std::uint16_t>& port) { REQUIRE(port); };
    gate = system.spawn(gateway, options);
    settle();
  }

  ~feed_stage() {
    behind.waiting.clear();
    kill_all();
  }

  /// A change is committed.
  void add(const std::string& id) {
    const auto sequence = behind.trimmed + behind.changes.size() + 1;
    behind.changes.push_back({sequence, change_kind::created, {id, sequence, {}, {}, "{}"}});
    caf::anon_send(waiter, caf::tick_atom_v);
  }

  std::shared_ptr<caller> follow(const std::string& query, const std::string& last = {}) {
    auto x = std::make_shared<caller>();
    caf::anon_send(gate, http_exchange_ptr{std::make_shared<told_exchange>(query, last, x)});
    settle();
    return x;
  }

  std::size_t waits() const {
    return static_cast<std::size_t>(std::count_if(
      behind.asked.begin(), behind.asked.end(), [](const auto& x) { return x.wait.count() > 0; }));
  }
};

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

} // namespace

TEST_CASE("R5: many streams of a collection share one read and each gets every change once") {
  feed_stage s;
  s.add("a");
  std::vector<std::shared_ptr<caller>> callers;
  for (int i = 0; i < 50; ++i)
    callers.push_back(s.follow("after=0"));
  CHECK(s.waits() == 1);
  s.add("b");
  s.settle();
  s.add("c");
  s.settle();
  CHECK(s.waits() <= 4);
  for (const auto& x : callers) {
    CHECK(x->open);
    for (const auto* id : {"id: 1-5f\n", "id: 2-5f\n", "id: 3-5f\n"})
      CHECK(count_of(x->told, id) == 1);
  }
}

TEST_CASE("R5: a stream that took its piece late misses nothing") {
  feed_stage s;
  auto quick = s.follow("after=0");
  auto slow = s.follow("after=0");
  slow->taking = false;
  s.add("a");
  s.settle();
  s.add("b");
  s.add("c");
  s.settle();
  slow->taking = true;
  std::exchange(slow->late, nullptr)(true);
  s.settle();
  s.add("d");
  s.settle();
  for (const auto& x : {quick, slow})
    for (const auto* id : {"id: 1-5f\n", "id: 2-5f\n", "id: 3-5f\n", "id: 4-5f\n"})
      CHECK(count_of(x->told, id) == 1);
}

TEST_CASE("a stream that names no place begins with what comes next") {
  feed_stage s;
  s.behind.trimmed = 7; // what a browser that asks for the beginning could never have
  s.add("a");
  const auto x = s.follow("");
  CHECK(x->told.find("id: 8-5f\nevent: ready\n") != std::string::npos);
  s.add("b");
  s.settle();
  CHECK(count_of(x->told, "event: created") == 1);
  CHECK(x->told.find("id: 9-5f\n") != std::string::npos);
}

TEST_CASE("a stream that cannot go on is told once and a browser stops there") {
  feed_stage s;
  s.behind.trimmed = 7;
  s.add("a");
  for (const auto* lost : {"3", "9", "8-60"}) {
    const auto x = s.follow("", lost);
    CHECK(x->status == 200);
    CHECK(x->told.find("id: reset\nevent: reset\n") != std::string::npos);
    CHECK_FALSE(x->open);
  }
  CHECK(s.follow("", "8-5f")->open);
  CHECK(s.follow("", "reset")->status == 204);
}

TEST_CASE("S2: what is no position of the feed is refused") {
  feed_stage s;
  CHECK(s.follow("after=x")->status == 400);
  CHECK(s.follow("aftr=1")->status == 400);
}

} // namespace gateway_feed_test
