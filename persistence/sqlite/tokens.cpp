// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/tokens.hpp"

#include "messages/errors.hpp"
#include "messages/limits.hpp"
#include "persistence/sqlite/lines.hpp"

namespace troupe::sqlite {

namespace {

token_changed refuse(errc why) {
  return {static_cast<std::uint16_t>(why)};
}

} // namespace

tokens_writer::tokens_writer(const SQLite::Database& db)
    : find_{db, "SELECT 1 FROM tokens WHERE name = ?"},
      count_{db, "SELECT count(*) FROM tokens"},
      insert_{db, "INSERT INTO tokens (name, id, hash, scopes, created_at, expires_at) "
                  "VALUES (?, ?, ?, ?, ?, ?)"},
      remove_{db, "DELETE FROM tokens WHERE name = ?"},
      note_{db, "UPDATE token_revision SET revision = revision + 1"} {}

token_changed tokens_writer::create(const create_token& request) {
  const auto& x = request.token;
  query row{find_};
  row.with_kept_text(x.name);
  if (row.next())
    return refuse(errc::token_exists);
  query count{count_};
  count.next();
  if (count.integer(0) >= static_cast<std::int64_t>(limits::tokens_max))
    return refuse(errc::overloaded);
  const auto scopes = join_lines(x.scopes);
  query{insert_}
    .with_kept_text(x.name)
    .with_kept_text(x.id)
    .with_bytes(x.hash)
    .with_kept_text(scopes)
    .with(x.created_at)
    .with(x.expires_at)
    .run();
  query{note_}.run();
  return {};
}

token_changed tokens_writer::revoke(const revoke_token& request) {
  if (query{remove_}.with_kept_text(request.name).run() == 0)
    return refuse(errc::unknown_token);
  query{note_}.run();
  return {};
}

tokens_reader::tokens_reader(const SQLite::Database& db)
    : revision_{db, "SELECT revision FROM token_revision"},
      all_{db, "SELECT name, id, hash, scopes, created_at, expires_at FROM tokens ORDER BY name"} {}

tokens_read tokens_reader::read(const read_tokens& request) {
  tokens_read answer;
  query revision{revision_};
  revision.next();
  answer.revision = revision.as<std::uint64_t>(0);
  if (answer.revision == request.known)
    return answer;
  query row{all_};
  while (row.next())
    answer.tokens.push_back({row.bytes(0), row.bytes(1), row.bytes(2), split_lines(row.bytes(3)),
                             row.time(4), row.time(5)});
  return answer;
}

} // namespace troupe::sqlite
