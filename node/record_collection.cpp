// SPDX-License-Identifier: Apache-2.0
#include "node/record_collection.hpp"

#include <utility>

#include "node/record_calls.hpp"

namespace troupe {

record_collection::record_collection(const record_calls& calls, std::string name)
    : calls_{&calls},
      name_{std::move(name)} {}

// -- reading -------------------------------------------------------------------------------------

result<record> record_collection::get(std::string id, milliseconds max_stale) const {
  auto found = get(std::vector<std::string>{id}, max_stale);
  if (!found)
    return tl::unexpected{found.error()};
  if (found->empty() || found->front().value.version == 0)
    return failure(errc::unknown_record, "'" + name_ + "' has no record '" + id + "'");
  return std::move(found->front().value);
}

result<std::vector<found_record>> record_collection::get(std::vector<std::string> ids,
                                                         milliseconds max_stale) const {
  return calls_->read({name_, std::move(ids), max_stale}).map([](records_found&& x) {
    return std::move(x.records);
  });
}

result<records_page> record_collection::list(list_records request) const {
  request.collection = name_;
  return calls_->page(std::move(request));
}

result<void> record_collection::for_each(list_records request,
                                         const std::function<bool(const record&)>& use) const {
  request.collection = name_;
  do {
    auto page = calls_->page(request);
    if (!page)
      return tl::unexpected{page.error()};
    for (const auto& x : page->records)
      if (!use(x))
        return {};
    request.cursor = std::move(page->next);
  } while (!request.cursor.empty());
  return {};
}

result<changes_read> record_collection::changes(std::uint64_t after, std::uint32_t limit,
                                                milliseconds wait) const {
  return calls_->changes({name_, after, limit, wait});
}

// -- changing ------------------------------------------------------------------------------------

result<record_changed> record_collection::create(std::string body, create_options options) const {
  return change(std::move(options.id), record_verb::create, std::move(body),
                {{}, std::move(options.idempotency_key)});
}

result<record_changed> record_collection::put(std::string id, std::string body,
                                              write_options options) const {
  return change(std::move(id), record_verb::put, std::move(body), std::move(options));
}

result<record_changed> record_collection::merge_patch(std::string id, std::string patch,
                                                      write_options options) const {
  return change(std::move(id), record_verb::merge_patch, std::move(patch), std::move(options));
}

result<record_changed> record_collection::json_patch(std::string id, std::string patch,
                                                     write_options options) const {
  return change(std::move(id), record_verb::json_patch, std::move(patch), std::move(options));
}

result<record_changed> record_collection::remove(std::string id, write_options options) const {
  return change(std::move(id), record_verb::remove, {}, std::move(options));
}

result<record_changed> record_collection::change(std::string id, record_verb verb, std::string body,
                                                 write_options options) const {
  return calls_->change(change_record{name_,
                                      std::move(id),
                                      verb,
                                      std::move(body),
                                      options.condition,
                                      std::move(options.idempotency_key),
                                      {}});
}

} // namespace troupe
