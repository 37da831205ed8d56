// SPDX-License-Identifier: Apache-2.0
#include "tests/support/memory_reader.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <string>
#include <utility>

#include "messages/limits.hpp"
#include "persistence/job_search.hpp"
#include "tests/support/memory_jobs.hpp"

namespace troupe::test {

namespace {

template <class Values, class Value>
bool has(const Values& values, const Value& x) {
  return std::find(values.begin(), values.end(), x) != values.end();
}

bool is_listed(const memory_job& x, const list_jobs& request) {
  return (request.queue.empty() ? request.queues.empty() || has(request.queues, x.seen.queue)
                                : x.seen.queue == request.queue)
         && (request.before == 0 || x.seen.id < request.before)
         && (request.tag.empty() || has(x.seen.tags, request.tag))
         && (request.states.empty() || has(request.states, as_seen(x, false).state));
}

std::string lower(std::string text) {
  for (auto& x : text)
    x = static_cast<char>(std::tolower(static_cast<unsigned char>(x))); // of the "C" locale
  return text;
}

bool has_text(const job& x, const std::string& text) {
  return lower(x.payload).find(lower(text)) != std::string::npos
         || lower(x.error).find(lower(text)) != std::string::npos;
}

class reader final : public storage_reader {
public:
  explicit reader(std::shared_ptr<memory_store::disk> on) : disk_{std::move(on)} {}

  result<ready_read> ready(const read_ready& request) override;
  result<jobs_found> get(const get_jobs& request) override;
  result<jobs_found> list(const list_jobs& request) override;

  result<collections_read> collections(const read_collections&) override {
    return disk_->data.records.read_all();
  }
  result<shards_stored> shards(const read_shards&) override {
    return disk_->data.records.read_shards();
  }
  result<records_read> read(const read_records& request) override {
    return disk_->data.records.read(request);
  }
  result<records_queried> select(const query_records& request) override {
    return disk_->data.records.select(request);
  }
  result<changes_read> changes(const read_changes& request) override {
    return disk_->data.records.changes(request);
  }

  result<tokens_read> tokens(const read_tokens& request) override {
    return disk_->data.tokens.read(request);
  }

private:
  std::shared_ptr<memory_store::disk> disk_;
};

result<ready_read> reader::ready(const read_ready& request) {
  // In start order: the highest priority first, then the oldest.
  std::map<std::pair<int, job_id>, const memory_job*> order;
  for (const auto& [id, x] : disk_->data.jobs) {
    const std::pair<int, job_id> place{-x.seen.options.priority, id};
    if (x.seen.queue == request.queue && is_ready(x)
        && place > std::pair<int, job_id>{-request.priority, request.after})
      order[place] = &x;
  }
  ready_read answer;
  std::uint64_t bytes = 0;
  for (const auto& [place, x] : order) {
    bytes += x->seen.payload.size();
    if (answer.jobs.size() == request.limit || (bytes > request.bytes_max && !answer.jobs.empty()))
      return answer;
    answer.jobs.push_back(as_ready(*x));
  }
  answer.end = true;
  return answer;
}

result<jobs_found> reader::get(const get_jobs& request) {
  jobs_found answer;
  for (const auto id : request.ids)
    if (const auto x = disk_->data.jobs.find(id); x != disk_->data.jobs.end())
      answer.jobs.push_back(as_seen(x->second, request.details));
  return answer;
}

result<jobs_found> reader::list(const list_jobs& request) {
  jobs_found answer;
  std::size_t looked_at = 0;
  std::size_t bytes = 0;
  job_id last = 0;
  for (auto x = disk_->data.jobs.rbegin(); x != disk_->data.jobs.rend(); ++x) {
    if (!is_listed(x->second, request))
      continue;
    const bool tired = !request.text.empty()
                       && (looked_at == limits::job_search_max || bytes >= job_search_bytes_max);
    if (tired || answer.jobs.size() == request.limit) {
      answer.next = last;
      break;
    }
    const auto& seen = x->second.seen;
    last = seen.id;
    ++looked_at;
    bytes += seen.payload.size() + seen.error.size();
    if (request.text.empty() || has_text(seen, request.text))
      answer.jobs.push_back(as_seen(x->second, false));
  }
  return answer;
}

} // namespace

std::unique_ptr<storage_reader> make_memory_reader(std::shared_ptr<memory_store::disk> on) {
  return std::make_unique<reader>(std::move(on));
}

} // namespace troupe::test
