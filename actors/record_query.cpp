// SPDX-License-Identifier: Apache-2.0
#include "actors/record_query.hpp"

#include <nlohmann/json.hpp>
#include <span>

#include "actors/json_reader.hpp"
#include "actors/record_cursor.hpp"
#include "actors/utf8.hpp"
#include "messages/limits.hpp"

namespace troupe {

namespace {

using path_rest = std::span<const std::string>;
using paths = std::vector<path_rest>;

// Keeps what the paths name. A path that ends here keeps the whole value.
json_value kept(const json_value& object, const paths& wanted) {
  json_value::object_t result;
  auto& ordered = static_cast<json_value::object_t::Container&>(result);
  for (const auto& [name, value] : object.get_ref<const json_value::object_t&>()) {
    bool whole = false;
    paths inner;
    for (const auto& path : wanted) {
      if (path.front() != name)
        continue;
      whole = whole || path.size() == 1;
      if (path.size() > 1)
        inner.push_back(path.subspan(1));
    }
    if (whole)
      ordered.emplace_back(name, value);
    else if (!inner.empty() && value.is_object())
      if (auto part = kept(value, inner); !part.empty())
        ordered.emplace_back(name, std::move(part));
  }
  return json_value(std::move(result));
}

result<void> check_search(std::string_view text) {
  if (text.size() > limits::query_bytes_max)
    return failure(errc::invalid_argument,
                   "search: longer than " + std::to_string(limits::query_bytes_max) + " bytes");
  if (text.find('\0') != std::string_view::npos || !is_utf8(text))
    return failure(errc::invalid_argument, "search: not UTF-8 without NUL");
  return {};
}

} // namespace

result<record_query> read_query(const list_records& x, const field_predicate& knows) {
  record_query made;
  auto& query = made.query;
  if (x.limit > limits::page_records_max)
    return failure(errc::invalid_argument,
                   "a page has at most " + std::to_string(limits::page_records_max) + " records");
  if (auto checked = check_search(x.search); !checked)
    return tl::unexpected<error>{checked.error()};
  auto filter = read_filter(x.filter, knows);
  if (!filter)
    return tl::unexpected<error>{filter.error()};
  auto sort = read_sort(x.sort, knows);
  if (!sort)
    return tl::unexpected<error>{sort.error()};
  auto fields = read_fields(x.fields, knows);
  if (!fields)
    return tl::unexpected<error>{fields.error()};
  auto after = read_cursor(x);
  if (!after)
    return tl::unexpected<error>{after.error()};
  query.collection = x.collection;
  query.filter = std::move(*filter);
  query.search = x.search;
  query.sort = std::move(*sort);
  query.after = std::move(after->values);
  query.limit = x.limit == 0 ? static_cast<std::uint32_t>(limits::page_records_default) : x.limit;
  query.count = x.count;
  query.terms = x.terms;
  query.generation = after->generation;
  made.fields = std::move(*fields);
  return made;
}

std::string only_fields(std::string_view object, const std::vector<std::string>& wanted) {
  const auto whole = read_own_json(object);
  if (!whole.is_object())
    return "{}";
  std::vector<std::vector<std::string>> split;
  for (const auto& path : wanted)
    if (auto read = path_names(path))
      split.push_back(std::move(*read));
  return json_text(kept(whole, paths(split.begin(), split.end())));
}

} // namespace troupe
