// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#include <catch2/catch.hpp>
#include <future>
#include <map>
#include <nlohmann/json.hpp>

#include "actors/record_service.hpp"
#include "node/client.hpp"
#include "node/typed_collection.hpp"
#include "tests/support/loopback_node.hpp"
#include "tests/support/soon.hpp"

namespace record_client_test {

using namespace troupe;
using namespace std::chrono_literals;
using test::loopback_node;

namespace {

struct note {
  std::string title;
  int count = 0;
};

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(note, title, count)

using notes_by_id = std::map<std::string, record>;

// What a service does with the records of one collection, as far as these tests need it.
struct notes_service {
  std::uint64_t sequence = 0;
  notes_by_id notes;

  result<record_changed> change(const change_record& x) {
    if (x.collection != "notes")
      return failure(errc::unknown_collection, "no collection '" + x.collection + "'");
    auto& note = notes[x.id.empty() ? "new-" + std::to_string(sequence + 1) : x.id];
    if (!holds(x.condition, note.version))
      return failure(errc::precondition_failed, "it is at version " + std::to_string(note.version));
    auto kind = note.version == 0 ? change_kind::created : change_kind::updated;
    note.id = x.id.empty() ? "new-" + std::to_string(sequence + 1) : x.id;
    note.version = ++sequence;
    note.fields = x.body;
    record_changed answer{kind, note, sequence, false, 0};
    if (x.verb == record_verb::remove) {
      notes.erase(x.id);
      answer.kind = change_kind::deleted;
    }
    return answer;
  }

  records_page page(const list_records& x) const {
    records_page result;
    for (auto i = notes.upper_bound(x.cursor); i != notes.end(); ++i) {
      if (result.records.size() == 2) {
        result.next = result.records.back().id;
        break;
      }
      result.records.push_back(i->second);
    }
    return result;
  }
};

template <class T>
caf::result<T> caf_result(result<T> x) {
  if (!x)
    return to_caf(x.error());
  return std::move(*x);
}

records_actor::behavior_type serving(records_actor::pointer self,
                                     std::shared_ptr<notes_service> state) {
  return {
    [=](const get_records& x) -> caf::result<records_found> {
      if (x.collection == "silent")
        return self->make_response_promise<records_found>();
      records_found answer;
      for (auto& id : x.ids) {
        auto found = state->notes.find(id);
        answer.records.emplace_back().value
          = found == state->notes.end() ? record{} : found->second;
      }
      return answer;
    },
    [=](const change_record& x) { return caf_result(state->change(x)); },
    [=](const change_records& x) -> caf::result<records_changed> {
      records_changed answer{true, {}};
      for (auto& one : x.changes)
        answer.outcomes.emplace_back().changed = *state->change(one);
      return answer;
    },
    [=](const list_records& x) { return state->page(x); },
    [](const read_changes& x) {
      return changes_read{{}, x.after, false};
    },
    [](const list_collections&) {
      collections_listed answer;
      answer.collections.emplace_back().declaration.name = "notes";
      return answer;
    },
    [](const list_caches&) {
      caches_listed answer;
      answer.caches.emplace_back().owner = {"service", 1, 0};
      return answer;
    },
    [](const commit_step&) { return step_committed{}; },
  };
}

struct service_node {
  loopback_node node{{.name = "service"}};
  std::string address;
  std::vector<records_actor> services;

  explicit service_node(std::uint16_t port = 0) : address{node.listen(port)} {}
  ~service_node() { kill(); }

  std::string begin(std::shared_ptr<notes_service> state = std::make_shared<notes_service>()) {
    services.push_back(node.system.spawn(serving, std::move(state)));
    auto name = std::string{record_service_prefix} + "service/" + std::to_string(services.size());
    node.add_name(name, caf::actor_cast<caf::strong_actor_ptr>(services.back()));
    return name;
  }

  void kill() {
    for (auto& x : std::exchange(services, {}))
      caf::anon_send_exit(x, caf::exit_reason::kill);
  }
};

std::unique_ptr<client> connected(const std::string& address, milliseconds timeout = 5s) {
  auto made = client::connect({.addresses = {address}, .request_timeout = timeout});
  REQUIRE(made);
  return std::move(*made);
}

} // namespace

TEST_CASE("a client reads and changes records as texts") {
  service_node service;
  service.begin();
  auto user = connected(service.address);
  auto notes = user->records("notes");

  auto made = notes.create(R"({"title":"milk","count":1})");
  REQUIRE(made);
  CHECK(made->kind == change_kind::created);
  auto id = made->value.id;
  REQUIRE(notes.get(id));
  CHECK(notes.get(id)->fields == R"({"title":"milk","count":1})");
  CHECK(notes.put(id, "{}", if_version(made->value.version)));
  auto refused = notes.put(id, "{}", if_version(made->value.version));
  REQUIRE_FALSE(refused);
  CHECK(refused.error() == error{errc::precondition_failed, "it is at version 2"});
  CHECK(notes.remove(id)->kind == change_kind::deleted);
  auto gone = notes.get(id);
  REQUIRE_FALSE(gone);
  CHECK(gone.error().code == errc::unknown_record);
  CHECK(notes.get(std::vector<std::string>{id, "x"})->size() == 2);
  auto unknown = user->records("nodes").create("{}");
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().code == errc::unknown_collection);
}

