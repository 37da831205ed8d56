// SPDX-License-Identifier: Apache-2.0
#include "node/node.hpp"

#include <atomic>
#include <caf/actor_system.hpp>
#include <caf/exit_reason.hpp>
#include <caf/io/middleman.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/sec.hpp>
#include <caf/send.hpp>
#include <mutex>
#include <spdlog/spdlog.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include "actors/logging.hpp"
#include "actors/open_files.hpp"
#include "node/actor_host.hpp"
#include "node/config_checks.hpp"
#include "node/declared_collections.hpp"
#include "node/log.hpp"
#include "node/node_link.hpp"
#include "node/node_tree.hpp"
#include "node/record_calls.hpp"
#include "node/service_manager.hpp"
#include "persistence/sqlite/sqlite_store.hpp"

namespace troupe {

namespace {

using namespace std::chrono_literals;

// How long actors may take to be gone after the last of them was told to end.
constexpr milliseconds last_actors_time = 10s;

std::size_t thread_count() {
  return std::max(2U, std::thread::hardware_concurrency());
}

result<std::shared_ptr<storage_engine>> open_store(const storage_settings& settings) {
  auto opened = open_sqlite_store({.path = settings.path});
  if (!opened)
    return tl::unexpected<error>{opened.error()};
  return std::shared_ptr<storage_engine>{std::move(*opened)};
}

// The first call gives away what was opened at start, where its errors are shown; later ones open
// the database again.
std::function<result<std::shared_ptr<storage_engine>>()>
make_opener(std::shared_ptr<storage_engine> opened, const storage_settings& settings) {
  auto first = std::make_shared<std::shared_ptr<storage_engine>>(std::move(opened));
  return [=]() -> result<std::shared_ptr<storage_engine>> {
    if (auto store = std::exchange(*first, nullptr))
      return store;
    return open_store(settings);
  };
}

node_info describe(const node_plan& plan, const environment& env) {
  const auto& node = plan.node;
  return {.name = node.name,
          .cluster = plan.config.cluster.name,
          .incarnation = env.seed(),
          .address = node.host.empty() ? "" : format_endpoint({node.host, node.port}),
          .roles = node.roles,
          .pid = static_cast<std::uint32_t>(::getpid()),
          .version = TROUPE_VERSION,
          .started_at = env.now()};
}

} // namespace

class node::implementation {
public:
  implementation(cluster_config config, std::string name)
      : config_{std::move(config)},
        name_{std::move(name)} {}

  ~implementation() { stop(); }

  void add_handler(std::string name, handler run) { handlers_[std::move(name)] = std::move(run); }

  result<void> start();
  result<void> wait() { return status_->wait_until_ended(); }
  bool ended_within(milliseconds time) { return status_->wait_until_ended(time); }
  void stop();
  std::uint16_t port() const { return status_->port(); }
  std::uint16_t http_port() const { return status_->http_port(); }
  const record_calls& records() const { return records_; }

  /// Some actors did not end: the process can only be left, not cleaned up.
  bool stuck() const { return stuck_; }

private:
  void start_actors(caf::actor_system& system, node_plan plan,
                    std::shared_ptr<storage_engine> store);
  void tell_manager(std::string_view line);
  void drain(caf::actor_system& system);
  void drain_jobs(caf::actor_system& system);

