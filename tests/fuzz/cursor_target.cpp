// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "actors/json_reader.hpp"
#include "actors/record_cursor.hpp"
#include "actors/record_query.hpp"
#include "messages/limits.hpp"
#include "tests/fuzz/target.hpp"

/// A cursor in the first line. The rest is JSON that becomes one: what somebody may have made who
/// knows how they look.
namespace cursor_target {

using namespace troupe;
using fuzz::require;

namespace {

list_records listing(std::string cursor) {
  list_records query;
  query.collection = "notes";
  query.sort = "-title";
  query.cursor = std::move(cursor);
  return query;
}

void read(std::string cursor) {
  const auto query = listing(std::move(cursor));
  const auto place = read_cursor(query);
  if (!place) {
    require(place.error().code == errc::invalid_argument,
            "a cursor is damaged or of another query");
    return;
  }
  require(query.cursor.empty() == place->values.empty(), "a cursor leads somewhere");
  require(place->values.size() <= limits::sort_keys_max + 2, "a cursor has few values");
  for (const auto& x : place->values)
    require(!read_own_json(x).is_structured(), "a cursor's values are scalars");
  if (query.cursor.empty())
    return;
  const auto again = read_cursor(listing(write_cursor(query, place->values, place->generation)));
  require(again && again->values == place->values && again->generation == place->generation,
          "a cursor is read as it was written");
}

void run(std::string_view bytes) {
  const auto cursor = fuzz::take_line(bytes);
  read(std::string{cursor});
  read(base64url(bytes));
  const auto decoded = read_base64url(base64url(bytes));
  require(decoded && *decoded == bytes, "base64url loses nothing");
  if (const auto plain = read_base64url(cursor))
    require(base64url(*plain) == cursor, "bytes have one form in base64url");

  // What the query itself goes by is known, so that what is behind it is reached.
  auto made = read_own_json(*read_base64url(write_cursor(listing({}), {"1"}, 7)));
  if (auto after = read_json(bytes, limits::cursor_bytes_max); after) {
    made["a"] = *after;
    read(base64url(json_text(made)));
    made["a"] = json_value::array({"1"});
    made["g"] = std::move(*after);
    read(base64url(json_text(made)));
  }
}

const fuzz::known_target known{"cursor", run};

} // namespace

} // namespace cursor_target
