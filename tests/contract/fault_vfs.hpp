// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <sqlite3.h>

namespace troupe::test {

/// Stands between SQLite and the system while it lives: counts what is written and flushed, and
/// makes one call fail. One at a time; stores must be closed before it ends.
class fault_vfs {
public:
  fault_vfs();
  ~fault_vfs();
  fault_vfs(const fault_vfs&) = delete;
  fault_vfs& operator=(const fault_vfs&) = delete;

  /// The n-th change of a file from now on (1: the next) fails with `code`, or, when `lasting`,
  /// all from the n-th on. A change is a write, a flush, a truncation or a deletion.
  void fail(int n, int code, bool lasting);
  void heal();

  /// Whether the failure that was asked for has happened.
  bool failed() const;

  /// Flushes of files so far.
  int flushes() const;

private:
  std::unique_ptr<sqlite3_vfs> vfs_;
  sqlite3_vfs* system_;
};

} // namespace troupe::test
