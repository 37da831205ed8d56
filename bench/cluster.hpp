// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "bench/process.hpp"
#include "bench/scratch_directory.hpp"
#include "node/client.hpp"

namespace troupe::bench {

/// The value, or an exception with the error's text: a benchmark cannot go on without.
template <class T>
T must(result<T> x) {
  if (!x)
    throw std::runtime_error(to_string(x.error()));
  if constexpr (!std::is_void_v<T>)
    return std::move(*x);
}

/// Peers are measured with the same payload.
inline constexpr std::size_t payload_bytes = 256;

struct cluster_options {
  std::uint32_t workers = 0;  ///< that are declared; each is started by `start_worker`
  std::uint32_t slots = 1;    ///< of each
  std::uint32_t prefetch = 0; ///< of each
  bool records = false;       ///< the control node has the collections "notes" and "articles"
};

/// A control node with an empty database and worker nodes, each a process of its own, on loopback.
/// The queues are named like the handlers in node_program.hpp.
class cluster {
public:
  /// Returns when the control node takes requests.
  explicit cluster(const cluster_options& options);

  client& connection() { return *client_; }
  const process& control() const { return *control_; }
  const std::filesystem::path& directory() const noexcept { return directory_.path(); }

  /// Does not wait until it has registered; see `await_workers`. Counted from 1.
  void start_worker(std::uint32_t number);
  void await_workers(std::size_t count);
  process& worker(std::uint32_t number) { return workers_.at(number); }

  static std::string worker_name(std::uint32_t number);

  /// Stores jobs with the usual payload, as fast as it goes.
  void preload(const std::string& queue, std::size_t count);

  queue_info queue(const std::string& name);
  void await_succeeded(const std::string& queue, std::size_t count);

  /// Bytes of the database with its log.
  std::uint64_t database_bytes() const;

private:
  process start(const std::string& node);

  scratch_directory directory_;
  std::unique_ptr<process> control_;
  std::map<std::uint32_t, process> workers_;
  std::unique_ptr<client> client_;
};

} // namespace troupe::bench
