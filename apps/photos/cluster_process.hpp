// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string>
#include <sys/types.h>
#include <vector>

#include "messages/errors.hpp"
#include "messages/time.hpp"

namespace photos {

/// A whole cluster as a child process: `troupe up`, which starts its nodes, restarts those that die
/// and stops all of them in order. It ends with this process, however that ends.
class cluster_process {
public:
  /// Starts `command` in `directory`, with its output in the file `log`.
  static troupe::result<cluster_process> start(const std::vector<std::string>& command,
                                               const std::filesystem::path& directory,
                                               const std::filesystem::path& log);

  ~cluster_process(); ///< stops it
  cluster_process(cluster_process&& other) noexcept;
  cluster_process& operator=(cluster_process&&) = delete;

  bool is_running();

  /// Asks it to stop, waits for up to `grace`, then kills it. Did it end well?
  bool stop(troupe::milliseconds grace);

private:
  explicit cluster_process(pid_t pid) : pid_{pid} {}

  pid_t pid_ = 0;   ///< 0: it has ended
  int status_ = -1; ///< as waitpid says
};

/// The last lines of a file, for an error message.
std::string last_lines(const std::filesystem::path& file, std::size_t lines_max);

} // namespace photos
