// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/support/http_client.hpp"
#include "tests/support/pulled_cluster.hpp"

namespace http_tags_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using nlohmann::json;

namespace {

const std::string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const std::vector<std::string> traced{"traceparent: " + trace};

std::vector<std::string> ids_of(const http_reply& listed) {
  INFO(listed.body);
  REQUIRE(listed.status == 200);
  std::vector<std::string> ids;
  for (const auto& x : listed.body["jobs"])
    ids.push_back(x["id"]);
  return ids;
}

using ids = std::vector<std::string>;

} // namespace

TEST_CASE("jobs are found by their tags and texts, over HTTP and on the command line") {
  pulled_cluster http;
  const auto enqueue = [&](const std::string& payload, const json& tags) {
    return http.enqueue({{"payload", payload}, {"tags", tags}}, "open", {});
  };
  const auto oranges = enqueue("Oranges and lemons", {"nightly", "fruit"});
  const auto apples = enqueue("apples", {"fruit"});
  const auto stones = enqueue("stones, lemons", json::array());

  CHECK(http.job(oranges)["tags"] == json::array({"fruit", "nightly"}));
  CHECK(http.job(stones)["tags"].empty());
  CHECK(ids_of(http.get("/v1/jobs?tag=fruit")) == ids{apples, oranges});
  CHECK(ids_of(http.get("/v1/jobs?tag=frui")).empty());
  CHECK(ids_of(http.get("/v1/jobs?text=lemons")) == ids{stones, oranges});
  CHECK(ids_of(http.get("/v1/jobs?text=lemons&tag=fruit&queue=open&state=ready")) == ids{oranges});
  CHECK(ids_of(http.get("/v1/jobs?text=lemons&state=dead")).empty());

  const auto page = http.get("/v1/jobs?tag=fruit&limit=1");
  CHECK(ids_of(page) == ids{apples});
  CHECK(page.body["next"] == apples);
  CHECK(page.link == "</v1/jobs?limit=1&tag=fruit&before=" + apples + ">; rel=\"next\"");
  const auto last = http.get("/v1/jobs?limit=1&tag=fruit&before=" + apples);
  CHECK(ids_of(last) == ids{oranges});
  CHECK(last.body["next"].is_null());
  CHECK(last.link.empty());

  const auto listed
    = http.cluster.troupe({"jobs", "list", "--text", "LEMONS", "--tag", "fruit", "--json"});
  CHECK(listed.status == 0);
  const auto document = json::parse(listed.output);
  CHECK(document["next"].is_null());
  REQUIRE(document["jobs"].size() == 1);
  CHECK(document["jobs"][0]["id"] == oranges);
  const auto shown = http.cluster.troupe({"jobs", "list", "--limit", "1"});
  CHECK_THAT(shown.errors, Contains("There is more: --before " + stones));
}

TEST_CASE("tags that break the rules are refused, and nothing is stored") {
  pulled_cluster http;
  const auto status = [&](const json& tags) {
    return http.post("/v1/queues/open/jobs", {{"payload", "x"}, {"tags", tags}}).status;
  };
  json many = json::array();
  for (int i = 0; i < 11; ++i)
    many.push_back("tag" + std::to_string(i));
  CHECK(status(many) == 400);
  CHECK(status({std::string(81, 'x')}) == 400);
  CHECK(status({""}) == 400);
  CHECK(status({"two\nlines"}) == 400);
  CHECK(status({1}) == 400);
  CHECK(status("x") == 400);
  CHECK(http.queue("open")["ready"] == 0);
  many.erase(0);
  many[0] = std::string(80, 'x');
  CHECK(status(many) == 201);
}

