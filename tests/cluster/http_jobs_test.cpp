#include <catch2/catch.hpp>
#include <csignal>
#include <fmt/format.h>
#include <future>
#include <nlohmann/json.hpp>

#include "tests/support/http_client.hpp"
#include "tests/support/process_cluster.hpp"

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

// What a reference worker runs: it does with each payload what that says.
const std::string script = R"(read -r order
case $order in
  fail) echo 'no way' >&2; exit 3;;
  sleep*) sleep ${order#sleep}; echo rested;;
  *) echo "$order" | tr a-z A-Z;;
esac)";

struct answer {
  int status = 0;
  json body;
};

/// A cluster with two gateways, whose queue "open" has no handler: its jobs are for pull workers.
class pulled_cluster {
public:
  explicit pulled_cluster(milliseconds lease_timeout = 1500ms)
      : cluster{plan_of(first.number(), second.number(), lease_timeout)} {
    cluster.start_all();
    for (const auto* name : {"gateway-1", "gateway-2"})
      cluster.start(name);
    for (auto* port : {&first, &second})
      REQUIRE(cluster.eventually([&] { return call("GET", "/readyz", {}, *port).status == 200; }));
  }

  answer call(const std::string& method, const std::string& path, const json& body,
              const reserved_port& port) const {
    const auto text = body.is_null() ? std::string{} : body.dump();
    auto got = http_client{port.number(), 40s}.send(method, path, text,
                                                    {"Content-Type: application/json"});
    if (!got)
      return {};
    return {got->status, json::parse(got->body, nullptr, false)};
  }

  answer post(const std::string& path, const json& body = nullptr) const {
    return call("POST", path, body, first);
  }
  answer get(const std::string& path) const { return call("GET", path, nullptr, first); }

  std::string enqueue(const std::string& payload, const std::string& queue = "open") const {
    auto stored = post("/v1/queues/" + queue + "/jobs", {{"payload", payload}});
    REQUIRE(stored.status == 201);
    return stored.body["ids"][0];
  }

  /// Leases one job, which must be there within 10 s.
  json lease(const std::string& worker) const {
    auto got = post("/v1/queues/open/leases", {{"worker", worker}, {"wait", 10}});
    INFO(got.body);
    REQUIRE(got.status == 200);
    REQUIRE(got.body["jobs"].size() == 1);
    return got.body["jobs"][0];
  }

  answer end(const json& job, const std::string& verb, json body) const {
    body["epoch"] = job["epoch"];
    return post("/v1/jobs/" + job["id"].get<std::string>() + ":" + verb, body);
  }

  answer beat(const std::string& worker, const json& job) const {
    return post("/v1/leases:heartbeat",
                {{"worker", worker},
                 {"leases", {{{"job", job["id"]}, {"epoch", job["epoch"]}, {"progress", "..."}}}}});
  }

  json job(const std::string& id) const { return get("/v1/jobs/" + id).body; }

  json queue(const std::string& name) const {
    const auto listed = get("/v1/queues").body;
    for (const auto& x : listed["queues"])
      if (x["name"] == name)
        return x;
    return {};
  }

  std::unique_ptr<program> start_worker(const std::string& file) const {
    const std::string path = TROUPE_SOURCE_DIR "/apps/workers/" + file;
    const auto url = fmt::format("http://127.0.0.1:{}", first.number());
    auto command = file == "worker.py"
                     ? std::vector<std::string>{"python3", path, "--url", url,  "--queue",
                                                "open",    "--", "sh",    "-c", script}
                     : std::vector<std::string>{"bash", path, url, "open", "sh", "-c", script};
    return std::make_unique<program>(command, cluster.folder() / file, cluster.folder() / file);
  }

  reserved_port first, second;
  process_cluster cluster;

private:
  static cluster_plan plan_of(std::uint16_t first_port, std::uint16_t second_port,
                              milliseconds lease_timeout) {
    cluster_plan plan;
    plan.lease_timeout = lease_timeout;
    plan.workers = 1;
    plan.more = fmt::format("[queues.open]\nmax_attempts = 1\n"
                            "[nodes.gateway-1]\nroles = [\"gateway\"]\nhttp = \"127.0.0.1:{}\"\n"
                            "[nodes.gateway-2]\nroles = [\"gateway\"]\nhttp = \"127.0.0.1:{}\"\n",
                            first_port, second_port);
    return plan;
  }
};

} // namespace

