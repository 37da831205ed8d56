// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/shown.hpp"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "actors/json_reader.hpp"
#include "actors/utf8.hpp"
#include "apps/troupe/cluster_tables.hpp"
#include "apps/troupe/job_text.hpp"
#include "gateway/collection_json.hpp"
#include "gateway/job_json.hpp"
#include "gateway/metrics_text.hpp"
#include "tests/fuzz/target.hpp"

namespace troupe::fuzz {

namespace {

void check_document(const json& document) {
  const auto line = to_line(document);
  require(is_utf8(line), "what callers are told is UTF-8");
  require(line.find('\n') == std::string::npos, "what callers are told is one line");
  require(read_own_json(line).is_object(), "what callers are told is JSON");
}

void check_figures(const cluster_figures& x) {
  const auto text = metrics_text(x);
  require(text.empty() || text.ends_with('\n'), "figures are whole lines");
}

} // namespace

void show(const job& x) {
  for (const bool details : {false, true})
    check_document(json_of(x, details));
  for (const auto& line : describe_job(x, {4, 80}))
    require(line.find('\n') == std::string::npos, "what people are shown is lines");
  table_of(std::vector{x});
}

void show(const queue_info& x) {
  check_document(json_of(x));
  table_of(std::vector{x});
  cluster_figures figures;
  figures.queues = {x};
  check_figures(figures);
}

void show(const worker_info& x) {
  check_document(json_of(x));
  table_of(std::vector{x});
  cluster_figures figures;
  figures.workers = {x};
  check_figures(figures);
}

void show(const node_info& x) {
  check_document(json_of(x));
  table_of(std::vector{x});
  cluster_figures figures;
  figures.nodes = {x};
  check_figures(figures);
}

void show(const record& x) {
  // The fields stand in it as they are: the store keeps nothing but JSON.
  const record told{x.id, x.version, x.created_at, x.updated_at, "{}"};
  if (is_record_id(x.id))
    require(read_own_json(record_json(told)).is_object(), "a record is told as JSON");
  record_json(x);
}

void show(const record_change& x) {
  show(x.value);
  require(!to_string(x.kind).empty(), "a change has a name");
  hook_payload("notes", x.kind, x.value, x.value);
}

void show(const stored_collection& x) {
  check_document(json_of(x));
}

void show(const cache_described& x) {
  check_document(json_of(x));
  cluster_figures figures;
  figures.caches = {x};
  check_figures(figures);
}

void show(const queues_counted& x) {
  cluster_figures figures;
  figures.counts = x.queues;
  check_figures(figures);
}

void show(const commits_counted& x) {
  cluster_figures figures;
  figures.commits = x;
  check_figures(figures);
}

} // namespace troupe::fuzz
