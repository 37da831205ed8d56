// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <future>
#include <memory>

#include "node/client.hpp"
#include "tests/support/loopback_node.hpp"
#include "tests/support/soon.hpp"

namespace client_test {

using namespace troupe;
using namespace std::chrono_literals;
using test::loopback_node;

namespace {

// Numbers jobs like a dispatcher, or keeps silent about the queue "silent".
caf::behavior numbering(caf::event_based_actor* self, std::uint64_t first) {
  auto next = std::make_shared<std::uint64_t>(first);
  return {[=](const enqueue_jobs& x) -> caf::result<jobs_enqueued> {
            if (x.queue == "silent")
              return self->make_response_promise<jobs_enqueued>();
            if (x.queue != "mail")
              return to_caf({errc::unknown_queue, "no queue '" + x.queue + "' is declared"});
            auto count = static_cast<std::uint32_t>(x.jobs.size());
            return jobs_enqueued{std::exchange(*next, *next + count), count};
          },
          [](const list_queues&) {
            queue_info mail;
            mail.name = "mail";
            return queues_listed{{mail}};
          }};
}

struct control_node {
  loopback_node node{{.name = "control"}};
  std::string address;
  caf::actor dispatcher;

  explicit control_node(std::uint16_t port = 0) : address{node.listen(port)} {}
  ~control_node() { caf::anon_send_exit(dispatcher, caf::exit_reason::kill); }

  void start_dispatcher(std::uint64_t first = 1) {
    dispatcher = node.system.spawn(numbering, first);
    node.add_name("dispatcher", caf::actor_cast<caf::strong_actor_ptr>(dispatcher));
  }

  void kill_dispatcher() { caf::anon_send_exit(dispatcher, caf::exit_reason::kill); }
};

std::vector<new_job> jobs(std::size_t count) {
  return std::vector<new_job>(count, new_job{std::string(100, 'x'), {}, {}, {}});
}

std::unique_ptr<client> connected(const std::string& address,
                                  milliseconds timeout = milliseconds{5000}) {
  auto made = client::connect({.addresses = {address}, .request_timeout = timeout});
  REQUIRE(made);
  return std::move(*made);
}

} // namespace

TEST_CASE("a client sends requests and gets answers and refusals") {
  control_node control;
  control.start_dispatcher();
  auto user = connected(control.address);

  CHECK(user->enqueue("mail", jobs(3)) == jobs_enqueued{1, 3});
  CHECK(user->enqueue("mail", jobs(1)) == jobs_enqueued{4, 1});
  auto refused = user->enqueue("male", jobs(1));
  REQUIRE_FALSE(refused);
  CHECK(refused.error() == error{errc::unknown_queue, "no queue 'male' is declared"});
  REQUIRE(user->queues());
  CHECK(user->queues()->size() == 1);
  REQUIRE(user->nodes());
  CHECK(user->nodes()->front().name == "control");
}

TEST_CASE("a client that finds nobody says so in time") {
  auto made = client::connect({.addresses = {"127.0.0.1:1"}, .connect_timeout = 300ms});

  REQUIRE_FALSE(made);
  CHECK(made.error().code == errc::unavailable);
  CHECK(made.error().text.find("127.0.0.1:1") != std::string::npos);
}

TEST_CASE("a client that tries once says at once that nobody listens there") {
  const auto begun = std::chrono::steady_clock::now();
  auto made = client::connect(
    {.addresses = {"127.0.0.1:1", "127.0.0.1:2"}, .connect_timeout = 60s, .try_once = true});

  REQUIRE_FALSE(made);
  CHECK(made.error().code == errc::unavailable);
  CHECK_THAT(made.error().text, Catch::Contains("nobody listens there"));
  CHECK(std::chrono::steady_clock::now() - begun < 30s); // not its whole time
}

TEST_CASE("a request waits for a dispatcher that is still starting") {
  control_node control;
  auto user = connected(control.address);
  std::promise<result<jobs_enqueued>> answer;
  user->enqueue("mail", jobs(1), [&](auto x) { answer.set_value(std::move(x)); });

  control.start_dispatcher();

  CHECK(test::soon(answer.get_future()) == jobs_enqueued{1, 1});
}

TEST_CASE("a request without a dispatcher is unavailable after its time-out") {
  control_node control;
  auto user = connected(control.address, 200ms);

  auto answer = user->enqueue("mail", jobs(1));

  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == errc::unavailable);
}

TEST_CASE("a request that is not answered is timed out") {
  control_node control;
  control.start_dispatcher();
  auto user = connected(control.address, 200ms);

  auto answer = user->enqueue("silent", jobs(1));

  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == errc::timed_out);
}

TEST_CASE("requests under way end at once when the connection breaks") {
  auto control = std::make_unique<control_node>();
  control->start_dispatcher();
  auto user = connected(control->address, 60s);
  REQUIRE(user->enqueue("mail", jobs(1)));
  std::promise<result<jobs_enqueued>> answer;
  user->enqueue("silent", jobs(1), [&](auto x) { answer.set_value(std::move(x)); });
  REQUIRE(user->enqueue("mail", jobs(1))); // the one before it has been sent

  control.reset();

  auto future = answer.get_future();
  REQUIRE(future.wait_for(10s) == std::future_status::ready);
  auto x = future.get();
  REQUIRE_FALSE(x);
  CHECK(x.error().code == errc::timed_out);
}

TEST_CASE("requests under way end at once when the dispatcher dies") {
  control_node control;
  control.start_dispatcher();
  auto user = connected(control.address, 60s);
  std::promise<result<jobs_enqueued>> answer;
  user->enqueue("silent", jobs(1), [&](auto x) { answer.set_value(std::move(x)); });
  REQUIRE(user->enqueue("mail", jobs(1)));

  control.kill_dispatcher();

  auto future = answer.get_future();
  REQUIRE(future.wait_for(10s) == std::future_status::ready);
  CHECK(future.get().error().code == errc::timed_out);
}

TEST_CASE("a client finds a restarted control node and goes on") {
  auto control = std::make_unique<control_node>();
  control->start_dispatcher(1);
  auto user = connected(control->address);
  REQUIRE(user->enqueue("mail", jobs(1)));
  auto port = control->node.port();
  control.reset();
  control_node again{port};
  again.start_dispatcher(100);

  result<jobs_enqueued> answer;
  CHECK(test::eventually([&] { return (answer = user->enqueue("mail", jobs(1))).has_value(); }));

  CHECK(answer == jobs_enqueued{100, 1});
}

TEST_CASE("a client that is closed ends its requests") {
  control_node control;
  control.start_dispatcher();
  std::promise<result<jobs_enqueued>> answer;
  auto user = connected(control.address, 60s);
  user->enqueue("silent", jobs(1), [&](auto x) { answer.set_value(std::move(x)); });

  user.reset();

  CHECK_FALSE(test::soon(answer.get_future()));
}

TEST_CASE("many requests in flight are all answered, once each") {
  control_node control;
  control.start_dispatcher();
  auto user = connected(control.address, 60s);
  constexpr std::size_t requests = 2000;
  std::atomic<std::size_t> answered{0};
  std::promise<void> all;
  for (std::size_t i = 0; i < requests; ++i)
    user->enqueue("mail", jobs(100), [&](const result<jobs_enqueued>& x) {
      if (x && ++answered == requests)
        all.set_value();
    });

  REQUIRE(all.get_future().wait_for(60s) == std::future_status::ready);
  CHECK(user->enqueue("mail", jobs(1)) == jobs_enqueued{requests * 100 + 1, 1});
}

} // namespace client_test
