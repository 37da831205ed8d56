// SPDX-License-Identifier: Apache-2.0
#include "node/actor_host.hpp"

#include <chrono>
#include <functional>
#include <future>
#include <utility>

#include "node/system_config.hpp"

namespace troupe {

actor_host::actor_host(std::size_t threads) : thread_{&actor_host::serve, core_, threads} {}

actor_host::~actor_host() {
  if (thread_.joinable())
    end_thread();
}

void actor_host::end_thread() {
  {
    std::lock_guard guard{core_->mutex};
    core_->closing = true;
  }
  core_->changed.notify_one();
  thread_.join();
}

void actor_host::serve(const std::shared_ptr<core>& shared, std::size_t threads) {
  system_config config{threads};
  caf::actor_system system{config};
  std::unique_lock lock{shared->mutex};
  for (;;) {
    shared->changed.wait(lock, [&] { return shared->closing || !shared->work.empty(); });
    if (shared->work.empty())
      return;
    auto work = std::move(shared->work.front());
    shared->work.pop_front();
    lock.unlock();
    work(system);
    lock.lock();
  }
}

void actor_host::run(const std::function<void(caf::actor_system&)>& work) {
  std::packaged_task<void(caf::actor_system&)> task{work};
  auto done = task.get_future();
  {
    std::lock_guard guard{core_->mutex};
    core_->work.emplace_back(std::ref(task));
  }
  core_->changed.notify_one();
  done.get();
}

std::size_t actor_host::close(milliseconds time) {
  std::size_t left = 0;
  run([&](caf::actor_system& system) {
    auto until = std::chrono::steady_clock::now() + time;
    while ((left = system.registry().running()) > 0 && std::chrono::steady_clock::now() < until)
      std::this_thread::sleep_for(milliseconds{1});
  });
  if (left > 0)
    thread_.detach();
  else
    end_thread();
  return left;
}

} // namespace troupe
