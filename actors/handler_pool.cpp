// SPDX-License-Identifier: Apache-2.0
#include "actors/handler_pool.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

#include "messages/limits.hpp"

namespace troupe {

namespace {

using clock = std::chrono::steady_clock;

outcome call(const handler& run, job_context& context) {
  try {
    return run(context);
  } catch (const std::exception& e) {
    return outcome::failure(e.what());
  } catch (...) {
    return outcome::failure("the handler threw something that is not a std::exception");
  }
}

} // namespace

/// What the threads share. Lives as long as the last of them.
class handler_pool::core : public std::enable_shared_from_this<core> {
public:
  void add_thread();
  void close(milliseconds grace);

  void on_event(std::function<void()> notify);
  void start(std::vector<handler_run> runs);
  void start_until(time_point limit);
  void stop(const lease_key& lease);
  void abandon(const lease_key& lease);
  std::size_t abandoned() const;
  std::vector<run_event> take_events();
  std::vector<lease_progress> take_progress();

private:
  struct owned_run;
  class active_run;

  void work();
  bool wait_for_job(std::unique_lock<std::mutex>& lock);
  /// Keeps an event; unlocks, and tells the owner when it is the first one.
  void add_event(std::unique_lock<std::mutex>& lock, run_event event);

  mutable std::mutex mutex_;
  std::condition_variable changed_; // there may be work, or the end
  std::condition_variable thread_end_;
  std::deque<handler_run> waiting_;
  std::map<lease_key, std::shared_ptr<active_run>> running_;
  std::vector<run_event> events_;
  std::shared_ptr<const std::function<void()>> notify_;
  time_point start_until_ = time_point::min();
  std::size_t threads_ = 0;
  std::size_t abandoned_ = 0;
  bool closing_ = false;
};

// A base, because the context refers to the job in it.
struct handler_pool::core::owned_run {
  handler_run run;
};

class handler_pool::core::active_run : private owned_run, public job_context {
public:
  active_run(core& owner, handler_run what)
      : owned_run{std::move(what)},
        job_context{run.job},
        owner_{&owner} {}

  void progress(std::string_view text) override {
    auto kept = text.substr(0, limits::progress_bytes_max);
    std::lock_guard lock{owner_->mutex_};
    progress_text_ = kept;
    has_progress_ = true;
  }

  std::stop_token stop_token() const override { return stop_.get_token(); }

  outcome run_handler() { return call(*run.run, *this); }
  void request_stop() { stop_.request_stop(); }

private:
  friend class core;

