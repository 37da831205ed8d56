// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>
#include <caf/actor_clock.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/read_bundles.hpp"
#include "actors/request_deadlines.hpp"
#include "gateway/caller_budgets.hpp"
#include "gateway/gateway.hpp"
#include "gateway/openapi_text.hpp"
#include "gateway/permission.hpp"
#include "gateway/request_log.hpp"
#include "gateway/route_rules.hpp"
#include "gateway/router.hpp"
#include "messages/errors.hpp"
#include "messages/read_terms.hpp"

namespace troupe {

struct live_overview;
class thread_unit;
struct gateway_access;

/// One request on its way through the gateway.
struct http_call {
  http_exchange_ptr exchange;
  path_values values; ///< of the route's pattern
  std::map<std::string, std::string, std::less<>> parameters;
  std::shared_ptr<const access_token> caller; ///< null: no token was needed
  std::string session{};                      ///< the id of a browser's; empty: it has none
  bool creates = false;                       ///< a record, which may be there already
  std::shared_ptr<void> seat{};               ///< while it waits: one of its caller's

  /// Whether its caller may do more than the route needs.
  bool may(permission wanted, std::string_view target) const;
  /// For budgets: its token; where none is needed, its address.
  std::string caller_name() const;
  /// The collections or queues that its caller may do this with, and the route lets it do it with
  /// some; empty: all.
  std::vector<std::string> targets(permission wanted) const;
  const http_request& request() const { return exchange->request(); }
  std::string_view parameter(std::string_view name) const;
  void answer(http_response x) const { exchange->answer(std::move(x)); }
  void refuse(const error& why) const;
};

/// A call that may do what its route does, while its body is read.
struct admitted_call {
  http_call call;
  std::size_t route = 0;
};

enum class feed_kind : std::uint8_t { changes, jobs, overview };

/// A feed that is told to one caller.
struct feed {
  feed_kind what = feed_kind::changes;
  http_exchange_ptr exchange; ///< until the first answer
  std::unique_ptr<http_stream> stream;
  std::string collection;           ///< of changes
  database_generation generation{}; ///< of `after`, of changes
  std::uint64_t after = 0;
  bool up_to_date = false;           ///< of changes: there was nothing more when it was read last
  job_id job = 0;                    ///< of jobs: only this one; 0: all
  std::vector<std::string> queues{}; ///< of jobs: only of these; empty: of all
  std::shared_ptr<const access_token> caller; ///< null: no token was needed
  std::string session;                        ///< of the caller; empty: none
  permission needs = permission::open;        ///< of the caller, for as long as it goes on
  std::shared_ptr<void> seat;                 ///< counts it among those that there are
  std::shared_ptr<void> own_seat;             ///< and among those of its caller
};

struct change_streams;

/// Ends a server on another thread than its own: its owner may just be running there.
struct end_server {
  caf::actor_system* system = nullptr;
  environment env;

  void operator()(http_server* server) const;
};

/// A structured field's string without its quotes; clients send it either way.
std::string unquoted(std::string_view text);

/// What names a request among its repetitions; empty: its caller sent no key. Refuses a key that is
/// empty: who sends one relies on it.
result<std::string> idempotency_key(const http_request& x);

/// A whole number, or nothing.
std::optional<std::uint64_t> read_number(std::string_view text);

/// What a gateway knows and does; gateway.cpp is its table of messages, gateway_routes.cpp the
/// table of its routes. Only its own actor may call it.
class gateway_state {
public:
  static inline const char* name = "gateway";

  explicit gateway_state(gateway_actor::pointer self) : self_{self} {}

  /// All routes, and what they are for.
  static std::vector<described_route> described_routes();

  void start(gateway_options options);
  void take(http_exchange_ptr exchange);
  void run(const admitted_call_ptr& call);
  void forget(std::uint64_t poll);
  void learn(const named_actor& who);
  void flush_reads();
  void go_on(const feed_ptr& feed);
  void tick();
  void watch_lists();
  void look_around();
  void end_waits();
  void leave() { leaving_ = true; }
  /// Takes no new connection, answers what it can, then ends.
  void stop(const caf::exit_msg& x);

private:
  using handler = void (gateway_state::*)(http_call&);
  using time_point = caf::actor_clock::time_point;

