// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <catch2/catch.hpp>
#include <future>

#include "node/client.hpp"
#include "node/node.hpp"
#include "tests/support/loopback_node.hpp"
#include "tests/support/soon.hpp"
#include "tests/support/temporary_folder.hpp"

namespace node_test {

using namespace troupe;
using namespace std::chrono_literals;
using test::eventually;

namespace {

node_settings control_settings(std::uint16_t port = 0) {
  node_settings result;
  result.name = "control";
  result.roles = {"control"};
  result.host = "127.0.0.1";
  result.port = port;
  return result;
}

node_settings worker_settings(const std::string& name) {
  node_settings result;
  result.name = name;
  result.roles = {"worker"};
  result.slots = 2;
  result.drain_grace = 2s;
  result.cancel_grace = 500ms;
  return result;
}

// One queue, "mail", whose handler "send" is compiled in.
struct clusters {
  test::temporary_folder folder;

  cluster_config config(std::vector<node_settings> nodes) const {
    cluster_config result;
    result.cluster.heartbeat_interval = 100ms;
    result.cluster.lease_timeout = 1s;
    result.storage.path = folder.path() / "troupe.db";
    result.log.level = "warn";
    result.nodes = std::move(nodes);
    queue_settings mail;
    mail.name = "mail";
    mail.handler = "send";
    result.queues = {mail};
    handler_settings send;
    send.name = "send";
    result.handlers = {send};
    return result;
  }

  static std::string address(const node& at) { return "127.0.0.1:" + std::to_string(at.port()); }
};

std::unique_ptr<client> connected(const node& control) {
  auto made = client::connect({.addresses = {clusters::address(control)}});
  REQUIRE(made);
  return std::move(*made);
}

std::vector<new_job> jobs(std::size_t count) {
  return std::vector<new_job>(count, new_job{"x", {}, {}, {}});
}

// The state of every job of a queue.
bool all_succeeded(client& user, std::size_t count) {
  auto listed = user.list({"mail", {job_state::succeeded}, 0, 1000, "", ""});
  return listed && listed->jobs.size() == count;
}

} // namespace

TEST_CASE_METHOD(clusters, "a control node and a worker node run the jobs of a client") {
  std::atomic<int> runs{0};
  node control{config({control_settings()}), "control"};
  REQUIRE(control.start());
  node worker{config({control_settings(control.port()), worker_settings("w1")}), "w1"};
  worker.add_handler("send", [&](job_context&) {
    ++runs;
    return outcome::success("sent");
  });
  REQUIRE(worker.start());
  auto user = connected(control);

  REQUIRE(user->enqueue("mail", jobs(100)));

  CHECK(eventually([&] { return all_succeeded(*user, 100); }));
  CHECK(runs == 100);
  CHECK(user->nodes()->size() == 2);
}

TEST_CASE_METHOD(clusters, "one node can have both roles") {
  auto both = control_settings();
  both.roles = {"control", "worker"};
  node all{config({both}), "control"};
  all.add_handler("send", [](job_context&) { return outcome::success(); });
  REQUIRE(all.start());
  auto user = connected(all);

  REQUIRE(user->enqueue("mail", jobs(10)));

  CHECK(eventually([&] { return all_succeeded(*user, 10); }));
}

TEST_CASE_METHOD(clusters, "a node that stops lets its running handlers end") {
  std::promise<void> begun;
  node control{config({control_settings()}), "control"};
  REQUIRE(control.start());
  node worker{config({control_settings(control.port()), worker_settings("w1")}), "w1"};
  std::promise<void> go_on;
  auto may_end = go_on.get_future().share();
  worker.add_handler("send", [&](job_context&) {
    begun.set_value();
    may_end.wait();
    return outcome::success();
  });
  REQUIRE(worker.start());
  auto user = connected(control);
  REQUIRE(user->enqueue("mail", jobs(1)));
  test::soon(begun.get_future());

  auto stopped = std::async(std::launch::async, [&] { worker.stop(); });
  go_on.set_value();
  stopped.wait();

  CHECK(all_succeeded(*user, 1));
  CHECK(worker.wait());
}

TEST_CASE_METHOD(clusters,
                 "a worker joins a control node that is started later, and again after it "
                 "has been restarted (J1)") {
  auto first = std::make_unique<node>(config({control_settings()}), "control");
  REQUIRE(first->start());
  auto port = first->port();
  first.reset();
  node worker{config({control_settings(port), worker_settings("w1")}), "w1"};
  worker.add_handler("send", [](job_context&) { return outcome::success(); });
  REQUIRE(worker.start());

  for (std::size_t round = 1; round <= 2; ++round) {
    node control{config({control_settings(port)}), "control"};
    REQUIRE(control.start());
    auto user = connected(control);
    REQUIRE(user->enqueue("mail", jobs(1)));
    CHECK(eventually([&] { return all_succeeded(*user, round); }));
  }
}

TEST_CASE_METHOD(clusters, "a node that is not configured does not start") {
  node unknown{config({control_settings()}), "controll"};

  auto started = unknown.start();

  REQUIRE_FALSE(started);
  CHECK(started.error().code == errc::config_invalid);
  CHECK(started.error().text.find("'controll'") != std::string::npos);
}

TEST_CASE_METHOD(clusters, "a worker without the handler of a queue does not start") {
  node worker{config({control_settings(1), worker_settings("w1")}), "w1"};

  auto started = worker.start();

  REQUIRE_FALSE(started);
  CHECK(
    started.error().text
    == "handler 'send' of queue 'mail' is not compiled into this program; add_handler it, "
       "start the node with the program that has it (`troupe up FILE --exe PROGRAM`), or give it "
       "exec");
}

TEST_CASE_METHOD(clusters, "a port that is in use is named, with what to do") {
  node first{config({control_settings()}), "control"};
  REQUIRE(first.start());
  auto second_config = config({control_settings(first.port())});
  second_config.storage.path = folder.path() / "second.db";
  node second{second_config, "control"};

  auto started = second.start();

  REQUIRE_FALSE(started);
  CHECK(started.error().text.find(address(first)) != std::string::npos);
  CHECK(started.error().text.find("nodes.control.address") != std::string::npos);
}

TEST_CASE_METHOD(clusters, "a database that another node has open is not opened again") {
  node first{config({control_settings()}), "control"};
  REQUIRE(first.start());
  node second{config({control_settings()}), "control"};

  auto started = second.start();

  REQUIRE_FALSE(started);
  CHECK(started.error().code == errc::storage_failed);
}

TEST_CASE_METHOD(clusters, "nothing listens beyond loopback (S1)") {
  for (auto host : {"0.0.0.0", "192.168.1.1", "127.example.com", "::"}) {
    auto open = control_settings();
    open.host = host;
    node control{config({open}), "control"};

    auto started = control.start();

    REQUIRE_FALSE(started);
    CHECK(started.error().text.find("loopback") != std::string::npos);
  }
}

TEST_CASE_METHOD(clusters, "a node may be stopped twice, and before it has been started") {
  node control{config({control_settings()}), "control"};
  control.stop();
  REQUIRE(control.start());
  control.stop();
  control.stop();

  CHECK(control.wait());
}

} // namespace node_test
