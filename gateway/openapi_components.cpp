// SPDX-License-Identifier: Apache-2.0
#include "gateway/openapi.hpp"
#include "gateway/openapi_schemas.hpp"

namespace troupe {

namespace {

constexpr std::string_view parameters = R"json(

{
  "if_match": {"name": "If-Match", "in": "header",
    "description": "The ETag of the version that is changed, or * for any. Another one: 412.",
    "schema": {"type": "string"}, "example": "\"42\""},
  "if_none_match": {"name": "If-None-Match", "in": "header",
    "description": "ETags that the caller has. One of them is current: 304.",
    "schema": {"type": "string"}, "example": "\"42\""},
  "if_absent": {"name": "If-None-Match", "in": "header",
    "description": "*: only if there is no such record; else 412.",
    "schema": {"type": "string", "enum": ["*"]}},
  "idempotency_key": {"name": "Idempotency-Key", "in": "header",
    "description": "Repeating a request under its key only gets the same answer; for a day.",
    "schema": {"type": "string", "maxLength": 202}},
  "prefer": {"name": "Prefer", "in": "header",
    "description": "RFC 7240: whether the answer holds the record.",
    "schema": {"type": "string", "enum": ["return=minimal", "return=representation"]}},
  "max_stale": {"name": "Cache-Control", "in": "header",
    "description": "max-stale=SECONDS: an answer may be so old if nobody knows better.",
    "schema": {"type": "string"}, "example": "max-stale=60"},
  "last_event_id": {"name": "Last-Event-ID", "in": "header",
    "description": "The last event that the caller has seen; browsers send it by themselves.",
    "schema": {"type": "string", "pattern": "^[0-9]*$"}},
  "filter": {"name": "filter", "in": "query",
    "description": "Only these, e.g. `state = \"ready\" and size > 1000`; see docs/records.md.",
    "schema": {"type": "string", "maxLength": 4096}},
  "sort": {"name": "sort", "in": "query",
    "description": "Fields, the most important first, - for descending: `-created_at,title`.",
    "schema": {"type": "string", "maxLength": 4096}},
  "fields": {"name": "fields", "in": "query",
    "description": "Only these fields, and the id: `title,author.name`.",
    "schema": {"type": "string", "maxLength": 4096}},
  "q": {"name": "q", "in": "query", "description": "Words to search for.",
    "schema": {"type": "string", "maxLength": 4096}},
  "cursor": {"name": "cursor", "in": "query",
    "description": "`next` of the page before, with the same query.",
    "schema": {"type": "string", "maxLength": 16384}},
  "limit": {"name": "limit", "in": "query", "description": "Records on the page.",
    "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}},
  "count": {"name": "count", "in": "query", "description": "Count all that match.",
    "schema": {"type": "boolean", "default": false}},
  "at_least": {"name": "at_least", "in": "query",
    "description": "A change's sequence number: the page must show all changes up to it.",
    "schema": {"type": "integer", "minimum": 0}},
  "after": {"name": "after", "in": "query", "description": "Only what comes after this number.",
    "schema": {"type": "integer", "minimum": 0, "default": 0}},
  "wait": {"name": "wait", "in": "query",
    "description": "Seconds to wait for a change when there is none; of lines of JSON.",
    "schema": {"type": "integer", "minimum": 0, "maximum": 60, "default": 0}},
  "event_job": {"name": "job", "in": "query", "description": "Only events of this job.",
    "schema": {"type": "string", "pattern": "^[0-9]*$"}},
  "job_queue": {"name": "queue", "in": "query", "description": "Only jobs of this queue.",
    "schema": {"type": "string"}},
  "job_state": {"name": "state", "in": "query", "description": "Only jobs in this state.",
    "schema": {"$ref": "#/components/schemas/job_state"}},
  "job_tag": {"name": "tag", "in": "query", "description": "Only jobs with this tag.",
    "schema": {"type": "string"}},
  "job_text": {"name": "text", "in": "query",
    "description": "Only jobs with this in payload or error. A short page may have a `next`, too.",
    "schema": {"type": "string", "maxLength": 4096}},
  "traceparent": {"name": "traceparent", "in": "header",
    "description": "W3C Trace Context. Goes with the job; what is malformed is ignored.",
    "schema": {"type": "string"},
    "example": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
  "before": {"name": "before", "in": "query",
    "description": "Only jobs with a smaller id: `next` of the page before.",
    "schema": {"type": "string", "pattern": "^[0-9]*$"}},
  "job_limit": {"name": "limit", "in": "query", "description": "Jobs on the page.",
    "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}},
  "job_wait": {"name": "wait", "in": "query", "description": "Seconds to wait for the job's end.",
    "schema": {"type": "integer", "minimum": 0, "maximum": 60, "default": 0}},
  "purge_limit": {"name": "limit", "in": "query", "description": "Jobs to cancel at most.",
    "schema": {"type": "integer", "minimum": 1, "maximum": 10000, "default": 1000}},
  "purge_up_to": {"name": "up_to", "in": "query",
    "description": "Only jobs with this id, or a smaller one; 0: all that there are now.",
    "schema": {"type": "string", "pattern": "^[0-9]*$"}},
  "redrive_limit": {"name": "limit", "in": "query", "description": "Jobs to move at most.",
    "schema": {"type": "integer", "minimum": 1, "maximum": 10000, "default": 100}}
})json";

constexpr std::string_view path_parameters = R"json(

{
  "collection": {"description": "Name of a collection.", "schema": {"type": "string"}},
  "record": {"description": "Id of a record.",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9._~-]{1,200}$"}},
  "queue": {"description": "Name of a queue.", "schema": {"type": "string"}},
  "job": {"description": "Id of a job.", "schema": {"type": "string", "pattern": "^[0-9]+$"}},
  "node": {"description": "Name of a worker's node; of a pull worker `pull%2F` and its name.",
    "schema": {"type": "string"}},
  "name": {"description": "Name of a file.", "schema": {"type": "string"}},
  "path": {"description": "Path of a file; its slashes need not be encoded.",
    "schema": {"type": "string"}}
})json";

constexpr std::string_view bodies = R"json(

{
  "record": {"required": true, "content": {
    "application/json": {"schema": {"$ref": "#/components/schemas/record_fields"}}}},
  "record_patch": {"required": true, "content": {
    "application/merge-patch+json": {"schema": {"type": "object",
      "description": "The members to replace; null removes one."}},
    "application/json-patch+json": {"schema": {"$ref": "#/components/schemas/json_patch"},
      "example": [{"op": "test", "path": "/version", "value": 7},
        {"op": "remove", "path": "/remarks"}]}}},
  "record_batch": {"required": true, "content": {
    "application/json": {"schema": {"$ref": "#/components/schemas/record_batch"},
      "example": {"changes": [{"op": "delete", "id": "4711", "if_version": 7},
        {"op": "merge_patch", "id": "4712", "body": {"remarks": null}}]}}}},
  "lease_request": {"required": true, "content": {"application/json": {
    "schema": {"$ref": "#/components/schemas/lease_request"},
    "example": {"worker": "ann", "limit": 10, "wait": 30}}}},
  "heartbeat": {"required": true, "content": {"application/json": {
    "schema": {"$ref": "#/components/schemas/heartbeat"},
    "example": {"worker": "ann",
      "leases": [{"job": "7", "epoch": "1099511627777", "progress": "half"}]}}}},
  "lease_complete": {"required": true, "content": {"application/json": {
    "schema": {"$ref": "#/components/schemas/lease_complete"},
    "example": {"worker": "ann", "epoch": "1099511627777", "result": {"pages": 12}}}}},
  "lease_fail": {"required": true, "content": {"application/json": {
    "schema": {"$ref": "#/components/schemas/lease_fail"},
    "example": {"worker": "ann", "epoch": "1099511627777", "error": "the printer is out of paper",
      "retry_after_ms": 60000}}}},
  "lease_snooze": {"required": true, "content": {"application/json": {
    "schema": {"$ref": "#/components/schemas/lease_snooze"},
    "example": {"worker": "ann", "epoch": "1099511627777", "delay_ms": 60000}}}},
  "lease_release": {"required": true, "content": {"application/json": {
    "schema": {"$ref": "#/components/schemas/lease_release"},
    "example": {"worker": "ann", "epoch": "1099511627777"}}}},
  "new_jobs": {"required": true, "content": {"application/json": {"schema": {"oneOf": [
      {"$ref": "#/components/schemas/new_job"}, {"$ref": "#/components/schemas/new_job_list"}]},
    "examples": {
      "one": {"summary": "One job", "value": {"payload": {"to": "ann@example.org"},
        "priority": 7, "tags": ["welcome"]}},
      "many": {"summary": "Several, all or none",
        "value": {"jobs": [{"payload": "first"}, {"payload": "second", "delay_ms": 60000}]}}}}}}
})json";

constexpr std::string_view answers = R"json(

{
  "page": {"description": "A page.", "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
    "content": {"text/html": {"schema": {"type": "string"}}}},
  "not_built": {"description": "This program was compiled without its pages.",
    "content": {"text/html": {"schema": {"type": "string"}}}},
  "text": {"description": "A word.", "content": {"text/plain": {"schema": {"type": "string"}}}},
  "metrics": {"description": "In the text format of Prometheus.",
    "content": {"text/plain": {"schema": {"type": "string"}}}},
  "file": {"description": "The file.", "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
    "content": {"*/*": {}}},
  "openapi": {"description": "An OpenAPI 3.1 document.",
    "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
    "content": {"application/json": {"schema": {"type": "object"}}}},
  "not_modified": {"description": "What the caller has is current.",
    "headers": {"ETag": {"$ref": "#/components/headers/ETag"}}},
  "moved": {"description": "A folder's path ends with a slash.",
    "headers": {"Location": {"$ref": "#/components/headers/Location"}}},
  "record_not_modified": {"description": "What the caller has is current.",
    "headers": {"ETag": {"$ref": "#/components/headers/ETag"},
      "Cache-Status": {"$ref": "#/components/headers/Cache-Status"},
      "Age": {"$ref": "#/components/headers/Age"}}},
  "nothing": {"description": "Done."},
  "session": {"description": "What the caller may do.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/session"},
      "example": {"auth": true, "authenticated": true, "name": "shop",
        "scopes": ["jobs:enqueue:mail"]}}}},
  "session_begun": {"description": "What the caller may do; the cookie lasts as long as the token.",
    "headers": {"Set-Cookie": {"$ref": "#/components/headers/Set-Cookie"}},
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/session"}}}},
  "session_ended": {"description": "The cookie is gone.",
    "headers": {"Set-Cookie": {"$ref": "#/components/headers/Set-Cookie_always"}}},
  "job_events": {"description": "Server-sent events, until the caller goes.",
    "content": {"text/event-stream": {"schema": {"type": "string",
      "contentMediaType": "text/event-stream",
      "contentSchema": {"$ref": "#/components/schemas/job_event"}}}}},
  "overview_events": {"description": "Server-sent events, until the caller goes.",
    "content": {"text/event-stream": {"schema": {"type": "string",
      "contentMediaType": "text/event-stream",
      "contentSchema": {"$ref": "#/components/schemas/overview_event"}}}}},
  "record": {"description": "The record.",
    "headers": {"ETag": {"$ref": "#/components/headers/ETag"},
      "Cache-Status": {"$ref": "#/components/headers/Cache-Status"},
      "Age": {"$ref": "#/components/headers/Age"}},
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/record"}}}},
  "record_changed": {"description": "The record as it is now.",
    "headers": {"ETag": {"$ref": "#/components/headers/ETag"},
      "Troupe-Job": {"$ref": "#/components/headers/Troupe-Job"}},
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/record"}}}},
  "record_created": {
    "description": "The new record; with `Prefer: return=minimal` without a body.",
    "headers": {"ETag": {"$ref": "#/components/headers/ETag"},
      "Location": {"$ref": "#/components/headers/Location"},
      "Troupe-Job": {"$ref": "#/components/headers/Troupe-Job"},
      "Preference-Applied": {"$ref": "#/components/headers/Preference-Applied"}},
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/record"}}}},
  "record_not_sent": {"description": "Done, with `Prefer: return=minimal`.",
    "headers": {"ETag": {"$ref": "#/components/headers/ETag"},
      "Preference-Applied": {"$ref": "#/components/headers/Preference-Applied_always"},
      "Troupe-Job": {"$ref": "#/components/headers/Troupe-Job"}}},
  "record_page": {"description": "A page of records.",
    "headers": {"Link": {"$ref": "#/components/headers/Link"}},
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/record_page"}}}},
  "record_batch_done": {"description": "All changes are durable.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/batch_results"}}}},
  "record_changes": {"description": "The changes, each as an event or a line.",
    "headers": {"Troupe-Next": {"$ref": "#/components/headers/Troupe-Next"}},
    "content": {
      "application/x-ndjson": {"schema": {"type": "string",
        "contentMediaType": "application/x-ndjson",
        "contentSchema": {"$ref": "#/components/schemas/record_change"}}},
      "text/event-stream": {"schema": {"type": "string",
        "contentMediaType": "text/event-stream",
        "contentSchema": {"$ref": "#/components/schemas/record_event"}}}}},
  "collection_list": {"description": "All collections.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/collection_list"}}}},
  "queue_list": {"description": "All queues.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/queue_list"}}}},
  "enqueued": {"description": "The jobs' ids, in their order.",
    "headers": {"Location": {"$ref": "#/components/headers/Location_of_one"}},
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/enqueued"},
      "example": {"ids": ["7"]}}}},
  "redriven": {"description": "How many were moved, and how many are left.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/redriven"}}}},
  "job_list": {"description": "A page of jobs.",
    "headers": {"Link": {"$ref": "#/components/headers/Link"}},
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/job_list"}}}},
  "job": {"description": "The job.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/job"}}}},
  "job_unfinished": {"description": "The job as it is, without payload: it has not ended yet.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/job"}}}},
  "purged": {"description": "How many were cancelled, and how many wait still.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/purged"}}}},
  "leased": {"description": "The jobs, or none if the wait is over.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/leased"},
      "example": {"jobs": [{"id": "7", "epoch": "1099511627777", "queue": "reports", "attempt": 1,
        "payload": "May", "run_timeout_ms": 1800000, "progress_timeout_ms": 0,
        "lease_timeout_ms": 8000, "heartbeat_interval_ms": 2000}]}}}},
  "heartbeat_answer": {"description": "Which jobs to stop.",
    "content": {"application/json": {
      "schema": {"$ref": "#/components/schemas/heartbeat_answer"},
      "example": {"lost": [{"job": "7", "epoch": "1099511627777"}], "cancelled": []}}}},
  "worker_list": {"description": "All workers.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/worker_list"}}}},
  "node_list": {"description": "All nodes.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/node_list"}}}},
  "cache_list": {"description": "The caches that answered in time.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/cache_list"}}}}
})json";