TEST_CASE("J2: a job is enqueued, leased, kept, completed and its result read over HTTP") {
  pulled_cluster http;
  auto id = http.enqueue("hello");
  auto unfinished = http.get("/v1/jobs/" + id + "/result");
  CHECK(unfinished.status == 202);
  CHECK(unfinished.body["state"] == "ready");
  auto result = std::async(std::launch::async,
                           [&] { return http.get("/v1/jobs/" + id + "/result?wait=30"); });

  auto job = http.lease("ann");
  CHECK(job["id"] == id);
  CHECK(job["payload"] == "hello");
  CHECK(job["attempt"] == 1);
  CHECK(job["lease_timeout_ms"] == 1500);
  for (int i = 0; i < 10; ++i) {
    http.cluster.eventually([] { return false; }, 300ms);
    auto kept = http.beat("ann", job);
    REQUIRE(kept.status == 200);
    CHECK(kept.body == json::parse(R"({"lost": [], "cancelled": []})"));
  }
  CHECK(http.end(job, "complete", {{"worker", "ann"}, {"result", {{"n", 1}}}}).status == 204);
  auto done = result.get();
  CHECK(done.status == 200);
  CHECK(done.body["state"] == "succeeded");
  CHECK(done.body["result"] == R"({"n":1})");
  CHECK(done.body["node"] == "pull/ann");
  CHECK(done.body["deliveries"] == 1);
  CHECK(http.get("/v1/jobs/12345/result?wait=30").status == 404);
}

TEST_CASE("J4: the job of a pull worker that dies goes to another; the zombie is refused") {
  pulled_cluster http;
  auto id = http.enqueue("x");
  auto lost = http.lease("ann");
  auto job = http.lease("bob");
  CHECK(job["id"] == id);
  CHECK(http.job(id)["losses"] == 1);
  auto zombie = http.end(lost, "complete", {{"worker", "ann"}, {"result", "late"}});
  CHECK(zombie.status == 409);
  CHECK(zombie.body["code"] == "lease_lost");
  CHECK(http.beat("ann", lost).body["lost"].size() == 1);
  CHECK(http.end(job, "complete", {{"worker", "bob"}, {"result", "good"}}).status == 204);
  CHECK(http.job(id)["result"] == "good");
}

TEST_CASE("J1: a pull worker goes on through another gateway when its own dies") {
  pulled_cluster http;
  auto id = http.enqueue("x");
  auto job = http.lease("ann");
  auto poll = std::async(std::launch::async, [&] {
    return http.post("/v1/queues/open/leases", {{"worker", "bob"}, {"wait", 30}});
  });
  // The gateway takes the poll with it; what comes afterwards is not leased to it.
  REQUIRE(http.cluster.eventually(
    [&] { return http.get("/v1/workers").body.dump().find("pull/bob") != std::string::npos; }));
  http.cluster.kill("gateway-1");
  CHECK(poll.get().status == 0);
  auto call = [&](const std::string& path, const json& body) {
    return http.call("POST", path, body, http.second);
  };
  CHECK(call("/v1/leases:heartbeat",
             {{"worker", "ann"}, {"leases", {{{"job", id}, {"epoch", job["epoch"]}}}}})
          .body["lost"]
          .empty());
  CHECK(call("/v1/jobs/" + id + ":complete", {{"worker", "ann"}, {"epoch", job["epoch"]}}).status
        == 204);
}

TEST_CASE("a job is failed, snoozed and released over HTTP") {
  pulled_cluster http;
  auto id = http.enqueue("x");
  auto job = http.lease("ann");
  CHECK(http.end(job, "release", {{"worker", "ann"}}).status == 204);
  job = http.lease("ann");
  CHECK(http.end(job, "snooze", {{"worker", "ann"}, {"delay_ms", 100}}).status == 204);
  job = http.lease("ann");
  CHECK(http.job(id)["snoozes"] == 1);
  CHECK(http.end(job, "fail", {{"worker", "ann"}, {"error", "no"}, {"final", true}}).status == 204);
  auto dead = http.job(id);
  CHECK(dead["state"] == "dead");
  CHECK(dead["error"] == "no");
  CHECK(dead["failures"] == 1);
}

