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
      find_id_{db, "SELECT 1 FROM tokens WHERE id = ? AND name NOT GLOB 'session/*'"},
      count_{db, "SELECT count(*) FROM tokens WHERE (name GLOB 'session/*') = ?"},
      forget_over_{db, "DELETE FROM tokens WHERE name > 'session/' AND name < 'session0' "
                       "AND expires_at <= ?"},
      // Names of sessions begin with that of their token's id: '0' comes after '/'.
      forget_oldest_{db, "DELETE FROM tokens WHERE name IN (SELECT name FROM tokens "
                         "WHERE name > ? AND name < ? ORDER BY created_at DESC, name "
                         "LIMIT -1 OFFSET ?)"},
      id_of_{db, "SELECT id FROM tokens WHERE name = ?"},
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
  const bool session = session_owner(x.name).has_value();
  if (session)
    if (const auto refused = make_room(x); refused.code != 0)
      return refused;
  query count{count_};
  count.with(std::int64_t{session}).next();
  const auto most = session ? limits::sessions_max : limits::tokens_max;
  if (count.integer(0) >= static_cast<std::int64_t>(most))
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

token_changed tokens_writer::make_room(const access_token& session) {
  const std::string owner{*session_owner(session.name)};
  query known{find_id_};
  if (!known.with_kept_text(owner).next())
    return refuse(errc::unknown_token);
  query{forget_over_}.with(session.created_at).run();
  forget_sessions(owner, limits::token_sessions_max - 1);
  query{note_}.run(); // even if there is no room after all
  return {};
}

void tokens_writer::forget_sessions(const std::string& owner, std::size_t kept) {
  const auto first = std::string{session_prefix} + owner + "/";
  const auto last = std::string{session_prefix} + owner + "0";
  query{forget_oldest_}
    .with_kept_text(first)
    .with_kept_text(last)
    .with(static_cast<std::int64_t>(kept))
    .run();
}

token_changed tokens_writer::revoke(const revoke_token& request) {
  std::string id;
  if (query row{id_of_}; row.with_kept_text(request.name).next())
    id = row.bytes(0);
  if (!id.empty() && !session_owner(request.name))
    forget_sessions(id, 0);
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
