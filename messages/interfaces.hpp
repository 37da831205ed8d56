// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include "messages/access.hpp"
#include "messages/cluster.hpp"
#include "messages/metrics.hpp"
#include "messages/ownership.hpp"
#include "messages/record_requests.hpp"
#include "messages/record_storage.hpp"
#include "messages/requests.hpp"
#include "messages/storage.hpp"
#include "messages/type_ids.hpp"

/// The catalogue: who may say what to whom. What a message means stands at its type.
///
/// Refusals are `caf::error`s made of an `errc` and a text (messages/errors.hpp).
namespace troupe {

/// Hears when the actor behind a name changes; see `subscribe_name`.
using name_listener_actor = caf::typed_actor<
  // Sent by the node's own receptionist. Repeating is harmless.
  caf::reacts_to<named_actor>>;

/// Hears who answers to a group of names; see `subscribe_group`.
using group_listener_actor = caf::typed_actor<
  // Sent by the node's own receptionist. Repeating is harmless.
  caf::reacts_to<named_group>>;

/// One a node: members of the cluster, and who answers to which name.
using receptionist_actor = caf::typed_actor<
  // From the receptionist of another node. Refuses another cluster, or a name that is taken by a
  // live node, as `invalid_argument`.
  caf::replies_to<join_cluster>::with<directory>,
  // From a receptionist that this one joined: replaces what it said before.
  caf::reacts_to<directory>,
  // From actors of this node. A later actor takes the name over.
  caf::replies_to<register_name>::with<caf::ok_atom>,
  // From actors of this node. Ends with the subscriber.
  caf::replies_to<subscribe_name>::with<caf::ok_atom>,
  // The same for all names with a prefix; the subscriber is a `group_listener_actor`.
  caf::replies_to<subscribe_group>::with<caf::ok_atom>,
  // From anybody. `unavailable` when nobody answers to the name.
  caf::replies_to<find_name>::with<named_actor>, caf::replies_to<list_nodes>::with<nodes_listed>,
  // From clients, after what they have changed. Repeating it leaves another line.
  caf::replies_to<note_change>::with<caf::ok_atom>>;

/// One a worker node: runs handlers under leases.
using worker_actor = caf::typed_actor<
  // From the dispatcher, within the capacity that the worker announced.
  caf::reacts_to<run_jobs>,
  // From the dispatcher. Leases that are unknown here are ignored.
  caf::reacts_to<cancel_leases>,
  // From its own node, before it stops: takes nothing new, hands back what has not started, waits
  // for the others up to the grace, then stops them and hands them back. Answered when it is empty.
  caf::replies_to<drain_worker>::with<caf::ok_atom>,
  // From the dispatcher.
  caf::reacts_to<resume_worker>,
  // From its receptionist: who is the dispatcher now.
  caf::reacts_to<named_actor>>;

/// One a queue shard, on control nodes: matches jobs to slots and watches over leases.
using dispatcher_actor = caf::typed_actor<
  // -- from clients
  // Answered when durable (J1). `unknown_queue`, `payload_too_large`, `batch_too_large`,
  // `queue_full`, `overloaded`, `storage_failed`: nothing was stored. Repeating stores again.
  caf::replies_to<enqueue_jobs>::with<jobs_enqueued>, caf::replies_to<get_jobs>::with<jobs_found>,
  caf::replies_to<list_jobs>::with<jobs_found>,
  // A code an id: `unknown_job`, or `wrong_state` for final jobs.
  caf::replies_to<cancel_jobs>::with<jobs_changed>,
  // A code an id: `unknown_job`, or `wrong_state` for jobs that are neither dead nor cancelled.
  caf::replies_to<retry_jobs>::with<jobs_changed>,
  caf::replies_to<redrive_jobs>::with<jobs_redriven>,
  caf::replies_to<pause_queue>::with<caf::ok_atom>,
  caf::replies_to<purge_queue>::with<queue_purged>,
  // Answered when the worker has been told. `invalid_argument` if there is none of that name.
  caf::replies_to<drain_node>::with<caf::ok_atom>,
  // `overloaded` if too many wait.
  caf::replies_to<await_job>::with<jobs_found>, caf::replies_to<read_events>::with<events_read>,
  caf::replies_to<list_queues>::with<queues_listed>,
  caf::replies_to<list_workers>::with<workers_listed>,
  // -- from workers; `unavailable` until this dispatcher has read its shard
  caf::replies_to<register_worker, worker_actor>::with<worker_registered>,
  // `lease_lost` from a worker that is not registered: register again.
  caf::replies_to<heartbeat>::with<heartbeat_reply>, caf::reacts_to<start_jobs>,
  // Answered when durable. Repeating is harmless: what is over is refused as lost.
  caf::replies_to<finish_jobs>::with<finish_reply>,
  // From gateways, for pull workers, whose heartbeats and ends are those above. `overloaded` if too
  // many wait.
  caf::replies_to<pull_jobs>::with<jobs_pulled>,
  // -- from caches and record services
  // Writes to collections with hooks: gives the hooks' jobs their ids, passes the writes to the
  // repository, and hands the jobs out when they are committed. `queue_full` if a hook's queue is.
  caf::replies_to<write_records>::with<records_written>,
  // A job's atomic step, checked by the record service that sends it (F24).
  caf::replies_to<finish_step>::with<step_stored>>;

/// One a storage engine, on control nodes: the only writer. Whatever arrives during a commit
/// shares the next one; answered after it.
using repository_actor = caf::typed_actor<
  caf::replies_to<open_shard>::with<shard_opened>, caf::replies_to<insert_jobs>::with<caf::ok_atom>,
  caf::replies_to<grant_leases>::with<leases_granted>,
  caf::replies_to<end_leases>::with<leases_ended>,
  caf::replies_to<promote_jobs>::with<jobs_promoted>,
  caf::replies_to<cancel_waiting>::with<jobs_updated>,
  caf::replies_to<revive_jobs>::with<jobs_updated>,
  caf::replies_to<move_dead_letters>::with<dead_letters_moved>,
  caf::replies_to<purge_jobs>::with<jobs_purged>, caf::replies_to<pause_queue>::with<caf::ok_atom>,
  caf::replies_to<declare_collections>::with<caf::ok_atom>,
  caf::replies_to<claim_shards>::with<shards_stored>,
  // After the commit the owners of the keys are told, but for the sender.
  caf::replies_to<write_records>::with<records_written>,
  caf::replies_to<store_step>::with<step_stored>,
  caf::replies_to<trim_records>::with<records_trimmed>,
  // From dispatchers, before they hand out jobs that a change of records brought: answered when the
  // owners of the keys have confirmed that they know of it, or their lease is over.
  caf::replies_to<invalidate_keys>::with<caf::ok_atom>,
  // Reads see what was committed when they run; they do not wait for writes. Each has a time, and
  // is ended when that is over (`too_costly`); `overloaded` if too many wait. Lists and searches
  // have readers of their own, so that they delay none of the others.
  caf::replies_to<read_ready>::with<ready_read>, caf::replies_to<get_jobs>::with<jobs_found>,
  caf::replies_to<list_jobs>::with<jobs_found>,
  caf::replies_to<read_collections>::with<collections_read>,
  caf::replies_to<read_shards>::with<shards_stored>,
  caf::replies_to<read_records>::with<records_read>,
  caf::replies_to<query_records>::with<records_queried>,
  // From gateways: a caller of theirs has gone. Unknown ones are ignored.
  caf::reacts_to<abandon_read>,
  // Answered when there are changes, or after `wait`. `overloaded` if too many wait.
  caf::replies_to<read_changes>::with<changes_read>,
  // From clients that manage tokens, and from gateways.
  caf::replies_to<create_token>::with<token_changed>,
  caf::replies_to<revoke_token>::with<token_changed>,
  caf::replies_to<read_tokens>::with<tokens_read>>;

/// What a dispatcher tells, too.
using queue_counter_actor = caf::typed_actor<caf::replies_to<count_queues>::with<queues_counted>>;

/// What a repository tells, too.
using commit_counter_actor
  = caf::typed_actor<caf::replies_to<count_commits>::with<commits_counted>>;

// -- records -------------------------------------------------------------------------------------

/// Several a service node: owns shards of keys, and answers for them from memory.
using cache_actor = caf::typed_actor<
  // From record services. `not_owner` if it does not own the shard of one of the keys, or is not
  // sure that it does; `unavailable` when the database does not answer.
  caf::replies_to<get_records>::with<records_found>,
  // From record services, with one write; the cache fills in epoch and time. `not_owner`: nothing
  // was changed. `timed_out`: unknown.
  caf::replies_to<write_records>::with<records_written>,
  // From whoever wrote past it, and from the repository. Repeating is harmless.
  caf::replies_to<invalidate_keys>::with<caf::ok_atom>,
  caf::replies_to<describe_cache>::with<cache_described>,
  // From its receptionist: who are the coordinator, the repository and the dispatcher now.
  caf::reacts_to<named_actor>>;

/// Hears where the shards of keys are; see `subscribe_shards`.
using shard_listener_actor = caf::typed_actor<caf::reacts_to<shard_map>>;

/// One, on a control node: leases shards of keys to caches, each to one at a time.
using coordinator_actor = caf::typed_actor<
  // From caches. `unavailable` until it has read the epochs. Repeating is harmless.
  caf::replies_to<renew_shards, cache_actor>::with<shards_renewed>,
  // From record services. Ends with the subscriber.
  caf::replies_to<subscribe_shards>::with<caf::ok_atom>>;

/// What clients say to record services, directly or through a balancer.
///
/// All refuse `unknown_collection` and malformed requests (`invalid_argument`, `payload_too_large`,
/// `batch_too_large`). `unavailable` and `overloaded`: nothing was changed, try again later.
/// `timed_out`: whether a change took effect is unknown.
using records_actor
  = caf::typed_actor<caf::replies_to<get_records>::with<records_found>,
                     // `invalid_record`, `precondition_failed`, `precondition_required`,
                     // `unknown_record`, `patch_failed`, `idempotency_mismatch`, `queue_full`:
                     // nothing was changed. Repeating is harmless with an idempotency key, and with
                     // a condition that cannot hold twice.
                     caf::replies_to<change_record>::with<record_changed>,
                     caf::replies_to<change_records>::with<records_changed>,
                     caf::replies_to<list_records>::with<records_page>,
                     caf::replies_to<read_changes>::with<changes_read>,
                     caf::replies_to<list_collections>::with<collections_listed>,
                     caf::replies_to<list_caches>::with<caches_listed>,
                     // From workers. Repeating is harmless: what is over is refused as lost.
                     caf::replies_to<commit_step>::with<step_committed>>;

/// Any number, on service nodes; has no state. Checks requests and passes them to those who answer.
using record_service_actor = records_actor::extend<
  // From the coordinator: where the keys are.
  caf::reacts_to<shard_map>,
  // From its receptionist: who are the coordinator, the repository and the dispatcher now.
  caf::reacts_to<named_actor>>;

} // namespace troupe