  /// A call that waits for another dispatcher.
  struct dispatcher_wait {
    time_point until;
    const caf::actor_control_block* lost; ///< whom it asked; null: nobody
    std::function<void()> go_on;
    std::function<void()> give_up;
  };

  struct route {
    http_method method;
    std::string_view pattern;
    permission needs; ///< of the collection or queue that the pattern names, if it names one
    handler run;
    route_text text;
  };
  static const std::vector<route>& routes() { return table_; }

  // -- records (gateway_records.cpp)
  void list_records_of(http_call& call);
  void create_record(http_call& call);
  void get_record(http_call& call);
  void put_record(http_call& call);
  void patch_record(http_call& call);
  void delete_record(http_call& call);
  void change_batch(http_call& call);
  void read_feed(http_call& call);

  // -- jobs (gateway_jobs.cpp)
  void list_queues_of(http_call& call);
  void enqueue(http_call& call);
  void list_jobs_of(http_call& call);
  void get_job(http_call& call);
  void cancel_job(http_call& call);
  void retry_job(http_call& call);
  void redrive(http_call& call);
  void list_workers_of(http_call& call);
  void list_nodes_of(http_call& call);

  // -- pull workers (gateway_pulls.cpp)
  void lease_jobs(http_call& call);
  void renew_leases(http_call& call);
  void complete_job(http_call& call);
  void fail_job(http_call& call);
  void snooze_job(http_call& call);
  void release_job(http_call& call);

  // -- queues, and waiting for results (gateway_queues.cpp)
  void await_result(http_call& call);
  void pause(http_call& call);
  void resume(http_call& call);
  void purge(http_call& call);
  void drain_worker_of(http_call& call);
  void resume_worker_of(http_call& call);

  // -- what is going on (gateway_live.cpp)
  void watch_overview(http_call& call);
  void watch_jobs(http_call& call);
  void list_caches_of(http_call& call);
  void list_collections_of(http_call& call);

  // -- the dashboard's files (gateway_assets.cpp)
  void get_page(http_call& call);
  void get_asset(http_call& call);
  void get_documentation(http_call& call);

  // -- the cluster's own site (gateway_site.cpp)
  void get_site(http_call& call);

  // -- who may come in (gateway_access.cpp)
  void get_session(http_call& call);
  void begin_session(http_call& call);
  void end_session(http_call& call);
  void start_access();
  void meet_repository(const named_actor& who);
  void enter(http_call call, std::size_t route, bool fresh);
  /// Has a line logged for its answer, if the route is worth one.
  void audit(const http_call& call, std::size_t route,
             const std::shared_ptr<const access_token>& caller, bool refused) const;
  void wait_for_tokens(http_call call, std::size_t route);
  void read_tokens_now();
  void end_reading();

  // -- lists and searches (gateway_lists.cpp)
  struct waiting_list {
    std::string caller;
    std::weak_ptr<http_exchange> exchange;
  };
  /// Who asks, and for how long; should they go away, the read is ended.
  read_terms begin_list(const http_call& call);
  void abandon(std::vector<abandon_read> reads);

  // -- the node (gateway_routes.cpp)
  http_response nothing_at(const http_request& request) const;
  http_response methods_response(const http_request& request,
                                 const std::vector<http_method>& allowed) const;
  void live(http_call& call);
  void ready(http_call& call);

  // -- figures (gateway_metrics.cpp)
  void get_metrics(http_call& call);

  // -- what the routes are for (gateway_openapi.cpp)
  void get_openapi(http_call& call);

  void change(http_call& call, record_verb verb);
  void choose_version(http_call& call, record_verb verb,
                      const std::vector<std::uint64_t>& versions);
  void change_if(http_call& call, record_verb verb, write_condition condition);
  using record_reads = read_bundles<records_actor, http_call>;
  void read_alone(http_call call);
  void read_together(record_reads::bundle x);
  void travel_alone(record_reads::bundle& x);

  /// A feed for this caller, or null, and then the call has been refused.
  feed_ptr make_feed(http_call& call, feed_kind what, permission needs);
  /// Gives the call one of its caller's seats; false: there is none, and it has been refused.
  static bool take_seat(http_call& call, caller_budgets& budgets, const char* what);
  /// False, and the feed has been ended, if its caller's token is not good any more.
  bool may_go_on(const feed_ptr& feed);
  void read_changes_for(const feed_ptr& feed);
  void read_alone_for(const feed_ptr& feed);
  void tell_changes(const feed_ptr& feed, const changes_read& reply);
  void read_for_all(const std::string& collection);
  void read_jobs_for(const feed_ptr& feed);
  void wait_for_overview(const feed_ptr& feed);
  void publish_overview();
  void add_store();
  nlohmann::ordered_json take_counts(const queues_counted& reply);