TEST_CASE("a client makes several changes together, and looks at collections and caches") {
  service_node service;
  service.begin();
  auto user = connected(service.address);

  auto changed = user->change({{"notes", "a", record_verb::put, "{}", {}, {}},
                               {"notes", "b", record_verb::put, "{}", {}, {}}});
  REQUIRE(changed);
  CHECK(changed->committed);
  CHECK(changed->outcomes.size() == 2);
  REQUIRE(user->collections());
  CHECK(user->collections()->front().declaration.name == "notes");
  REQUIRE(user->caches());
  CHECK(user->caches()->front().owner.node == "service");
  CHECK(user->records("notes").changes(7, 10)->next == 7);
}

TEST_CASE("a client walks over all pages, and stops when it has enough") {
  service_node service;
  service.begin();
  auto user = connected(service.address);
  auto notes = user->records("notes");
  for (auto id : {"a", "b", "c", "d", "e"})
    REQUIRE(notes.put(id, "{}"));

  std::string ids;
  CHECK(notes.for_each({}, [&](const record& x) {
    ids += x.id;
    return true;
  }));
  CHECK(ids == "abcde");
  CHECK(notes.for_each({}, [&](const record& x) {
    ids += x.id;
    return x.id != "c";
  }));
  CHECK(ids == "abcdeabc");
}

TEST_CASE("a client reads and changes records as values of its own type") {
  service_node service;
  service.begin();
  auto user = connected(service.address);
  typed_collection<note> notes{user->records("notes")};

  auto made = notes.create({"milk", 1});
  REQUIRE(made);
  CHECK(made->value.title == "milk");
  auto modified = notes.modify(made->id, [](note& x) { ++x.count; });
  REQUIRE(modified);
  CHECK(notes.get(made->id)->value.count == 2);
  auto late = notes.update(*made);
  REQUIRE_FALSE(late);
  CHECK(late.error().code == errc::precondition_failed);
  CHECK(notes.list()->records.size() == 1);
  REQUIRE(notes.texts().put("other", R"({"title": 7})"));
  auto wrong = notes.get("other");
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().code == errc::invalid_record);
  CHECK(notes.remove(made->id));
}

TEST_CASE("a modification begins again when somebody else was faster") {
  service_node service;
  service.begin();
  auto user = connected(service.address);
  typed_collection<note> notes{user->records("notes")};
  REQUIRE(notes.put("a", {"milk", 1}));

  int calls = 0;
  auto modified = notes.modify("a", [&](note& x) {
    if (++calls == 1)
      REQUIRE(notes.put("a", {"milk", 10}));
    ++x.count;
  });

  REQUIRE(modified);
  CHECK(calls == 2);
  CHECK(modified->value.count == 11);
}

TEST_CASE("many requests about records may be under way at once") {
  service_node service;
  service.begin();
  service.begin();
  auto user = connected(service.address);
  std::atomic<int> answered{0};
  std::promise<void> all;

  for (int i = 0; i < 1000; ++i)
    user->read({"notes", {"a"}, {}}, [&](result<records_found> x) {
      if (x && ++answered == 1000)
        all.set_value();
    });

  CHECK(all.get_future().wait_for(10s) == std::future_status::ready);
}

TEST_CASE("a request about a record waits for a service that is still starting") {
  service_node service;
  auto user = connected(service.address);
  std::promise<result<records_found>> answer;
  user->read({"notes", {"a"}, {}}, [&](auto x) { answer.set_value(std::move(x)); });

  service.begin();

  CHECK(test::soon(answer.get_future()));
}

TEST_CASE("a request about a record without a service is unavailable after its time-out") {
  service_node service;
  auto user = connected(service.address, 200ms);

  auto answer = user->records("notes").get("a");

  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == errc::unavailable);
  CHECK(answer.error().text.find("record service") != std::string::npos);
}

TEST_CASE("requests about records end when the connection breaks, and go on with the next one") {
  auto service = std::make_unique<service_node>();
  auto port = service->node.port();
  service->begin();
  auto user = connected(service->address);
  REQUIRE(user->records("notes").put("a", "{}"));
  std::promise<result<records_found>> answer;
  user->read({"silent", {"a"}, {}}, [&](auto x) { answer.set_value(std::move(x)); });
  REQUIRE(user->collections()); // so that the first one is there

  service.reset();
  auto lost = test::soon(answer.get_future());
  service = std::make_unique<service_node>(port);
  service->begin();

  REQUIRE_FALSE(lost);
  CHECK(lost.error().code == errc::timed_out);
  CHECK(test::eventually([&] { return user->records("notes").put("b", "{}").has_value(); }));
}

} // namespace record_client_test
