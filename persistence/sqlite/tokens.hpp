// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "messages/access.hpp"
#include "persistence/sqlite/connection.hpp"

namespace troupe::sqlite {

/// Changes the tokens, in a transaction that the caller has begun.
class tokens_writer {
public:
  explicit tokens_writer(const SQLite::Database& database);

  token_changed create(const create_token& request);
  token_changed revoke(const revoke_token& request);

private:
  token_changed make_room(const access_token& session);
  /// All but so many of the newest.
  void forget_sessions(const std::string& owner, std::size_t kept);

  SQLite::Statement find_;
  SQLite::Statement find_id_;
  SQLite::Statement count_;
  SQLite::Statement forget_over_;
  SQLite::Statement forget_oldest_;
  SQLite::Statement id_of_;
  SQLite::Statement insert_;
  SQLite::Statement remove_;
  SQLite::Statement note_;
};

/// Reads the tokens, on a connection whose transaction the caller has begun.
class tokens_reader {
public:
  explicit tokens_reader(const SQLite::Database& database);

  tokens_read read(const read_tokens& request);

private:
  SQLite::Statement revision_;
  SQLite::Statement all_;
};

} // namespace troupe::sqlite
