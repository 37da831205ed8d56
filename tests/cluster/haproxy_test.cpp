// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/cluster/balanced_cluster.hpp"
#include "tests/support/skip.hpp"

namespace haproxy_test {

using namespace troupe;
using namespace troupe::test;

namespace {

/// Callers that put records through the balancer, and read them.
class caller {
public:
  caller(std::uint16_t port, int number)
      : port_{port},
        number_{number},
        thread_{[this] { run(); }} {}

  ~caller() { finish(); }

  void finish() {
    over_ = true;
    if (thread_.joinable())
      thread_.join();
  }

  int answered() const { return answered_; }

  /// What went wrong; read it after `finish`.
  const std::vector<std::string>& failures() const { return failures_; }

  /// The last number that was put into each record, with an answer.
  const std::map<std::string, int>& kept() const { return kept_; }

private:
  void run() {
    http_client client{port_};
    for (int i = 1; !over_; ++i) {
      const auto id = fmt::format("n-{}-{}", number_, i % 20);
      const auto path = "/v1/collections/notes/records/" + id;
      put(client, path, id, i);
      check(client.send("GET", path), "GET", 200);
      const auto made = fmt::format("m-{}-{}", number_, i);
      check(client.send("POST", "/v1/collections/notes/records",
                        fmt::format(R"({{"id":"{}","n":{}}})", made, i),
                        {"Content-Type: application/json", "Idempotency-Key: " + made}),
            "POST", 201);
      kept_[made] = i;
    }
  }

  void put(http_client& client, const std::string& path, const std::string& id, int i) {
    auto answer = client.send("PUT", path, fmt::format(R"({{"n":{}}})", i),
                              {"Content-Type: application/json"});
    if (check(std::move(answer), "PUT", i <= 20 ? 0 : 200))
      kept_[id] = i;
  }

  /// `wanted` 0: 200 or 201.
  bool check(const std::optional<http_answer>& answer, const char* what, int wanted) {
    const auto status = answer ? answer->status : 0;
    ++answered_;
    if (status == wanted || (wanted == 0 && (status == 200 || status == 201)))
      return true;
    failures_.push_back(fmt::format("{}: {} {}", what, status, answer ? answer->body : ""));
    return false;
  }

  std::uint16_t port_;
  int number_;
  std::atomic<bool> over_ = false;
  std::atomic<int> answered_ = 0;
  std::vector<std::string> failures_;
  std::map<std::string, int> kept_;
  std::thread thread_; // last: it uses all the others
};

} // namespace

TEST_CASE("behind HAProxy nobody notices that one gateway is killed and another stopped") {
  if (!std::filesystem::exists(haproxy)) {
    skip("HAProxy is missing, which scripts/setup --test installs");
    return;
  }
  balanced_cluster balanced;
  balanced.start();
  std::vector<std::unique_ptr<caller>> callers;
  for (int i = 0; i < 4; ++i)
    callers.push_back(std::make_unique<caller>(balanced.front.number(), i));
  auto go_on = [&](int more) {
    auto total = [&] {
      int sum = 0;
      for (const auto& x : callers)
        sum += x->answered();
      return sum;
    };
    const auto wanted = total() + more;
    return balanced.cluster.eventually([&] { return total() >= wanted; }, milliseconds{60'000});
  };

  CHECK(go_on(300));
  balanced.cluster.kill("gateway-1");
  CHECK(go_on(300));
  balanced.cluster.start("gateway-1");
  CHECK(balanced.is_ready(balanced.gateway_1));
  CHECK(balanced.serves(balanced.gateway_1));
  balanced.cluster.terminate("gateway-2");
  CHECK(balanced.cluster.wait_for_end("gateway-2", milliseconds{20'000}) == 0);
  CHECK(go_on(300));

  http_client reader{balanced.front.number()};
  for (auto& x : callers) {
    x->finish();
    CHECK(x->failures() == std::vector<std::string>{});
    for (const auto& [id, n] : x->kept()) {
      auto found = reader.send("GET", "/v1/collections/notes/records/" + id);
      REQUIRE(found);
      CHECK(nlohmann::json::parse(found->body).value("n", 0) == n);
    }
  }
}

TEST_CASE("a gateway that stops says so to balancers first, and goes on answering") {
  balanced_cluster balanced;
  balanced.cluster.start_all();
  balanced.cluster.start("gateway-1");
  REQUIRE(balanced.is_ready(balanced.gateway_1));

  http_client client{balanced.gateway_1.number()};
  balanced.cluster.terminate("gateway-1");
  std::optional<http_answer> health;
  CHECK(balanced.cluster.eventually([&] {
    health = client.send("GET", "/readyz");
    return health && health->status == 503;
  }));
  CHECK(health->headers["content-type"] == "application/problem+json");
  CHECK(nlohmann::json::parse(health->body)["code"] == "shutting_down");
  auto answer = client.send("GET", "/v1/collections");
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(answer->headers["connection"] == "close");
  CHECK(balanced.cluster.wait_for_end("gateway-1", milliseconds{20'000}) == 0);
}

} // namespace haproxy_test
