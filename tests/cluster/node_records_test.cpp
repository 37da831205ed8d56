// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <thread>

#include "node/client.hpp"
#include "node/node.hpp"
#include "node/typed_collection.hpp"
#include "tests/support/temporary_folder.hpp"

namespace node_records_test {

using namespace troupe;
using namespace std::chrono_literals;

namespace {

struct note {
  std::string title;
  int count = 0;
};

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(note, title, count)

/// One node inside this program that is all of a cluster.
struct embedded {
  test::temporary_folder folder;

  cluster_config config(std::vector<std::string> roles) const {
    cluster_config result;
    result.storage.path = folder.path() / "troupe.db";
    result.log.level = "warn";
    node_settings all;
    all.name = "all";
    all.roles = std::move(roles);
    all.host = "127.0.0.1";
    all.port = 0;
    all.slots = 1;
    result.nodes = {all};
    queue_settings mail;
    mail.name = "mail";
    mail.handler = "send";
    result.queues = {mail};
    handler_settings send;
    send.name = "send";
    result.handlers = {send};
    collection_settings notes;
    notes.name = "notes";
    notes.indexes = {"count"};
    notes.hooks.on_create = "mail";
    result.collections = {notes};
    return result;
  }
};

} // namespace

TEST_CASE_METHOD(embedded, "a program uses the records of the node inside it") {
  node all{config({"control", "service"}), "all"};
  const auto notes = all.records("notes");
  CHECK(notes.get("a").error().code == errc::unavailable);
  const auto started = all.start();
  INFO((started ? std::string{} : started.error().text));
  REQUIRE(started);

  const auto made = notes.create(R"({"title":"milk","count":1})", {"a", {}});
  REQUIRE(made);
  CHECK(notes.get("a")->fields == made->value.fields);
  CHECK(notes.put("a", R"({"count":2})", if_version(7)).error().code == errc::precondition_failed);
  CHECK(notes.merge_patch("a", R"({"count":2})")->value.fields == R"({"title":"milk","count":2})");
  list_records twos;
  twos.filter = "count = 2";
  CHECK(notes.list(twos)->records.size() == 1);
  CHECK(notes.changes(0, 10)->changes.size() == 2);
  CHECK(all.records("others").get("a").error().code == errc::unknown_collection);

  typed_collection<note> typed{all.records("notes")};
  CHECK(typed.modify("a", [](note& x) { ++x.count; })->value.count == 3);

  all.stop();
  CHECK(notes.get("a").error().code == errc::unavailable);
}

TEST_CASE_METHOD(embedded, "many threads use the records of one node, its handlers among them") {
  node all{config({"control", "service", "worker"}), "all"};
  std::atomic<int> handled{0};
  all.add_handler("send", [&](job_context&) {
    auto marked = all.records("notes").put("mark", R"({"count":0})");
    handled += marked ? 1 : 0;
    return marked ? outcome::success("") : outcome::failure("no mark");
  });
  const auto started = all.start();
  INFO((started ? std::string{} : started.error().text));
  REQUIRE(started);

  constexpr int threads = 8, records = 25;
  std::atomic<int> wrong{0};
  std::vector<std::thread> users;
  for (int i = 0; i < threads; ++i)
    users.emplace_back([&, i] {
      const auto notes = all.records("notes");
      for (int n = 0; n < records; ++n) {
        const auto id = std::to_string(i) + "-" + std::to_string(n);
        const auto body = R"({"count":)" + std::to_string(i * records + n) + "}";
        const auto made = notes.create(body, {id, {}});
        const auto found = notes.get(id);
        wrong += made && found && found->fields == body ? 0 : 1;
      }
    });
  for (auto& x : users)
    x.join();
  CHECK(wrong == 0);
  all.stop();
  CHECK(handled > 0);
}

TEST_CASE_METHOD(embedded, "a node of a cluster that answers for no records says so") {
  auto without = config({"control"});
  without.collections.clear();
  node all{without, "all"};
  const auto started = all.start();
  INFO((started ? std::string{} : started.error().text));
  REQUIRE(started);
  const auto refused = all.records("notes").get("a");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::unavailable);
  CHECK(refused.error().text.find("no records") != std::string::npos);
}

} // namespace node_records_test
