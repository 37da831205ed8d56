// SPDX-License-Identifier: Apache-2.0
#include "tests/support/pulled_cluster.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <utility>

#include "tests/support/http_client.hpp"

namespace troupe::test {

using nlohmann::json;

namespace {

cluster_plan with_gateways(cluster_plan plan, const std::string& more, std::uint16_t first,
                           std::uint16_t second) {
  plan.more += fmt::format("[queues.open]\nmax_attempts = 1\n"
                           "[nodes.gateway-1]\nroles = [\"gateway\"]\nhttp = \"127.0.0.1:{}\"\n"
                           "[nodes.gateway-2]\nroles = [\"gateway\"]\nhttp = \"127.0.0.1:{}\"\n{}",
                           first, second, more);
  return plan;
}

} // namespace

pulled_cluster::pulled_cluster(cluster_plan plan, const std::string& more)
    : cluster{with_gateways(std::move(plan), more, first.number(), second.number())} {
  cluster.start_all();
  for (const auto* name : {"gateway-1", "gateway-2"})
    cluster.start(name);
  for (auto* port : {&first, &second})
    REQUIRE(
      cluster.eventually([&] { return call("GET", "/readyz", nullptr, *port).status == 200; }));
}

cluster_plan pulled_cluster::plan_of(milliseconds lease_timeout) {
  cluster_plan plan;
  plan.lease_timeout = lease_timeout;
  plan.workers = 1;
  return plan;
}

http_reply pulled_cluster::call(const std::string& method, const std::string& path,
                                const json& body, const reserved_port& port,
                                std::vector<std::string> headers) const {
  const auto text = body.is_null() ? std::string{} : body.dump();
  headers.emplace_back("Content-Type: application/json");
  auto got = http_client{port.number(), milliseconds{40'000}}.send(method, path, text, headers);
  if (!got)
    return {};
  return {got->status, json::parse(got->body, nullptr, false), got->headers["link"]};
}

http_reply pulled_cluster::post(const std::string& path, const json& body,
                                std::vector<std::string> headers) const {
  return call("POST", path, body, first, std::move(headers));
}

http_reply pulled_cluster::get(const std::string& path) const {
  return call("GET", path, nullptr, first);
}

std::string pulled_cluster::enqueue(const std::string& payload, const std::string& queue) const {
  return enqueue({{"payload", payload}}, queue, {});
}

std::string pulled_cluster::enqueue(const json& job, const std::string& queue,
                                    std::vector<std::string> headers) const {
  auto stored = post("/v1/queues/" + queue + "/jobs", job, std::move(headers));
  INFO(stored.body);
  REQUIRE(stored.status == 201);
  return stored.body["ids"][0];
}

json pulled_cluster::job(const std::string& id) const {
  return get("/v1/jobs/" + id).body;
}

json pulled_cluster::result(const std::string& id) const {
  return get("/v1/jobs/" + id + "/result?wait=30").body;
}

json pulled_cluster::queue(const std::string& name) const {
  const auto listed = get("/v1/queues").body;
  for (const auto& x : listed["queues"])
    if (x["name"] == name)
      return x;
  return {};
}

json pulled_cluster::lease(const std::string& worker) const {
  auto got = post("/v1/queues/open/leases", {{"worker", worker}, {"wait", 10}});
  INFO(got.body);
  REQUIRE(got.status == 200);
  REQUIRE(got.body["jobs"].size() == 1);
  return got.body["jobs"][0];
}

http_reply pulled_cluster::end(const json& job, const std::string& verb, json body) const {
  body["epoch"] = job["epoch"];
  return post("/v1/jobs/" + job["id"].get<std::string>() + ":" + verb, body);
}

http_reply pulled_cluster::beat(const std::string& worker, const json& job) const {
  return post("/v1/leases:heartbeat",
              {{"worker", worker},
               {"leases", {{{"job", job["id"]}, {"epoch", job["epoch"]}, {"progress", "..."}}}}});
}

bool pulled_cluster::knows(const std::string& worker) const {
  return get("/v1/workers").body.dump().find("\"pull/" + worker + "\"") != std::string::npos;
}

} // namespace troupe::test
