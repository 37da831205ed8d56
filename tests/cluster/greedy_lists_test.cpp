// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <thread>

#include "gateway/access_token.hpp"
#include "gateway/http.hpp"
#include "tests/support/gateway_cluster.hpp"
#include "tests/support/http_caller.hpp"

namespace greedy_lists_test {

using namespace troupe;
using namespace troupe::test;
using nlohmann::json;

namespace {

constexpr std::size_t records = 20'000;
constexpr std::size_t batch = 1000;
constexpr std::size_t lists = 40;

/// Everything is called by tokens.
struct guarded_cluster : gateway_cluster {
  std::string greedy, modest;

  guarded_cluster() : gateway_cluster{"[http]\nauth = true\n[collections.notes]\n", 1} {
    greedy = make_token("greedy", {"records:read"});
    modest = make_token("modest", {"admin"});
    for (std::size_t i = 0; i < records; i += batch)
      REQUIRE(post("/v1/collections/notes/records:batch", json{{"changes", some_records(i)}}.dump())
                .status
              == 200);
  }

  static json some_records(std::size_t first) {
    auto changes = json::array();
    for (std::size_t i = first; i < first + batch; ++i)
      changes.push_back({{"op", "put"},
                         {"id", fmt::format("n{}", i)},
                         {"body", {{"tags", {fmt::format("t{}", i), "common", "more"}}}}});
    return changes;
  }

  std::string make_token(const std::string& name, const std::vector<std::string>& scopes) {
    const auto made = troupe::make_token();
    REQUIRE(cluster.client().create_token({name, made.id, made.hash, scopes, {}, {}}));
    return made.text;
  }

  http_answer send(const std::string& method, const std::string& path, const std::string& body,
                   const std::string& token) const {
    return gateway_cluster::send(
      method, path, body, {"Content-Type: application/json", "Authorization: Bearer " + token});
  }
  http_answer get(const std::string& path) const { return send("GET", path, {}, modest); }
  http_answer post(const std::string& path, const std::string& body) const {
    return send("POST", path, body, modest);
  }

  /// The worst list: no index helps, and each of fifty tags is looked for in every record.
  static std::string worst_list() {
    std::string filter;
    for (int i = 0; i < 50; ++i)
      filter += fmt::format("{}tags has \"x{}\"", i == 0 ? "" : " or ", i);
    return "/v1/collections/notes/records?count=true&filter=" + percent_encode(filter);
  }

  std::string enqueue(const std::string& queue, const std::string& payload) const {
    const auto answer = post("/v1/queues/" + queue + "/jobs", json{{"payload", payload}}.dump());
    REQUIRE(answer.status == 201);
    return json::parse(answer.body)["ids"][0];
  }

  json ended(const std::string& job) const {
    const auto answer = get("/v1/jobs/" + job + "/result?wait=20");
    INFO(answer.body);
    REQUIRE(answer.status == 200);
    return json::parse(get("/v1/jobs/" + job).body);
  }
};

} // namespace

TEST_CASE_METHOD(guarded_cluster,
                 "S2: health and jobs and other tokens go on while one token lists its worst") {
  // Its lease ends within 1.5 s unless its worker's heartbeats are answered.
  const auto steady = enqueue("slow", "400");
  const auto request = "GET " + worst_list() + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: "
                       + "Bearer " + greedy + "\r\nConnection: close\r\n\r\n";
  std::vector<std::thread> callers;
  std::atomic<std::size_t> open = lists / 2, odd = 0;
  for (std::size_t i = 0; i < lists; ++i)
    if (i % 2 == 0)
      http_caller{web.number()}.send(request); // and hangs up
    else
      callers.emplace_back([&, port = web.number()] {
        http_caller caller{port};
        caller.send(request);
        const auto answer = caller.read_all();
        odd += answer.starts_with("HTTP/1.1 200") || answer.starts_with("HTTP/1.1 504")
                   || answer.starts_with("HTTP/1.1 503")
                 ? 0
                 : 1;
        --open;
      });

  std::size_t rounds = 0;
  do {
    CHECK(get("/livez").status == 200);
    CHECK(get("/readyz").status == 200);
    CHECK(get("/v1/collections/notes/records/n7").status == 200);
    CHECK(ended(enqueue("noop", "x"))["state"] == "succeeded");
    ++rounds;
  } while (open > 0);
  for (auto& x : callers)
    x.join();
  CHECK(rounds > 1);
  CHECK(odd == 0);

  const auto kept = ended(steady);
  CHECK(kept["state"] == "succeeded");
  CHECK(kept["losses"] == 0);
  CHECK(get("/v1/collections/notes/records?limit=1").status == 200);
}

} // namespace greedy_lists_test