TEST_CASE("requests of pull workers that make no sense change nothing") {
  pulled_cluster http;
  auto id = http.enqueue("x");
  auto lease = [&](const json& body) { return http.post("/v1/queues/open/leases", body).status; };
  CHECK(lease(json::object()) == 400);
  CHECK(lease({{"worker", ""}}) == 400);
  CHECK(lease({{"worker", std::string(65, 'x')}}) == 400);
  CHECK(lease({{"worker", "a"}, {"wait", 31}}) == 400);
  CHECK(lease({{"worker", "a"}, {"limit", 0}}) == 400);
  CHECK(lease({{"worker", "a"}, {"limit", 1.5}}) == 400);
  CHECK(lease({{"worker", "a"}, {"colour", "red"}}) == 400);
  CHECK(lease(json::array()) == 400);
  CHECK(http.post("/v1/queues/nowhere/leases", {{"worker", "a"}}).status == 404);
  CHECK(http.job(id)["state"] == "ready");

  auto job = http.lease("ann");
  auto of = [&](const std::string& verb, const json& body) {
    return http.post("/v1/jobs/" + id + ":" + verb, body).status;
  };
  CHECK(of("complete", {{"worker", "ann"}}) == 400);
  CHECK(of("complete", {{"worker", "ann"}, {"epoch", "1"}}) == 409);
  CHECK(of("complete", {{"worker", "ann"}, {"epoch", "x"}}) == 400);
  CHECK(of("complete", {{"worker", "ann"}, {"epoch", job["epoch"]}, {"result_base64", "?"}})
        == 400);
  CHECK(of("fail", {{"worker", "ann"}, {"epoch", job["epoch"]}, {"final", "yes"}}) == 400);
  CHECK(http.post("/v1/leases:heartbeat", {{"worker", "ann"}, {"leases", {1}}}).status == 400);
  CHECK(http.job(id)["state"] == "running");
}

TEST_CASE("a paused queue is paused after a restart, over HTTP and on the command line") {
  pulled_cluster http;
  CHECK(http.post("/v1/queues/open:pause").status == 204);
  CHECK(http.post("/v1/queues/nowhere:pause").status == 404);
  auto id = http.enqueue("x");
  http.cluster.kill("control");
  http.cluster.start("control");
  REQUIRE(http.cluster.eventually([&] { return http.get("/v1/queues").status == 200; }));
  CHECK(http.queue("open")["paused"] == true);
  auto none = http.post("/v1/queues/open/leases", {{"worker", "ann"}, {"wait", 1}});
  CHECK(none.status == 200);
  CHECK(none.body["jobs"].empty());
  CHECK(http.cluster.troupe({"queues", "resume", "open"}).status == 0);
  CHECK(http.queue("open")["paused"] == false);
  CHECK(http.lease("ann")["id"] == id);
}

TEST_CASE("what waits in a queue is purged, and a worker drained") {
  pulled_cluster http;
  auto id = http.enqueue("a");
  http.enqueue("b");
  auto first = http.post("/v1/queues/open:purge?limit=1");
  CHECK(first.body == json::parse(R"({"cancelled": 1, "left": 1})"));
  CHECK(http.cluster.troupe({"queues", "purge", "open"}).status == 0);
  CHECK(http.job(id)["state"] == "cancelled");
  CHECK(http.queue("open")["ready"] == 0);

  CHECK(http.post("/v1/workers/worker-1:drain").status == 204);
  CHECK(http.post("/v1/workers/nobody:drain").status == 400);
  REQUIRE(http.cluster.eventually(
    [&] { return http.get("/v1/workers").body["workers"][0]["state"] == "draining"; }));
  auto waits = http.enqueue("x", "noop");
  http.cluster.terminate("worker-1");
  REQUIRE(http.cluster.wait_for_end("worker-1", 10s));
  http.cluster.start("worker-1");
  CHECK(http.get("/v1/jobs/" + waits + "/result?wait=30").status == 200);
}

TEST_CASE("the reference workers run jobs, fail them, keep them, and hand them back") {
  const auto file = GENERATE(as<std::string>{}, "worker.py", "worker.sh");
  CAPTURE(file);
  pulled_cluster http{4s};
  auto worker = http.start_worker(file);
  INFO(read_file(http.cluster.folder() / file));
  auto result
    = [&](const std::string& id) { return http.get("/v1/jobs/" + id + "/result?wait=20").body; };
  auto plain = result(http.enqueue("hello\n"));
  CHECK(plain["state"] == "succeeded");
  CHECK(plain["result"] == "HELLO\n");
  auto failed = result(http.enqueue("fail\n"));
  CHECK(failed["state"] == "dead");
  CHECK(failed["error"].get<std::string>().starts_with("no way"));
  auto kept = result(http.enqueue("sleep6\n")); // longer than a lease
  CHECK(kept["result"] == "rested\n");
  CHECK(kept["deliveries"] == 1);

  auto id = http.enqueue("sleep60\n");
  REQUIRE(http.cluster.eventually([&] { return http.job(id)["state"] == "running"; }));
  worker->signal(SIGTERM);
  CHECK(worker->wait(10s) == 0);
  auto back = http.job(id);
  CHECK(back["state"] == "ready");
  CHECK(back["losses"] == 0);
  CHECK(back["failures"] == 0);
}