  cluster_config config_;
  std::string name_;
  handler_map handlers_;
  std::shared_ptr<node_status> status_ = std::make_shared<node_status>();
  std::mutex stopping_;
  std::unique_ptr<actor_host> host_; // null: not started, or stopped
  node_link link_;
  caf::actor root_;
  node_settings settings_; // once it has been started
  milliseconds stop_time_{0};
  milliseconds request_timeout_{0};
  milliseconds leave_time_{0}; ///< of its gateway
  std::atomic<bool> stuck_ = false;
  std::shared_ptr<const service_manager> manager_; ///< null: nobody watches this process
  record_calls records_{[status = status_] { return status->carrier(); },
                        config_.cluster.request_timeout};
};

result<void> node::implementation::start() {
  if (host_)
    return failure(errc::invalid_argument, "the node has been started already");
  log_to_stderr(name_, config_.log.level, config_.log.format);
  auto plan = plan_node(config_, name_, handlers_);
  if (!plan)
    return tl::unexpected<error>{plan.error()};
  const node_duties duties{.listens = !plan->node.host.empty(),
                           .dispatches = plan->node.has_role("control"),
                           .owns_records = plan->node.has_role("service"),
                           .serves_http = plan->node.has_role("gateway")};
  if (duties.serves_http && plan->config.http.auth.value_or(false)
      && plan->config.tls.folder.empty())
    spdlog::warn("callers need tokens, but every program of this machine reaches the nodes' own "
                 "port without one: name certificates in [tls]; `troupe cert init` makes them");
  if (plan->node.has_role("worker"))
    raise_open_files(); // each program takes several
  std::shared_ptr<storage_engine> store;
  if (duties.dispatches) {
    auto opened = open_store(plan->config.storage);
    if (!opened)
      return tl::unexpected<error>{opened.error()};
    store = std::move(*opened);
    if (auto declared = declare(*store, plan->config.collections); !declared)
      return declared;
  }
  auto identity = load_identity(plan->config, name_);
  if (!identity)
    return tl::unexpected<error>{identity.error()};
  host_ = std::make_unique<actor_host>(thread_count());
  host_->run([&](caf::actor_system& system) {
    link_ = make_link(system, link_options_of(plan->config, std::move(*identity)));
    start_actors(system, std::move(*plan), std::move(store));
  });
  auto works = status_->wait_until_working(duties);
  if (works) {
    spdlog::info("ready, process {}", ::getpid());
    tell_manager("READY=1");
  } else {
    stop();
  }
  return works;
}

void node::implementation::start_actors(caf::actor_system& system, node_plan plan,
                                        std::shared_ptr<storage_engine> store) {
  settings_ = plan.node;
  stop_time_ = stop_time(plan);
  request_timeout_ = plan.config.cluster.request_timeout;
  leave_time_ = plan.config.http.leave_time;
  auto env = environment::real();
  node_parts parts{.plan = {},
                   .self = describe(plan, env),
                   .middleman = link_.middleman,
                   .connector = link_.connector,
                   .env = env,
                   .open_store = make_opener(std::move(store), plan.config.storage),
                   .status = status_};
  parts.plan = std::move(plan);
  root_ = system.spawn(supervisor, make_node_tree(std::move(parts)));
  root_->attach_functor([status = status_](const caf::error& why) {
    auto orderly = !why || why == caf::exit_reason::user_shutdown;
    status->ended(orderly ? std::nullopt : std::optional<error>{from_caf(why)});
  });
  if (auto manager = service_manager::from_environment()) {
    manager_ = std::make_shared<const service_manager>(std::move(*manager));
    if (manager_->patience() > milliseconds{0})
      system.spawn(pulse, manager_, root_);
  }
}

void node::implementation::tell_manager(std::string_view line) {
  if (manager_)
    manager_->tell(line);
}

void node::implementation::drain(caf::actor_system& system) {
  // Balancers look elsewhere from now on; what still comes is answered to the end.
  const auto gateway = status_->gateway();
  const auto left = std::chrono::steady_clock::now() + (gateway ? leave_time_ : milliseconds{0});
  if (gateway)
    caf::anon_send(gateway, caf::leave_atom_v);
  drain_jobs(system);
  if (const auto rest = left - std::chrono::steady_clock::now(); rest > 0s)
    status_->wait_until_ended(std::chrono::ceil<milliseconds>(rest));
}

void node::implementation::drain_jobs(caf::actor_system& system) {
  auto worker = status_->worker();
  if (!worker || status_->wait_until_ended(milliseconds{0}))
    return;
  // The worker itself ends what outlives the grace; this is longer in any case.
  auto time = settings_.drain_grace + settings_.cancel_grace + 2 * request_timeout_;
  caf::scoped_actor self{system};
  self->request(worker, time, drain_worker{settings_.drain_grace})
    .receive([](caf::ok_atom) {},
             [](const caf::error& why) {
               // It ended by itself, and said why.
               if (why != caf::sec::request_receiver_down)
                 spdlog::warn("the worker was not drained: {}", reason_text(why));
             });
}

void node::implementation::stop() {
  std::lock_guard guard{stopping_};
  if (!host_)
    return;
  spdlog::info("stops");
  tell_manager("STOPPING=1");
  host_->run([this](caf::actor_system& system) { drain(system); });
  caf::anon_send_exit(root_, caf::exit_reason::user_shutdown);
  status_->wait_until_ended(stop_time_);
  caf::anon_send_exit(link_.connector, caf::exit_reason::user_shutdown);
  if (link_.own)
    caf::anon_send_exit(link_.own, caf::exit_reason::user_shutdown);
  root_ = nullptr;
  link_ = {};
  status_->forget_actors();
  if (auto left = host_->close(last_actors_time); left > 0) {
    spdlog::error("{} actors did not end; the process can only be left by force", left);
    stuck_ = true;
  } else {
    spdlog::info("stopped");
  }
  host_.reset();
}

node::node(cluster_config config, std::string name)
    : implementation_{std::make_unique<implementation>(std::move(config), std::move(name))} {}

node::~node() = default;

void node::add_handler(std::string name, handler run) {
  implementation_->add_handler(std::move(name), std::move(run));
}

result<void> node::start() {
  return implementation_->start();
}

result<void> node::wait() {
  return implementation_->wait();
}

void node::stop() {
  implementation_->stop();
}

std::uint16_t node::port() const {
  return implementation_->port();
}

std::uint16_t node::http_port() const {
  return implementation_->http_port();
}

record_collection node::records(std::string collection) const {
  return {implementation_->records(), std::move(collection)};
}

bool node::ended_within(milliseconds time) {
  return implementation_->ended_within(time);
}

bool node::stuck() const {
  return implementation_->stuck();
}

} // namespace troupe
