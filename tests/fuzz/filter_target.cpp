// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "actors/filter_lexer.hpp"
#include "actors/json_reader.hpp"
#include "actors/record_filter.hpp"
#include "actors/record_query.hpp"
#include "actors/utf8.hpp"
#include "messages/limits.hpp"
#include "tests/fuzz/query_stores.hpp"
#include "tests/fuzz/target.hpp"

/// What a list is asked for, a line each: filter, sort, fields, search. The query that it becomes
/// must have the same answer of SQLite and of the tests' model.
namespace filter_target {

using namespace troupe;
using fuzz::require;

namespace {

bool knows(std::string_view) {
  return true;
}

void check_fields(const std::vector<std::string>& fields) {
  const auto object = only_fields(R"({"n":1,"a":{"b":2,"c":[3]},"a.b":4,"o'x":{"":5}})", fields);
  require(read_own_json(object).is_object(), "a part of an object is one");
  for (const auto& x : fields) {
    const auto names = path_names(x);
    require(names.has_value(), "a field is a path");
    require(path_names(path_of(*names)) == names, "a path is read as it is written");
  }
}

void run(std::string_view bytes) {
  list_records x;
  x.collection = "notes";
  x.filter = fuzz::take_line(bytes);
  x.sort = fuzz::take_line(bytes);
  x.fields = fuzz::take_line(bytes);
  x.search = fuzz::take_line(bytes);
  x.limit = 3;
  x.count = true;
  auto read = read_query(x, knows);
  if (!read) {
    require(read.error().code == errc::invalid_argument, "what is asked for is malformed");
    return;
  }
  require(is_utf8(x.filter) && is_utf8(x.search), "what is asked for is UTF-8");
  require(read->query.filter.size() <= limits::filter_steps_max, "a filter is short");
  require(read->query.sort.size() <= limits::sort_keys_max, "there are few sort keys");
  check_fields(read->fields);
  fuzz::require_same_answer(read->query);

  // The next page, and the one behind it.
  for (int i = 0; i < 2; ++i) {
    const auto found = fuzz::stores_to_query().sqlite.select(read->query);
    if (!found || found->last.empty())
      return;
    read->query.after = found->last;
    fuzz::require_same_answer(read->query);
  }
}

const fuzz::known_target known{"filter", run};

} // namespace

} // namespace filter_target
