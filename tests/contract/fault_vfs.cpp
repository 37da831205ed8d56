// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/fault_vfs.hpp"

namespace troupe::test {

namespace {

struct {
  int calls_until_failure = 0; // 0: none
  int code = SQLITE_OK;
  bool lasting = false;
  bool failed = false;
  int flushes = 0;
} plan;

/// SQLITE_OK, or what this change of a file has to fail with. Flushes have their own code.
int next_change(bool is_flush = false) {
  if (plan.calls_until_failure == 0)
    return SQLITE_OK;
  if (plan.calls_until_failure > 1) {
    --plan.calls_until_failure;
    return SQLITE_OK;
  }
  if (!plan.lasting)
    plan.calls_until_failure = 0;
  plan.failed = true;
  return is_flush ? SQLITE_IOERR_FSYNC : plan.code;
}

sqlite3_vfs* system_of(sqlite3_vfs* vfs) {
  return static_cast<sqlite3_vfs*>(vfs->pAppData);
}

/// SQLite asks for one block of memory a file: ours first, then the system's.
struct shim_file {
  sqlite3_file base;

  sqlite3_file* system() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

sqlite3_file* system_of(sqlite3_file* file) {
  return reinterpret_cast<shim_file*>(file)->system();
}

/// Passes a call on to the system's file.
template <auto Method, class... Args>
auto pass(sqlite3_file* file, Args... args) {
  auto* real = system_of(file);
  return (real->pMethods->*Method)(real, args...);
}

int write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
  if (const int code = next_change())
    return code;
  return pass<&sqlite3_io_methods::xWrite>(file, data, size, offset);
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
  if (const int code = next_change())
    return code;
  return pass<&sqlite3_io_methods::xTruncate>(file, size);
}

int flush(sqlite3_file* file, int flags) {
  ++plan.flushes;
  if (const int code = next_change(true))
    return code;
  return pass<&sqlite3_io_methods::xSync>(file, flags);
}

using io = sqlite3_io_methods;

const sqlite3_io_methods methods{
  .iVersion = 2,
  .xClose = [](sqlite3_file* f) { return pass<&io::xClose>(f); },
  .xRead = [](sqlite3_file* f, void* data, int size,
              sqlite3_int64 offset) { return pass<&io::xRead>(f, data, size, offset); },
  .xWrite = write,
  .xTruncate = truncate,
  .xSync = flush,
  .xFileSize = [](sqlite3_file* f, sqlite3_int64* size) { return pass<&io::xFileSize>(f, size); },
  .xLock = [](sqlite3_file* f, int level) { return pass<&io::xLock>(f, level); },
  .xUnlock = [](sqlite3_file* f, int level) { return pass<&io::xUnlock>(f, level); },
  .xCheckReservedLock
  = [](sqlite3_file* f, int* held) { return pass<&io::xCheckReservedLock>(f, held); },
  .xFileControl
  = [](sqlite3_file* f, int op, void* value) { return pass<&io::xFileControl>(f, op, value); },
  .xSectorSize = [](sqlite3_file* f) { return pass<&io::xSectorSize>(f); },
  .xDeviceCharacteristics = [](sqlite3_file* f) { return pass<&io::xDeviceCharacteristics>(f); },
  .xShmMap = [](sqlite3_file* f, int page, int size, int extend,
                void volatile** map) { return pass<&io::xShmMap>(f, page, size, extend, map); },
  .xShmLock = [](sqlite3_file* f, int offset, int count,
                 int flags) { return pass<&io::xShmLock>(f, offset, count, flags); },
  .xShmBarrier = [](sqlite3_file* f) { pass<&io::xShmBarrier>(f); },
  .xShmUnmap = [](sqlite3_file* f, int remove) { return pass<&io::xShmUnmap>(f, remove); },
  .xFetch = nullptr,
  .xUnfetch = nullptr,
};

int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* flags_out) {
  const int code = system_of(vfs)->xOpen(system_of(vfs), name, system_of(file), flags, flags_out);
  file->pMethods = system_of(file)->pMethods ? &methods : nullptr;
  return code;
}

int delete_file(sqlite3_vfs* vfs, const char* name, int flush_folder) {
  if (const int code = next_change())
    return code;
  return system_of(vfs)->xDelete(system_of(vfs), name, flush_folder);
}

} // namespace

fault_vfs::fault_vfs() : system_{sqlite3_vfs_find(nullptr)} {
  plan = {};
  vfs_ = std::make_unique<sqlite3_vfs>(*system_);
  vfs_->szOsFile = static_cast<int>(sizeof(shim_file)) + system_->szOsFile;
  vfs_->zName = "fault";
  vfs_->pAppData = system_;
  vfs_->xOpen = open_file;
  vfs_->xDelete = delete_file;
  sqlite3_vfs_register(vfs_.get(), 1);
}

fault_vfs::~fault_vfs() {
  sqlite3_vfs_unregister(vfs_.get());
  sqlite3_vfs_register(system_, 1);
}

void fault_vfs::fail(int n, int code, bool lasting) {
  plan.calls_until_failure = n;
  plan.code = code;
  plan.lasting = lasting;
  plan.failed = false;
}

void fault_vfs::heal() {
  plan.calls_until_failure = 0;
}

bool fault_vfs::failed() const {
  return plan.failed;
}

int fault_vfs::flushes() const {
  return plan.flushes;
}

} // namespace troupe::test