constexpr std::string_view headers = R"json(

{
  "ETag": {"description": "The version, for If-Match and If-None-Match.", "required": true,
    "schema": {"type": "string", "pattern": "^\"[^\"]+\"$"}},
  "Location": {"description": "Where it is from now on.", "required": true,
    "schema": {"type": "string", "pattern": "^/"}},
  "Location_of_one": {"description": "Where it is from now on. Of one, not of many.",
    "schema": {"type": "string", "pattern": "^/"}},
  "Link": {"description": "The next page (RFC 8288); absent on the last one.",
    "schema": {"type": "string", "pattern": "^<.*>; rel=\"next\"$"}},
  "Cache-Status": {"description": "Whether it came from memory (RFC 9211).", "required": true,
    "schema": {"type": "string", "pattern": "^troupe; (hit|fwd=miss)"}},
  "Age": {"description": "Seconds; of an answer that may be stale.",
    "schema": {"type": "integer"}},
  "Troupe-Job": {"description": "Id of the job that the change has enqueued.",
    "schema": {"type": "string", "pattern": "^[0-9]+$"}},
  "Troupe-Next": {"description": "Of lines: ask for what comes after this number next.",
    "schema": {"type": "integer"}},
  "Preference-Applied": {"description": "RFC 7240.", "schema": {"type": "string"}},
  "Preference-Applied_always": {"description": "RFC 7240.", "required": true,
    "schema": {"type": "string", "pattern": "^return=minimal$"}},
  "Set-Cookie": {"description": "The token, if one was needed; scripts cannot read it.",
    "schema": {"type": "string", "pattern": "^troupe_token="}},
  "Set-Cookie_always": {"description": "Takes the token back.", "required": true,
    "schema": {"type": "string", "pattern": "^troupe_token=;"}},
  "Retry-After": {"description": "Seconds after which another try may help.", "required": true,
    "schema": {"type": "integer"}},
  "WWW-Authenticate": {"description": "The scheme that is expected (RFC 6750).", "required": true,
    "schema": {"type": "string", "pattern": "^Bearer "}},
  "WWW-Authenticate_of_scopes": {"description": "That the token's scopes are not enough.",
    "schema": {"type": "string", "pattern": "^Bearer "}},
  "Accept-Patch": {"description": "Of PATCH: the types that it takes (RFC 5789).",
    "schema": {"type": "string"}}
})json";

} // namespace

const json& openapi_components() {
  static const json all{
    {"parameters", json::parse(parameters)}, {"path_parameters", json::parse(path_parameters)},
    {"bodies", json::parse(bodies)},         {"answers", json::parse(answers)},
    {"headers", json::parse(headers)},       {"schemas", json::parse(openapi_schemas)}};
  return all;
}

} // namespace troupe