CAF_BEGIN_TYPE_ID_BLOCK(troupe_interfaces, caf::id_block::troupe::end)
  CAF_ADD_TYPE_ID(troupe_interfaces, (troupe::name_listener_actor))
  CAF_ADD_TYPE_ID(troupe_interfaces, (troupe::receptionist_actor))
  CAF_ADD_TYPE_ID(troupe_interfaces, (troupe::worker_actor))
  CAF_ADD_TYPE_ID(troupe_interfaces, (troupe::dispatcher_actor))
  CAF_ADD_TYPE_ID(troupe_interfaces, (troupe::repository_actor))
  CAF_ADD_TYPE_ID(troupe_interfaces, (troupe::group_listener_actor))
  CAF_ADD_TYPE_ID(troupe_interfaces, (troupe::cache_actor))
  CAF_ADD_TYPE_ID(troupe_interfaces, (troupe::shard_listener_actor))
  CAF_ADD_TYPE_ID(troupe_interfaces, (troupe::coordinator_actor))
  CAF_ADD_TYPE_ID(troupe_interfaces, (troupe::records_actor))
  CAF_ADD_TYPE_ID(troupe_interfaces, (troupe::record_service_actor))
  CAF_ADD_TYPE_ID(troupe_interfaces, (troupe::queue_counter_actor))
  CAF_ADD_TYPE_ID(troupe_interfaces, (troupe::commit_counter_actor))
CAF_END_TYPE_ID_BLOCK(troupe_interfaces)
