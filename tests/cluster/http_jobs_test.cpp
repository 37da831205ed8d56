// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <fmt/format.h>
#include <future>
#include <nlohmann/json.hpp>

#include "messages/limits.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/pulled_cluster.hpp"

namespace http_jobs_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

// What a reference worker runs: it does with each payload what that says.
const std::string script = R"(read -r order
case $order in
  fail) echo 'no way' >&2; exit 3;;
  trace) printf '%s\n' "[$TROUPE_TRACEPARENT]";;
  sleep*) sleep ${order#sleep}; echo rested;;
  child*) sh -c 'echo $$ >"$1"; exec sleep 1000' - "${order#child }";;
  large*) head -c "${order#large }" /dev/zero | tr '\0' x;;
  *) echo "$order" | tr a-z A-Z;;
esac)";

std::unique_ptr<program> start_worker(const pulled_cluster& http, const std::string& file) {
  const std::string path = TROUPE_SOURCE_DIR "/apps/workers/" + file;
  const auto url = fmt::format("http://127.0.0.1:{}", http.first.number());
  const auto log = http.cluster.folder() / file;
  auto command = file == "worker.py"
                   ? std::vector<std::string>{"python3", path, "--url", url,  "--queue",
                                              "open",    "--", "sh",    "-c", script}
                   : std::vector<std::string>{"bash", path, url, "open", "sh", "-c", script};
  return std::make_unique<program>(command, log, log);
}

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
  CHECK(done.body["result"] == json{{"n", 1}});
  CHECK(done.body["node"] == "pull/ann");
  CHECK(done.body["deliveries"] == 1);
  CHECK(http.get("/v1/jobs/12345/result?wait=30").status == 404);
}

