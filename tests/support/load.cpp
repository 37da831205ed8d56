// SPDX-License-Identifier: Apache-2.0
#include "tests/support/load.hpp"

#include <algorithm>
#include <stdexcept>

#include "node/client.hpp"

namespace troupe::test {

namespace {

// So that an outage is not one busy loop.
constexpr milliseconds pause_after_failure{20};

} // namespace

load::load(const std::string& address, std::size_t threads, std::vector<load_jobs> kinds,
           std::uint32_t batch_max, std::uint64_t seed, milliseconds pause)
    : kinds_{std::move(kinds)},
      batch_max_{batch_max},
      pause_{pause} {
  for (std::size_t i = 0; i < threads; ++i) {
    client_options options;
    options.addresses = {address};
    auto connection = client::connect(options);
    if (!connection)
      throw std::runtime_error{to_string(connection.error())};
    connections_.push_back(std::move(*connection));
  }
  for (auto& connection : connections_)
    threads_.emplace_back([this, &connection = *connection, seed = ++seed](std::stop_token stop) {
      work(stop, connection, seed);
    });
}

load::~load() {
  threads_.clear(); // asks each to stop and joins it
}

std::size_t load::acknowledged() const {
  std::lock_guard guard{mutex_};
  return ids_.size();
}

std::size_t load::failed() const {
  std::lock_guard guard{mutex_};
  return failed_;
}

std::vector<job_id> load::stop() {
  for (auto& thread : threads_)
    thread.request_stop();
  threads_.clear();
  return ids();
}

std::vector<job_id> load::ids() const {
  std::lock_guard guard{mutex_};
  auto result = ids_;
  std::ranges::sort(result);
  return result;
}

void load::work(const std::stop_token& stop, client& connection, std::uint64_t seed) {
  std::mt19937_64 random{seed};
  std::uniform_int_distribution<std::uint32_t> sizes{1, batch_max_};
  std::uniform_int_distribution<std::size_t> kinds{0, kinds_.size() - 1};
  while (!stop.stop_requested()) {
    const auto& kind = kinds_[kinds(random)];
    std::vector<new_job> jobs(sizes(random), {kind.payload, {}, {}, {}});
    auto stored = connection.enqueue(kind.queue, std::move(jobs));
    std::unique_lock lock{mutex_};
    if (stored)
      for (std::uint32_t i = 0; i < stored->count; ++i)
        ids_.push_back(stored->first + i);
    else
      ++failed_;
    // The load's pace; nothing is waited for.
    stopped_.wait_for(lock, stop, stored ? pause_ : pause_after_failure, [] { return false; });
  }
}

} // namespace troupe::test
