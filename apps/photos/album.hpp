// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "apps/photos/photo.hpp"
#include "messages/errors.hpp"
#include "messages/job.hpp"
#include "messages/record.hpp"

namespace troupe {
class client;
}

/// The records of photos, seen from a client.
namespace photos {

/// A new record, and the job that came with it.
struct stored_photo {
  std::string id;
  std::string title;
  troupe::job_id job = 0; ///< 0: the collection has no hook
};

/// Creates the records, in batches. When it fails, those of earlier batches are stored.
troupe::result<std::vector<stored_photo>> store_photos(troupe::client& client,
                                                       const std::string& collection,
                                                       const std::vector<photo>& photos);

/// What a search shows of a photo.
struct found_photo {
  std::string id;
  std::string title;
  std::vector<std::string> tags;
  std::string state;
  std::string file;
};

/// Photos with all these words in title or tags, best first.
troupe::result<std::vector<found_photo>>
search_photos(troupe::client& client, const std::string& collection, const std::string& words);

/// What became of some records, told by the feed of their collection. A plain class.
class photo_ledger {
public:
  explicit photo_ledger(const std::vector<std::string>& ids);

  void apply(const troupe::record_change& change);

  std::size_t created() const;
  /// Records that are "ready" and became so once.
  std::size_t ready_once() const;
  /// Records that were changed more than once after they were created.
  std::size_t changed_again() const;

private:
  struct entry {
    std::size_t created = 0;
    std::size_t changed = 0;
    bool ready = false;
  };

  std::map<std::string, entry> entries_;
};

/// Reads the whole feed into `ledger`.
troupe::result<void> read_feed(troupe::client& client, const std::string& collection,
                               photo_ledger& ledger);

} // namespace photos
