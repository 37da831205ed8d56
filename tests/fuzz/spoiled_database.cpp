// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/spoiled_database.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <charconv>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "persistence/sqlite/sqlite_store.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/support/temporary_folder.hpp"

namespace troupe::fuzz {

namespace {

constexpr lease_epoch first_epoch = (lease_epoch{1} << 40) + 1;
constexpr timestamp begun{std::chrono::seconds{1'767'225'000}};

// Edits of one input: more find nothing that fewer do not.
constexpr std::size_t edits_max = 20;

new_job some_job(milliseconds delay, std::vector<std::string> tags) {
  new_job x;
  x.payload = R"({"n":1})";
  x.options.delay = delay;
  x.tags = std::move(tags);
  x.trace_parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  return x;
}

lease_end ended(job_id id, job_state next, end_reason reason) {
  const auto number = first_epoch + id;
  const auto later = next == job_state::retrying ? begun + std::chrono::seconds{60} : timestamp{};
  const bool dead = next == job_state::dead;
  return {{id, number},
          next,
          reason,
          later,
          "output",
          dead ? stored_dead_letter_name : "",
          dead ? job_id{20} : job_id{0}};
}

/// Jobs 1 to 8: two ready, one scheduled, and one each running, retrying, succeeded, dead and
/// cancelled; 20 is the copy of the dead one.
void add_jobs(storage_transaction& x) {
  x.open({0, {stored_queue_name, stored_dead_letter_name}});
  std::vector<new_job> jobs(8, some_job(milliseconds{0}, {"red", "blue"}));
  jobs[2].options.delay = std::chrono::hours{1};
  x.insert({stored_queue_name, 1, begun, jobs});
  grant_leases grants{begun, {}};
  for (job_id id = 4; id <= 7; ++id)
    grants.grants.push_back({{id, first_epoch + id}, "north", 7});
  x.grant(grants);
  x.end({begun,
         {ended(5, job_state::retrying, end_reason::error),
          ended(6, job_state::succeeded, end_reason::none),
          ended(7, job_state::dead, end_reason::error)}});
  x.cancel({begun, {8}, false});
}

void add_records(storage_transaction& x) {
  x.declare({{{stored_collection_name, {"n"}, {"text"}, "", {stored_queue_name, "", ""}}}});
  std::vector<std::uint32_t> shards(key_shards);
  std::iota(shards.begin(), shards.end(), 0U);
  x.claim({{"north", 7, 0}, shards});
  write_records writes{begun, {}, "key", "print", "", "ann"};
  for (const auto* id : {"a", "b", "c"})
    writes.writes.push_back(
      {stored_collection_name, id, false, R"({"n":1,"text":"one two"})", {}, 1, 30});
  for (auto& each : writes.writes)
    each.hook_job = 30 + static_cast<job_id>(&each - writes.writes.data());
  x.write(writes);
  x.write({begun, {{stored_collection_name, "c", true, "", {}, 1, 40}}, "", "", "", ""});
}

void add_tokens(storage_transaction& x) {
  x.create(
    {{"ann", "abcdefghijkl", std::string(32, 'h'), {"records:read", "jobs:read:q"}, begun, {}}});
  x.create({{"ben", "mnopqrstuvwx", std::string(32, 'i'), {"admin"}, begun, begun}});
}

/// The bytes of a good one, made once.
std::filesystem::path good_database() {
  static const test::temporary_folder folder;
  static const auto path = [] {
    const auto file = folder.path() / "good.db";
    auto store = open_sqlite_store({file});
    if (!store)
      throw std::runtime_error{to_string(store.error())};
    for (auto* add : {add_jobs, add_records, add_tokens})
      if (const auto done = (*store)->transact(durability::process, add); !done)
        throw std::runtime_error{to_string(done.error())};
    store->reset();
    SQLite::Database whole{file.string(), SQLite::OPEN_READWRITE};
    whole.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    return file;
  }();
  return path;
}

std::string_view take_word(std::string_view& line) {
  const auto end = std::min(line.find(' '), line.size());
  const auto word = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return word;
}

bool is_plain_name(std::string_view x) {
  return !x.empty() && x.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789") == x.npos;
}

template <class Number>
Number number_in(std::string_view text) {
  Number x{};
  std::from_chars(text.data(), text.data() + text.size(), x);
  return x;
}

void bind_value(SQLite::Statement& statement, std::string_view value) {
  const auto kind = value.empty() ? 'n' : value.front();
  const auto rest = value.substr(value.empty() ? 0 : 1);
  if (kind == 'i')
    statement.bind(1, number_in<std::int64_t>(rest));
  else if (kind == 'r')
    statement.bind(1, number_in<double>(rest));
  else if (kind == 't')
    statement.bind(1, std::string{rest});
  else if (kind == 'b')
    statement.bind(1, rest.data(), static_cast<int>(rest.size()));
  else
    statement.bind(1);
}

void spoil(SQLite::Database& database, std::string_view line) {
  const auto table = std::string{take_word(line)};
  const auto column = std::string{take_word(line)};
  const auto row = number_in<int>(take_word(line));
  // Of the tables of SQLite itself a spoiled one is no database at all.
  if (!is_plain_name(table) || !is_plain_name(column) || table.starts_with("sqlite"))
    return;
  for (const auto* where : {" WHERE rowid = (SELECT rowid FROM ", ""}) {
    auto text = "UPDATE " + table + " SET " + column + " = ?" + where;
    if (*where != '\0')
      text += table + " LIMIT 1 OFFSET " + std::to_string(row) + ")";
    try {
      SQLite::Statement statement{database, text};
      bind_value(statement, line);
      statement.exec();
      return;
    } catch (const SQLite::Exception&) {
      // A table without row ids; or there is no such thing, or it cannot have such a value.
    }
  }
}

} // namespace

void write_spoiled_database(const std::filesystem::path& path, std::string_view edits) {
  std::filesystem::copy_file(good_database(), path,
                             std::filesystem::copy_options::overwrite_existing);
  SQLite::Database database{path.string(), SQLite::OPEN_READWRITE};
  database.exec("PRAGMA synchronous = OFF");
  for (std::size_t i = 0; i < edits_max && !edits.empty(); ++i)
    spoil(database, take_line(edits));
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
}

} // namespace troupe::fuzz
