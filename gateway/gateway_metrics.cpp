// SPDX-License-Identifier: Apache-2.0
#include "actors/mailbox_depth.hpp"
#include "gateway/gateway_state.hpp"
#include "gateway/metrics_text.hpp"

/// Figures for Prometheus, asked for when somebody wants them.
namespace troupe {

namespace {

// What does not answer in time is left out. Shorter than what Prometheus waits for (10 s).
constexpr milliseconds figures_timeout{2000};

/// One scrape; answers when the last who was asked is done with it.
struct scrape {
  http_call call;
  cluster_figures figures;
  std::shared_ptr<request_log> log;

  ~scrape() {
    figures.requests = log.get();
    call.answer({200,
                 {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"},
                  {"Cache-Control", "no-store"}},
                 metrics_text(figures)});
  }
};

using scrape_ptr = std::shared_ptr<scrape>;

template <class Reply, class Actor, class Request, class Keep>
void ask_part(gateway_actor::pointer self, const scrape_ptr& x, const char* part, const Actor& whom,
              Request request, Keep keep) {
  x->figures.parts[part] = false;
  self->request(whom, figures_timeout, std::move(request))
    .then(
      [x, part, keep](Reply& reply) {
        x->figures.parts[part] = true;
        keep(x, reply);
      },
      [x](const caf::error&) {});
}

void ask_dispatcher(gateway_actor::pointer self, const scrape_ptr& scraped,
                    const dispatcher_actor& dispatcher) {
  ask_part<queues_listed>(
    self, scraped, "queues", dispatcher, list_queues{},
    [](const scrape_ptr& x, queues_listed& reply) { x->figures.queues = std::move(reply.queues); });
  ask_part<workers_listed>(self, scraped, "workers", dispatcher, list_workers{},
                           [](const scrape_ptr& x, workers_listed& reply) {
                             x->figures.workers = std::move(reply.workers);
                           });
}

/// Asks who answers to a name.
template <class Reply, class Actor, class Request, class Keep>
void ask_named(gateway_actor::pointer self, const scrape_ptr& scraped, const char* part,
               const receptionist_actor& receptionist, const char* name, Request request,
               Keep keep) {
  auto found = [self, part, name, request, keep](const scrape_ptr& x, const named_actor& who) {
    ask_part<Reply>(self, x, part, caf::actor_cast<Actor>(who.actor), request,
                    [node = who.node, name, keep](const scrape_ptr& asked, Reply& reply) {
                      asked->figures.mailboxes.push_back({node, name, reply.mailbox});
                      keep(asked, reply);
                    });
  };
  ask_part<named_actor>(self, scraped, part, receptionist, find_name{name}, found);
}

} // namespace

void gateway_state::get_metrics(http_call& call) {
  auto scraped = std::make_shared<scrape>();
  scraped->call = std::move(call);
  scraped->log = log_;
  scraped->figures.requests_open = open_;
  if (options_.certificates)
    scraped->figures.certificates = options_.certificates();
  for (const auto x : http_refusals)
    scraped->figures.refused.emplace(to_string(x), server_->refused(x));
  scraped->figures.mailboxes = {{options_.node, "gateway", mailbox_depth(*self_)}};
  if (dispatcher_)
    ask_dispatcher(self_, scraped, dispatcher_);
  else
    scraped->figures.parts["queues"] = false;
  ask_part<nodes_listed>(
    self_, scraped, "nodes", options_.receptionist, list_nodes{},
    [](const scrape_ptr& x, nodes_listed& reply) { x->figures.nodes = std::move(reply.nodes); });
  if (options_.declares_collections)
    ask_part<caches_listed>(self_, scraped, "caches", options_.records, list_caches{},
                            [](const scrape_ptr& x, caches_listed& reply) {
                              x->figures.caches = std::move(reply.caches);
                            });
  ask_named<queues_counted, queue_counter_actor>(self_, scraped, "jobs", options_.receptionist,
                                                 "dispatcher", count_queues{},
                                                 [](const scrape_ptr& x, queues_counted& reply) {
                                                   x->figures.counts = std::move(reply.queues);
                                                 });
  ask_named<commits_counted, commit_counter_actor>(
    self_, scraped, "store", options_.receptionist, "repository", count_commits{},
    [](const scrape_ptr& x, commits_counted& reply) { x->figures.commits = std::move(reply); });
}

} // namespace troupe