TEST_CASE("the traceparent of a request goes with its jobs to their handlers") {
  pulled_cluster http{pulled_cluster::plan_of(1500ms),
                      "[handlers.tell]\nexec = [\"sh\", \"-c\", \"printf %s "
                      "\\\"$TROUPE_TRACEPARENT\\\"\"]\n[queues.tell]\nhandler = \"tell\"\n"};
  const auto told = http.result(http.enqueue({{"payload", "x"}}, "tell", traced));
  CHECK(told["result"] == trace);
  CHECK(told["traceparent"] == trace);
  for (const auto& headers : {std::vector<std::string>{}, {"traceparent: nonsense"}}) {
    const auto untold = http.result(http.enqueue({{"payload", "x"}}, "tell", headers));
    CHECK(untold["result"] == "");
    CHECK_FALSE(untold.contains("traceparent"));
  }
  http.enqueue({{"payload", "x"}}, "open", traced);
  CHECK(http.lease("ann")["traceparent"] == trace);

  const auto ended = run_program({"env", "TRACEPARENT=" + trace, built_program("troupe"), "submit",
                                  "tell", "--tag", "b", "--tag", "a", "--wait", "--json",
                                  "--connect", http.cluster.address()});
  INFO(ended.errors);
  REQUIRE(ended.status == 0);
  const auto submitted = json::parse(ended.output)["jobs"][0];
  CHECK(submitted["result"] == trace);
  CHECK(submitted["tags"] == json::array({"a", "b"}));
  const auto shown = http.cluster.troupe({"jobs", "show", submitted["id"]});
  CHECK_THAT(shown.output, Contains("  tags: a, b") && Contains("  trace: " + trace));
}

TEST_CASE("the traceparent of a request that changes records goes with the hooks' jobs") {
  auto plan = pulled_cluster::plan_of(1500ms);
  plan.services = 1;
  pulled_cluster http{plan, "[collections.notes]\non_create = \"open\"\non_update = \"open\"\n"};
  const std::string records = "/v1/collections/notes/records";
  const auto newest_trace = [&] {
    const auto listed = http.get("/v1/jobs?queue=open&limit=1").body["jobs"];
    return listed.size() == 1 ? listed[0].value("traceparent", "") : "there is no job";
  };
  REQUIRE(http.cluster.eventually([&] { return http.get(records).status == 200; }));

  CHECK(http.post(records, {{"id", "a"}}).status == 201);
  CHECK(newest_trace().empty());
  CHECK(http.post(records, {{"id", "b"}}, traced).status == 201);
  CHECK(newest_trace() == trace);
  CHECK(http.call("PUT", records + "/a", {{"n", 1}}, http.first).status == 200);
  CHECK(newest_trace().empty());
  CHECK(http
          .post(records + ":batch",
                {{"changes", {{{"op", "create"}, {"id", "c"}, {"body", json::object()}}}}}, traced)
          .status
        == 200);
  CHECK(newest_trace() == trace);
}

TEST_CASE("S2 a token for one queue does not reach the leases of another") {
  pulled_cluster http{pulled_cluster::plan_of(10s), "[queues.other]\n[http]\nauth = true\n"};
  const auto token = [&](const std::string& name, const std::string& scope) {
    auto made = http.cluster.troupe({"token", "create", name, "--scope", scope, "--json"});
    REQUIRE(made.status == 0);
    return "Authorization: Bearer " + json::parse(made.output)["token"].get<std::string>();
  };
  const auto own = token("own", "jobs:work:open");
  const auto other = token("other", "jobs:work:other");
  const auto any = token("any", "jobs:work:*");
  const auto id = http.cluster.submit("open", "x").at(0);
  const auto leased
    = http.post("/v1/queues/open/leases", {{"worker", "ann"}, {"wait", 10}}, {own}).body["jobs"];
  REQUIRE(leased.size() == 1);
  const json lease{{"job", leased[0]["id"]}, {"epoch", leased[0]["epoch"]}};
  const auto beat = [&](const std::string& authorization) {
    return http
      .post("/v1/leases:heartbeat", {{"worker", "ann"}, {"leases", {lease}}}, {authorization})
      .body;
  };
  const auto end = [&](const std::string& verb, const std::string& authorization) {
    return http.post("/v1/jobs/" + std::to_string(id) + ":" + verb,
                     {{"worker", "ann"}, {"epoch", lease["epoch"]}}, {authorization});
  };

  CHECK(http.post("/v1/queues/open/leases", {{"worker", "bob"}}, {other}).status == 403);
  CHECK(beat(other)["lost"] == json::array({lease}));
  for (const auto* verb : {"complete", "fail", "snooze", "release"}) {
    CAPTURE(verb);
    const auto refused = end(verb, other);
    CHECK(refused.status == 409);
    CHECK(refused.body["code"] == "lease_lost");
  }
  CHECK(http.cluster.find(id).state == job_state::running);
  CHECK(beat(own)["lost"].empty());
  CHECK(beat(any)["lost"].empty());
  CHECK(end("complete", own).status == 204);
}

} // namespace http_tags_test
