// SPDX-License-Identifier: Apache-2.0
#include "node/client.hpp"

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#include <utility>

#include "actors/repeatable.hpp"
#include "node/actor_host.hpp"
#include "node/config_checks.hpp"
#include "node/connection.hpp"
#include "node/node_link.hpp"
#include "node/record_calls.hpp"

namespace troupe {

namespace {

constexpr std::size_t threads = 2;

template <class Answer, class Member>
auto member_of(result<Answer> answer, Member Answer::*member) {
  return std::move(answer).map([member](Answer&& x) { return std::move(x.*member); });
}

/// A client takes no calls.
link_options link_options_of(const client_options& options,
                             std::shared_ptr<tls_identity> identity) {
  return {std::move(identity), [](const std::vector<std::string>&) { return false; },
          [names = options.node_names](const endpoint& address) {
            const auto found = names.find(format_endpoint(address));
            return found == names.end() ? std::string{} : found->second;
          },
          options.request_timeout};
}

result<void> outcome_of(const token_changed& x) {
  if (x.code != 0)
    return failure(static_cast<errc>(x.code), {});
  return {};
}

std::vector<errc> codes_of(const jobs_changed& x) {
  std::vector<errc> codes;
  for (auto code : x.codes)
    codes.push_back(static_cast<errc>(code));
  return codes;
}

} // namespace

class client::implementation {
public:
  implementation(client_options options, std::shared_ptr<tls_identity> identity)
      : options_{std::move(options)},
        host_{threads} {
    host_.run([this, &identity](caf::actor_system& system) {
      link_ = make_link(system, link_options_of(options_, std::move(identity)));
      connection_
        = system.spawn(connection, connection_options{.addresses = options_.addresses,
                                                      .connector = link_.connector,
                                                      .request_timeout = options_.request_timeout,
                                                      .try_once = options_.try_once,
                                                      .env = environment::real()});
    });
  }

