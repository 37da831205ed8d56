// SPDX-License-Identifier: Apache-2.0
#include "apps/photos/album.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "messages/limits.hpp"
#include "node/client.hpp"

namespace photos {

namespace {

using json = nlohmann::ordered_json;

constexpr std::uint32_t found_max = 20;

/// Why a batch was refused: the first photo that was.
troupe::error refusal(const troupe::records_changed& answer, const std::vector<photo>& photos,
                      std::size_t first) {
  for (std::size_t i = 0; i < answer.outcomes.size(); ++i)
    if (const auto& x = answer.outcomes[i]; x.code != 0)
      return {static_cast<troupe::errc>(x.code),
              "photo '" + photos[first + i].title + "': " + x.text};
  return {troupe::errc::invalid_argument, "the photos were refused"};
}

found_photo read_photo(const troupe::record& x) {
  auto fields = json::parse(x.fields, nullptr, false);
  if (!fields.is_object())
    return {.id = x.id, .title = {}, .tags = {}, .state = {}, .file = {}};
  return {.id = x.id,
          .title = fields.value("title", ""),
          .tags = fields.value("tags", std::vector<std::string>{}),
          .state = fields.value("state", ""),
          .file = fields.value("file", "")};
}

} // namespace

troupe::result<std::vector<stored_photo>> store_photos(troupe::client& client,
                                                       const std::string& collection,
                                                       const std::vector<photo>& photos) {
  std::vector<stored_photo> stored;
  for (auto& batch : to_changes(photos, collection)) {
    auto first = stored.size();
    auto answer = client.change(std::move(batch));
    if (!answer)
      return tl::unexpected{answer.error()};
    if (!answer->committed)
      return tl::unexpected{refusal(*answer, photos, first)};
    for (const auto& x : answer->outcomes)
      stored.push_back({x.changed.value.id, photos[stored.size()].title, x.changed.job});
  }
  return stored;
}

troupe::result<std::vector<found_photo>>
search_photos(troupe::client& client, const std::string& collection, const std::string& words) {
  troupe::list_records request;
  request.collection = collection;
  request.search = words;
  request.limit = found_max;
  auto page = client.page(std::move(request));
  if (!page)
    return tl::unexpected{page.error()};
  std::vector<found_photo> found;
  for (const auto& x : page->records)
    found.push_back(read_photo(x));
  return found;
}

photo_ledger::photo_ledger(const std::vector<std::string>& ids) {
  for (const auto& id : ids)
    entries_.emplace(id, entry{});
}

void photo_ledger::apply(const troupe::record_change& change) {
  auto found = entries_.find(change.value.id);
  if (found == entries_.end())
    return;
  auto& x = found->second;
  if (change.kind == troupe::change_kind::created)
    ++x.created;
  else
    ++x.changed;
  x.ready
    = change.kind != troupe::change_kind::deleted && read_photo(change.value).state == "ready";
}

std::size_t photo_ledger::created() const {
  return static_cast<std::size_t>(
    std::ranges::count_if(entries_, [](const auto& x) { return x.second.created == 1; }));
}

std::size_t photo_ledger::ready_once() const {
  return static_cast<std::size_t>(std::ranges::count_if(
    entries_, [](const auto& x) { return x.second.ready && x.second.changed == 1; }));
}

std::size_t photo_ledger::changed_again() const {
  return static_cast<std::size_t>(
    std::ranges::count_if(entries_, [](const auto& x) { return x.second.changed > 1; }));
}

troupe::result<void> read_feed(troupe::client& client, const std::string& collection,
                               photo_ledger& ledger) {
  for (std::uint64_t after = 0;;) {
    auto read = client.changes({collection, after, troupe::limits::page_records_max, {}});
    if (!read)
      return tl::unexpected{read.error()};
    if (read->changes.empty())
      return {};
    for (const auto& change : read->changes)
      ledger.apply(change);
    after = read->next;
  }
}

} // namespace photos
