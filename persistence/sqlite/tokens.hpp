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
  SQLite::Statement find_;
  SQLite::Statement count_;
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