  ~implementation() {
    // The host waits for its actors.
    caf::anon_send_exit(connection_, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(link_.connector, caf::exit_reason::user_shutdown);
    if (link_.own)
      caf::anon_send_exit(link_.own, caf::exit_reason::user_shutdown);
  }

  milliseconds request_timeout() const { return options_.request_timeout; }

  template <class Reply, class Request>
  void ask_dispatcher(Request request, milliseconds timeout,
                      std::function<void(result<Reply>)> done) {
    make_call<dispatcher_actor, Reply>(connection_, client_call::target::dispatcher,
                                       std::move(request), timeout, std::move(done));
  }

  template <class Reply, class Request>
  result<Reply> ask_dispatcher(Request request, milliseconds extra = milliseconds{0}) {
    return wait_for_call<dispatcher_actor, Reply>(connection_, client_call::target::dispatcher,
                                                  std::move(request),
                                                  options_.request_timeout + extra);
  }

  result<nodes_listed> list_nodes(milliseconds timeout) {
    return wait_for_call<receptionist_actor, nodes_listed>(
      connection_, client_call::target::receptionist, troupe::list_nodes{}, timeout);
  }

  template <class Reply, class Request>
  result<Reply> ask_receptionist(Request request) {
    return wait_for_call<receptionist_actor, Reply>(connection_, client_call::target::receptionist,
                                                    std::move(request), options_.request_timeout);
  }

  const record_calls& records() const { return records_; }

  template <class Reply, class Request>
  result<Reply> ask_repository(Request request) {
    return wait_for_call<repository_actor, Reply>(connection_, client_call::target::repository,
                                                  std::move(request), options_.request_timeout);
  }

private:
  client_options options_;
  actor_host host_; // before the handles: actors must be unreachable when it waits for them
  node_link link_;
  connection_actor connection_;
  record_calls records_{[this] { return connection_; }, options_.request_timeout};
};

client::client() = default;

client::~client() = default;

result<std::unique_ptr<client>> client::connect(client_options options) {
  if (options.addresses.empty())
    return failure(errc::invalid_argument, "no address to connect to");
  auto timeout = options.connect_timeout;
  std::shared_ptr<tls_identity> identity;
  if (!options.tls.empty()) {
    auto loaded = tls_identity::load(options.tls);
    if (!loaded)
      return tl::unexpected<error>{loaded.error()};
    identity = std::move(*loaded);
  }
  std::unique_ptr<client> made{new client};
  made->implementation_ = std::make_unique<implementation>(std::move(options), std::move(identity));
  if (auto answered = made->implementation_->list_nodes(timeout); !answered)
    return tl::unexpected<error>{answered.error()};
  return made;
}

result<jobs_enqueued> client::enqueue(std::string queue, std::vector<new_job> jobs) {
  return implementation_->ask_dispatcher<jobs_enqueued>(
    enqueue_jobs{std::move(queue), std::move(jobs)});
}

void client::enqueue(std::string queue, std::vector<new_job> jobs,
                     std::function<void(result<jobs_enqueued>)> done) {
  implementation_->ask_dispatcher<jobs_enqueued>(enqueue_jobs{std::move(queue), std::move(jobs)},
                                                 implementation_->request_timeout(),
                                                 std::move(done));
}

result<std::vector<job>> client::get(std::vector<job_id> ids, bool details) {
  return member_of(implementation_->ask_dispatcher<jobs_found>(get_jobs{std::move(ids), details}),
                   &jobs_found::jobs);
}

result<jobs_found> client::list(list_jobs request) {
  limit_time(request.terms, implementation_->request_timeout());
  return implementation_->ask_dispatcher<jobs_found>(std::move(request));
}

result<std::vector<errc>> client::cancel(std::vector<job_id> ids) {
  return implementation_->ask_dispatcher<jobs_changed>(cancel_jobs{std::move(ids)}).map(codes_of);
}

result<std::vector<errc>> client::retry(std::vector<job_id> ids) {
  return implementation_->ask_dispatcher<jobs_changed>(retry_jobs{std::move(ids)}).map(codes_of);
}

result<jobs_redriven> client::redrive(std::string queue, std::uint32_t limit) {
  return implementation_->ask_dispatcher<jobs_redriven>(redrive_jobs{std::move(queue), limit});
}

result<void> client::pause(std::string queue, bool paused) {
  return implementation_->ask_dispatcher<caf::ok_atom>(pause_queue{std::move(queue), paused})
    .map([](caf::ok_atom) {});
}

result<queue_purged> client::purge(std::string queue, std::uint32_t limit, job_id up_to) {
  return implementation_->ask_dispatcher<queue_purged>(purge_queue{std::move(queue), limit, up_to});
}

result<void> client::drain_worker_of(std::string node) {
  return implementation_->ask_dispatcher<caf::ok_atom>(drain_node{std::move(node), true})
    .map([](caf::ok_atom) {});
}

result<void> client::resume_worker_of(std::string node) {
  return implementation_->ask_dispatcher<caf::ok_atom>(drain_node{std::move(node), false})
    .map([](caf::ok_atom) {});
}

result<events_read> client::events(read_events request) {
  return implementation_->ask_dispatcher<events_read>(request, request.wait);
}

result<std::vector<queue_info>> client::queues() {
  return member_of(implementation_->ask_dispatcher<queues_listed>(list_queues{}),
                   &queues_listed::queues);
}

result<std::vector<worker_info>> client::workers() {
  return member_of(implementation_->ask_dispatcher<workers_listed>(list_workers{}),
                   &workers_listed::workers);
}

result<std::vector<node_info>> client::nodes() {
  return member_of(implementation_->list_nodes(implementation_->request_timeout()),
                   &nodes_listed::nodes);
}

result<void> client::note_change(std::string by, std::string what) {
  return implementation_
    ->ask_receptionist<caf::ok_atom>(troupe::note_change{std::move(by), std::move(what)})
    .map([](caf::ok_atom) {});
}

// -- records -------------------------------------------------------------------------------------

record_collection client::records(std::string collection) {
  return {implementation_->records(), std::move(collection)};
}

result<records_found> client::read(get_records request) {
  return implementation_->records().read(std::move(request));
}

void client::read(get_records request, std::function<void(result<records_found>)> done) {
  implementation_->records().read(std::move(request), std::move(done));
}

result<record_changed> client::change(change_record request) {
  return implementation_->records().change(std::move(request));
}

void client::change(change_record request, std::function<void(result<record_changed>)> done) {
  implementation_->records().change(std::move(request), std::move(done));
}

result<records_changed> client::change(std::vector<change_record> changes,
                                       std::string idempotency_key) {
  return implementation_->records().change(
    change_records{std::move(changes), std::move(idempotency_key), {}});
}

result<records_page> client::page(list_records request) {
  return implementation_->records().page(std::move(request));
}

result<changes_read> client::changes(read_changes request) {
  return implementation_->records().changes(std::move(request));
}

result<std::vector<stored_collection>> client::collections() {
  return member_of(implementation_->records().collections(), &collections_listed::collections);
}

result<std::vector<cache_described>> client::caches() {
  return member_of(implementation_->records().caches(), &caches_listed::caches);
}

// -- tokens --------------------------------------------------------------------------------------

result<void> client::create_token(access_token token) {
  return implementation_->ask_repository<token_changed>(troupe::create_token{std::move(token)})
    .and_then(outcome_of);
}

result<void> client::revoke_token(std::string name) {
  return implementation_->ask_repository<token_changed>(troupe::revoke_token{std::move(name)})
    .and_then(outcome_of);
}

result<std::vector<access_token>> client::tokens() {
  return member_of(implementation_->ask_repository<tokens_read>(read_tokens{}),
                   &tokens_read::tokens);
}

} // namespace troupe