TEST_CASE("J4: the job of a pull worker that dies goes to another and the zombie is refused") {
  pulled_cluster http;
  auto id = http.enqueue("x");
  auto lost = http.lease("ann");
  auto job = http.lease("bob");
  const std::string large(limits::payload_bytes_max + 1, 'x');
  CHECK(http.end(lost, "complete", {{"worker", "ann"}, {"result", large}}).status == 413);
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
  REQUIRE(http.cluster.eventually([&] { return http.knows("bob"); }));
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

TEST_CASE("J4: what is leased to a pull worker that went away while it waited is handed back") {
  pulled_cluster http{pulled_cluster::plan_of(60s)}; // no lease ends by itself here
  CHECK_FALSE(http_client{http.first.number(), 1s}.send("POST", "/v1/queues/open/leases",
                                                        R"({"worker": "ann", "wait": 30})",
                                                        {"Content-Type: application/json"}));
  REQUIRE(http.cluster.eventually([&] { return http.knows("ann"); }));
  const auto begin = http.cluster.event_position();

  auto id = http.enqueue("x");

  const auto has_happened = [&](job_event_kind kind) {
    return std::ranges::any_of(http.cluster.events_after(begin),
                               [&](const job_event& x) { return x.kind == kind; });
  };
  REQUIRE(http.cluster.eventually([&] { return has_happened(job_event_kind::released); }));
  CHECK(has_happened(job_event_kind::leased));
  const auto job = http.job(id);
  CHECK(job["state"] == "ready");
  CHECK(job["failures"] == 0);
  CHECK(job["losses"] == 0);
  CHECK(http.lease("bob")["attempt"] == 1);
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
  auto second = http.enqueue("b");
  auto first = http.post("/v1/queues/open:purge?limit=1");
  CHECK(first.body == json{{"cancelled", 1}, {"left", 1}, {"up_to", second}, {"more", true}});
  auto later = http.enqueue("c");
  auto rest = http.post("/v1/queues/open:purge?up_to=" + second);
  CHECK(rest.body == json{{"cancelled", 1}, {"left", 1}, {"up_to", second}, {"more", false}});
  CHECK(http.post("/v1/queues/open:purge?up_to=x").status == 400);
  CHECK(http.job(later)["state"] == "ready");
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
  CHECK(http.result(waits)["state"] == "succeeded");
}

TEST_CASE("a drained worker takes jobs again when it is resumed") {
  pulled_cluster http;
  const auto state
    = [&](std::size_t i) { return http.get("/v1/workers").body["workers"][i]["state"]; };
  const auto lease_none = [&] {
    auto got = http.post("/v1/queues/open/leases", {{"worker", "ann"}, {"wait", 1}});
    return got.status == 200 && got.body["jobs"].empty();
  };
  CHECK(http.post("/v1/workers/nobody:resume").status == 400);
  CHECK(http.post("/v1/workers/worker-1:resume").status == 204); // it was not drained
  for (const auto over_http : {true, false}) {
    CAPTURE(over_http);
    REQUIRE(http.post("/v1/workers/worker-1:drain").status == 204);
    REQUIRE(http.cluster.eventually([&] { return state(0) == "draining"; }));
    auto waits = http.enqueue("x", "noop");
    CHECK(http.get("/v1/jobs/" + waits + "/result?wait=1").body["state"] == "ready");
    if (over_http)
      CHECK(http.post("/v1/workers/worker-1:resume").status == 204);
    else
      CHECK(http.cluster.troupe({"workers", "resume", "worker-1", "--json"}).output
            == "{\"node\":\"worker-1\",\"draining\":false}\n");
    CHECK(http.result(waits)["state"] == "succeeded");
    CHECK(state(0) == "alive");
  }

  CHECK(lease_none()); // to be known
  REQUIRE(http.post("/v1/workers/pull%2Fann:drain").status == 204);
  auto id = http.enqueue("x");
  CHECK(lease_none());
  CHECK(http.post("/v1/workers/pull%2Fann:resume").status == 204);
  CHECK(http.lease("ann")["id"] == id);
}

TEST_CASE("the reference workers run jobs, fail them, keep them, and hand them back") {
  const auto file = GENERATE(as<std::string>{}, "worker.py", "worker.sh");
  CAPTURE(file);
  pulled_cluster http{pulled_cluster::plan_of(4s)};
  auto worker = start_worker(http, file);
  INFO(read_file(http.cluster.folder() / file));
  auto plain = http.result(http.enqueue("hello\n"));
  CHECK(plain["state"] == "succeeded");
  CHECK(plain["result"] == "HELLO\n");
  auto failed = http.result(http.enqueue("fail\n"));
  CHECK(failed["state"] == "dead");
  CHECK(failed["error"].get<std::string>().starts_with("no way"));
  CHECK(http.result(http.enqueue("trace\n"))["result"] == json::array());
  const std::string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  auto traced = http.enqueue({{"payload", "trace\n"}}, "open", {"traceparent: " + trace});
  CHECK(http.result(traced)["result"] == "[" + trace + "]\n");
  auto kept = http.result(http.enqueue("sleep6\n")); // longer than a lease
  CHECK(kept["result"] == "rested\n");
  CHECK(kept["deliveries"] == 1);

  auto id = http.enqueue("sleep60\n");
  REQUIRE(http.cluster.eventually([&] { return http.job(id)["state"] == "running"; }));
  worker->signal(SIGTERM);
  CHECK(worker->wait(10s) == 0);
  REQUIRE(http.cluster.eventually([&] { return http.job(id)["state"] == "ready"; }));
  auto back = http.job(id);
  CHECK(back["losses"] == 0);
  CHECK(back["failures"] == 0);
}

TEST_CASE("what a reference worker runs ends with it, even when it is killed") {
  const auto file = GENERATE(as<std::string>{}, "worker.py", "worker.sh");
  CAPTURE(file);
  pulled_cluster http{pulled_cluster::plan_of(4s)};
  auto worker = start_worker(http, file);
  const auto pid_file = http.cluster.folder() / "child";
  http.enqueue("child " + pid_file.string() + "\n");
  REQUIRE(http.cluster.eventually([&] { return read_file(pid_file).ends_with('\n'); }));
  const auto child = std::stoi(read_file(pid_file));
  REQUIRE(::kill(child, 0) == 0);

  worker->signal(SIGKILL);

  CHECK(http.cluster.eventually([&] { return ::kill(child, 0) != 0; }));
}

TEST_CASE("a result that no queue takes fails its job once, and says so") {
  const auto file = GENERATE(as<std::string>{}, "worker.py", "worker.sh");
  const auto bytes = GENERATE(1'100'000, 9'000'000); // more than a payload, more than a request
  CAPTURE(file, bytes);
  pulled_cluster http{pulled_cluster::plan_of(4s), "[queues.twice]\n"};
  auto worker = start_worker(http, file);

  auto done = http.result(http.enqueue("large " + std::to_string(bytes) + "\n"));

  CHECK(done["state"] == "dead");
  CHECK(done["failures"] == 1);
  CHECK(done["losses"] == 0);
  CHECK(done["error"].get<std::string>().find("a result of " + std::to_string(bytes) + " bytes")
        != std::string::npos);
}

TEST_CASE("an Idempotency-Key on jobs is refused until it means something") {
  pulled_cluster http;

  auto refused = http.post("/v1/queues/open/jobs", {{"payload", "x"}}, {"Idempotency-Key: abc"});

  CHECK(refused.status == 400);
  CHECK(refused.body["detail"].get<std::string>().find("Idempotency-Key") != std::string::npos);
  CHECK(http.queue("open")["ready"] == 0);
}

} // namespace http_jobs_test