  /// Asks for a part of the overview; `translate` (`json(const Reply&)`) makes it JSON.
  template <class Reply, class Actor, class Request, class Translate>
  void add_part(const char* part, const Actor& whom, Request request, Translate translate);

  /// `read` takes what belongs to this end (`void(body_reader&, job_outcome&)`).
  template <class Read>
  void end_lease(http_call& call, Read read);
  void set_paused(http_call& call, bool paused);
  void set_draining(http_call& call, bool draining);
  /// Jobs that nobody will see are ready again at once.
  void hand_back(const std::string& worker, const std::vector<leased_job>& jobs);

  template <class Make>
  void change_job(http_call& call, Make make);

  /// Asks, and answers with what `answer` makes of the reply (`http_response(const http_call&,
  /// Reply&)`); errors become problems. When the dispatcher is lost, what may be repeated goes to
  /// the next one. Defined in gateway/ask.hpp.
  template <class Reply, class Actor, class Request, class Answer>
  void ask(http_call call, const Actor& whom, milliseconds timeout, Request request, Answer answer);
  template <class Reply, class Request, class Answer>
  void ask_repeatedly(std::shared_ptr<http_call> waiting, time_point until, Request request,
                      Answer answer);

  /// Like `ask`, for a request that may wait long. When the gateway stops, or whom it asked is
  /// lost, `early` (`void(http_call)`) answers it before the reply comes. A reply that comes after
  /// that, or when the caller is gone, goes to `unread` (`void(const http_call&, Reply&)`). Defined
  /// in gateway/ask.hpp.
  template <class Reply, class Actor, class Request, class Answer, class Early, class Unread>
  void poll(http_call call, const Actor& whom, milliseconds timeout, Request request, Answer answer,
            Early early, Unread unread);

  /// False: it has been ended already.
  bool end_poll(std::uint64_t number);
  void end_polls();

  void watch(http_exchange& exchange, std::string_view pattern);

  void wait_for_dispatcher(dispatcher_wait x);
  void follow_dispatcher(const caf::strong_actor_ptr& next);

  /// The dispatcher, or null, and then the call has been refused.
  const dispatcher_actor* dispatcher_for(const http_call& call) const;

  /// With what /openapi.json says of them (gateway_route_table.cpp).
  static const std::vector<route> table_;

  gateway_actor::pointer self_;
  request_deadlines deadlines_;
  gateway_options options_;
  router router_;
  std::vector<route_rules> rules_;    ///< of the routes, in their order
  std::shared_ptr<thread_unit> unit_; ///< of the server's thread
  std::unique_ptr<http_server, end_server> server_;
  dispatcher_actor dispatcher_;
  std::vector<dispatcher_wait> dispatcher_waits_;
  record_reads reads_;
  std::unique_ptr<openapi_text> openapi_; ///< once somebody has asked for it
  std::size_t open_ = 0;                  ///< calls that wait for an answer
  /// What ends them early, by number.
  std::map<std::uint64_t, std::function<void()>> polls_;
  std::uint64_t last_poll_ = 0;
  /// Lists that wait for their answers, or have them by now; by the numbers of their terms.
  std::map<std::uint64_t, waiting_list> lists_;
  std::uint64_t last_list_ = 0;
  bool leaving_ = false;
  std::optional<caf::actor_clock::time_point> stops_at_; ///< at the latest
  std::uint64_t begun_streams_ = 0;                      ///< of events, that have begun
  std::shared_ptr<request_log> log_;
  std::shared_ptr<live_overview> overview_; ///< null until somebody watched
  std::shared_ptr<change_streams> streams_; ///< null until somebody followed a feed
  std::shared_ptr<std::atomic<std::size_t>> feeds_ = std::make_shared<std::atomic<std::size_t>>(0);
  std::shared_ptr<gateway_access> access_;
  std::optional<caller_budgets> callers_streams_; ///< set when it starts
  std::optional<caller_budgets> callers_waits_;
};

} // namespace troupe