  core* owner_;
  std::stop_source stop_;
  // Guarded by the owner's mutex:
  std::string progress_text_;
  bool has_progress_ = false;
  bool abandoned_ = false;
};

void handler_pool::core::add_thread() {
  {
    std::lock_guard lock{mutex_};
    ++threads_;
  }
  try {
    std::thread{[self = shared_from_this()] { self->work(); }}.detach();
  } catch (...) {
    std::lock_guard lock{mutex_};
    --threads_;
    throw;
  }
}

void handler_pool::core::close(milliseconds grace) {
  std::unique_lock lock{mutex_};
  closing_ = true;
  notify_ = nullptr;
  waiting_.clear();
  auto running = running_;
  lock.unlock();
  // Without the lock: a stop callback runs here, and may be anything.
  for (auto& [lease, run] : running)
    run->request_stop();
  changed_.notify_all();
  lock.lock();
  thread_end_.wait_for(lock, grace, [this] { return threads_ == abandoned_; });
}

void handler_pool::core::on_event(std::function<void()> notify) {
  std::lock_guard lock{mutex_};
  notify_ = std::make_shared<const std::function<void()>>(std::move(notify));
}

void handler_pool::core::start(std::vector<handler_run> runs) {
  auto count = runs.size();
  {
    std::lock_guard lock{mutex_};
    std::move(runs.begin(), runs.end(), std::back_inserter(waiting_));
  }
  if (count == 1)
    changed_.notify_one();
  else
    changed_.notify_all();
}

void handler_pool::core::start_until(time_point limit) {
  {
    std::lock_guard lock{mutex_};
    start_until_ = limit;
  }
  changed_.notify_all();
}

void handler_pool::core::stop(const lease_key& lease) {
  std::unique_lock lock{mutex_};
  if (auto i = running_.find(lease); i != running_.end()) {
    auto run = i->second;
    lock.unlock();
    run->request_stop();
    return;
  }
  auto i = std::find_if(waiting_.begin(), waiting_.end(),
                        [&](const handler_run& x) { return x.job.lease == lease; });
  if (i == waiting_.end())
    return;
  waiting_.erase(i);
  add_event(lock, {lease, clock::now(), outcome::release()});
}

void handler_pool::core::abandon(const lease_key& lease) {
  {
    std::lock_guard lock{mutex_};
    auto i = running_.find(lease);
    if (i == running_.end())
      return;
    i->second->abandoned_ = true;
    running_.erase(i);
    ++abandoned_;
  }
  add_thread();
}

std::size_t handler_pool::core::abandoned() const {
  std::lock_guard lock{mutex_};
  return abandoned_;
}

std::vector<run_event> handler_pool::core::take_events() {
  std::lock_guard lock{mutex_};
  return std::exchange(events_, {});
}

std::vector<lease_progress> handler_pool::core::take_progress() {
  std::vector<lease_progress> result;
  std::lock_guard lock{mutex_};
  for (auto& [lease, run] : running_)
    if (std::exchange(run->has_progress_, false))
      result.push_back({lease, run->progress_text_});
  return result;
}

void handler_pool::core::work() {
  std::unique_lock lock{mutex_};
  while (wait_for_job(lock)) {
    auto run = std::make_shared<active_run>(*this, std::move(waiting_.front()));
    waiting_.pop_front();
    auto lease = run->job().lease;
    running_.emplace(lease, run);
    add_event(lock, {lease, clock::now(), std::nullopt});
    auto how = run->run_handler();
    lock.lock();
    if (run->abandoned_) {
      --abandoned_;
      break;
    }
    running_.erase(lease);
    add_event(lock, {lease, clock::now(), std::move(how)});
    run.reset(); // without the lock: it may own much
    lock.lock();
  }
  --threads_;
  thread_end_.notify_all();
}

bool handler_pool::core::wait_for_job(std::unique_lock<std::mutex>& lock) {
  changed_.wait(lock,
                [this] { return closing_ || (!waiting_.empty() && clock::now() < start_until_); });
  return !closing_;
}

void handler_pool::core::add_event(std::unique_lock<std::mutex>& lock, run_event event) {
  auto notify = events_.empty() ? notify_ : nullptr;
  events_.push_back(std::move(event));
  lock.unlock();
  if (notify)
    (*notify)();
}

handler_pool::handler_pool(std::uint32_t slots, milliseconds stop_grace)
    : core_{std::make_shared<core>()},
      stop_grace_{stop_grace} {
  for (std::uint32_t i = 0; i < std::max(slots, 1U); ++i)
    core_->add_thread();
}

handler_pool::~handler_pool() {
  core_->close(stop_grace_);
}

void handler_pool::on_event(std::function<void()> notify) {
  core_->on_event(std::move(notify));
}

void handler_pool::start(std::vector<handler_run> runs) {
  core_->start(std::move(runs));
}

void handler_pool::start_until(time_point limit) {
  core_->start_until(limit);
}

void handler_pool::stop(const lease_key& lease) {
  core_->stop(lease);
}

void handler_pool::abandon(const lease_key& lease) {
  core_->abandon(lease);
}

std::size_t handler_pool::abandoned() const {
  return core_->abandoned();
}

std::vector<run_event> handler_pool::take_events() {
  return core_->take_events();
}

std::vector<lease_progress> handler_pool::take_progress() {
  return core_->take_progress();
}

} // namespace troupe
