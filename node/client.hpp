// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "messages/access.hpp"
#include "messages/cluster.hpp"
#include "messages/errors.hpp"
#include "messages/ownership.hpp"
#include "messages/record_requests.hpp"
#include "messages/requests.hpp"
#include "node/record_collection.hpp"
#include "node/tls_identity.hpp"

namespace troupe {

struct client_options {
  std::vector<std::string> addresses; ///< "host:port" of control nodes; any one is enough
  milliseconds request_timeout{5000};
  milliseconds connect_timeout{10'000}; ///< until the first connection, in `connect`
  bool try_once = false;                ///< `connect` ends when each address has refused once
  tls_files tls{};                      ///< of a cluster with TLS; see `troupe cert`
  /// With TLS: the names that the nodes at these addresses must have in their certificates. At
  /// other addresses any name that the cluster's CA has signed will do.
  std::map<std::string, std::string> node_names{};
};

/// A connection to a cluster from any program, over CAF's remote actors.
///
/// Reconnects by itself, to any of its addresses. All functions may be called from any thread.
/// The blocking ones wait at most `request_timeout`: `timed_out` means that it is unknown whether
/// the request took effect, `unavailable` that there was no connection and it did not.
class client {
public:
  /// Connects. `unavailable`, with the reason, when no address answers in time,
  /// `incompatible_version` when one answers in another wire version.
  static result<std::unique_ptr<client>> connect(client_options options);

  ~client();
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  /// Returns when the jobs are durable.
  result<jobs_enqueued> enqueue(std::string queue, std::vector<new_job> jobs);

  /// The same without waiting: `done` is called once, on a thread of the client's; it must not
  /// block, nor destroy the client. For many requests in flight: the caller bounds how many, for
  /// each is kept in memory until it is answered.
  void enqueue(std::string queue, std::vector<new_job> jobs,
               std::function<void(result<jobs_enqueued>)> done);

  result<std::vector<job>> get(std::vector<job_id> ids, bool details = true);
  /// A page of jobs, newest first, without payloads and results. With a text to search for, it may
  /// be shorter than wanted although there are more: `next` says so.
  result<jobs_found> list(list_jobs request);
  /// A code an id; `none` is done.
  result<std::vector<errc>> cancel(std::vector<job_id> ids);
  result<std::vector<errc>> retry(std::vector<job_id> ids);
  result<jobs_redriven> redrive(std::string queue, std::uint32_t limit);
  result<void> pause(std::string queue, bool paused);
  /// Cancels the newest jobs that wait; while there are `more`, call it again with the `up_to` of
  /// the first answer.
  result<queue_purged> purge(std::string queue, std::uint32_t limit, job_id up_to = 0);
  /// Lets a worker end what it runs and take nothing new, until it is resumed or its node starts
  /// again. `invalid_argument` if there is no such worker.
  result<void> drain_worker_of(std::string node);
  /// Lets a drained worker take jobs again; harmless if it does already.
  result<void> resume_worker_of(std::string node);
  /// Waits on the server for up to `request.wait`; that comes on top of the request time-out.
  result<events_read> events(read_events request);
  result<std::vector<queue_info>> queues();
  result<std::vector<worker_info>> workers();
  result<std::vector<node_info>> nodes();
  /// Leaves a line in the log of the node that it is connected to: who has changed what.
  result<void> note_change(std::string by, std::string what);

  // -- records; the services that answer for them are chosen by a `balancer`. They may take half a
  // second longer than `request_timeout`.

  /// The records of one collection, which need not exist yet.
  record_collection records(std::string collection);

  result<records_found> read(get_records request);
  void read(get_records request, std::function<void(result<records_found>)> done);
  result<record_changed> change(change_record request);
  void change(change_record request, std::function<void(result<record_changed>)> done);
  /// All or none. The answer says what is wrong with which, if it is not `committed`.
  result<records_changed> change(std::vector<change_record> changes,
                                 std::string idempotency_key = {});
  result<records_page> page(list_records request);
  /// Waits for up to `request.wait`, as `events` does.
  result<changes_read> changes(read_changes request);
  result<std::vector<stored_collection>> collections();
  result<std::vector<cache_described>> caches();

  // -- tokens of the HTTP API

  /// `token_exists`, or `overloaded` if there are too many.
  result<void> create_token(access_token token);
  /// `unknown_token`.
  result<void> revoke_token(std::string name);
  result<std::vector<access_token>> tokens();

private:
  client();
  class implementation;
  std::unique_ptr<implementation> implementation_;
};

} // namespace troupe
