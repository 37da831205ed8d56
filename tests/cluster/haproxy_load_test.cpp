// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <csignal>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/cluster/balanced_cluster.hpp"
#include "tests/support/http_caller.hpp"
#include "tests/support/skip.hpp"

namespace haproxy_load_test {

using namespace troupe;
using namespace troupe::test;

namespace {

constexpr const char* wrk = "/usr/bin/wrk";

/// wrk, which asks through the balancer what balanced_load.lua says.
class wrk_load {
public:
  wrk_load(const balanced_cluster& balanced, const std::string& kind)
      : folder_{balanced.cluster.folder()},
        kind_{kind},
        program_{{wrk, "-t1", "-c8", "-d300", "--timeout", "20", "-s",
                  TROUPE_SOURCE_DIR "/tests/cluster/balanced_load.lua",
                  "http://127.0.0.1:" + std::to_string(balanced.front.number()), "--", kind,
                  folder_.string()},
                 output(),
                 output()} {}

  /// Ends it. What it says in the end.
  std::string end() {
    program_.signal(SIGINT);
    CHECK(program_.wait(milliseconds{20'000}) == 0);
    return read_file(output());
  }

  std::vector<std::string> acknowledged() const { return lines_of("acknowledged-"); }
  std::vector<std::string> refused() const { return lines_of("refused-"); }

private:
  std::filesystem::path output() const { return folder_ / ("wrk-" + kind_); }

  /// The whole lines of its one thread's file.
  std::vector<std::string> lines_of(const std::string& what) const {
    const auto text = read_file(folder_ / (what + kind_ + "-1"));
    std::vector<std::string> lines;
    for (std::size_t at = 0, end; (end = text.find('\n', at)) != std::string::npos; at = end + 1)
      lines.push_back(text.substr(at, end - at));
    return lines;
  }

  std::filesystem::path folder_;
  std::string kind_;
  program program_;
};

/// The ids of a whole list, page by page.
std::set<std::string> ids_of(http_client& client, const std::string& path, const char* member) {
  std::set<std::string> ids;
  for (auto next = path; !next.empty();) {
    auto answer = client.send("GET", next);
    REQUIRE(answer);
    REQUIRE(answer->status == 200);
    const auto page = nlohmann::json::parse(answer->body);
    for (const auto& x : page[member])
      ids.insert(x["id"].get<std::string>());
    const auto link = answer->headers["link"];
    next = link.empty() ? "" : link.substr(1, link.find('>') - 1);
  }
  return ids;
}

} // namespace

TEST_CASE("under load from wrk nothing that was acknowledged is lost with a gateway") {
  if (!std::filesystem::exists(haproxy) || !std::filesystem::exists(wrk)) {
    skip("HAProxy or wrk is missing, which scripts/setup --test installs");
    return;
  }
  balanced_cluster balanced;
  balanced.start();
  http_client client{balanced.front.number()};
  REQUIRE(client.send("PUT", "/v1/collections/notes/records/seed", "{}",
                      {"Content-Type: application/json"}));
  wrk_load records{balanced, "records"}, jobs{balanced, "jobs"};
  const auto go_on = [&](std::size_t more) {
    const auto wanted_records = records.acknowledged().size() + more;
    const auto wanted_jobs = jobs.acknowledged().size() + more;
    return balanced.cluster.eventually(
      [&] {
        return records.acknowledged().size() >= wanted_records
               && jobs.acknowledged().size() >= wanted_jobs;
      },
      milliseconds{60'000});
  };

  CHECK(go_on(200));
  balanced.cluster.kill("gateway-1");
  CHECK(go_on(200));
  balanced.cluster.start("gateway-1");
  CHECK(balanced.is_ready(balanced.gateway_1));
  CHECK(balanced.serves(balanced.gateway_1));
  balanced.cluster.terminate("gateway-2");
  CHECK(balanced.cluster.wait_for_end("gateway-2", milliseconds{20'000}) == 0);
  CHECK(go_on(200));
  const auto summary = records.end();
  jobs.end();

  // All of them may be repeated, and were.
  CHECK(records.refused() == std::vector<std::string>{});
  CHECK(summary.find("connect 0 read 0 write 0 timeout 0") != std::string::npos);
  const auto lost = [](std::vector<std::string> wanted, const std::set<std::string>& there) {
    std::erase_if(wanted, [&](const auto& id) { return there.contains(id); });
    return wanted;
  };
  const auto stored = ids_of(client, "/v1/collections/notes/records?limit=1000", "records");
  CHECK(lost(records.acknowledged(), stored) == std::vector<std::string>{});
  const auto queued = ids_of(client, "/v1/jobs?queue=mail&limit=1000", "jobs");
  CHECK(lost(jobs.acknowledged(), queued) == std::vector<std::string>{});
}

TEST_CASE("behind HAProxy a pull worker that has gone is given no job") {
  if (!std::filesystem::exists(haproxy)) {
    skip("HAProxy is missing, which scripts/setup --test installs");
    return;
  }
  balanced_cluster balanced;
  balanced.start();
  const auto lease = [&](http_caller& caller, const std::string& worker) {
    const auto body = fmt::format(R"({{"worker":"{}","wait":20}})", worker);
    REQUIRE(
      caller.send(fmt::format("POST /v1/queues/mail/leases HTTP/1.1\r\nHost: localhost\r\n"
                              "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
                              body.size(), body)));
  };
  const auto waits = [&] {
    int open = 0;
    for (const auto* port : {&balanced.gateway_1, &balanced.gateway_2}) {
      auto figures = http_client{port->number()}.send("GET", "/metrics");
      open += figures && figures->body.find("troupe_http_requests_open 1") != std::string::npos;
    }
    return open == 1;
  };
  {
    http_caller gone{balanced.front.number()};
    lease(gone, "gone");
    REQUIRE(balanced.cluster.eventually(waits));
  }
  http_client client{balanced.front.number()};
  auto made = client.send("POST", "/v1/queues/mail/jobs", R"({"payload":"a"})",
                          {"Content-Type: application/json"});
  REQUIRE(made);
  REQUIRE(made->status == 201);
  http_caller there{balanced.front.number()};
  lease(there, "there");
  const auto answer = there.read_until("]}");
  CHECK(answer.find("HTTP/1.1 200 ") == 0);
  CHECK(answer.find(nlohmann::json::parse(made->body)["ids"][0].get<std::string>())
        != std::string::npos);
}

} // namespace haproxy_load_test
