// SPDX-License-Identifier: Apache-2.0
#include "apps/photos/demo.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fmt/format.h>
#include <fstream>
#include <future>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <thread>

#include "apps/photos/album.hpp"
#include "apps/photos/cluster_process.hpp"
#include "apps/photos/figures.hpp"
#include "apps/photos/pictures.hpp"
#include "apps/photos/redispatch_story.hpp"
#include "apps/photos/status_line.hpp"
#include "node/client.hpp"
#include "node/config.hpp"

namespace photos {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr auto handler_name = "thumbnail";
constexpr auto start_timeout = 30s;
constexpr auto stall_timeout = 60s; ///< the longest time in which no job ends
constexpr auto stop_grace = 40s;
constexpr std::uint32_t events_max = 1000;

struct demo_failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct interrupted {};

/// The program waits for nothing else than the network, so that asking now and then is enough.
void check_interrupt() {
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGINT);
  sigaddset(&stop, SIGTERM);
  timespec now{};
  if (sigtimedwait(&stop, nullptr, &now) > 0)
    throw interrupted{};
}

template <class T>
T value_of(troupe::result<T> x) {
  if (!x)
    throw demo_failure{to_string(x.error())};
  return std::move(*x);
}

troupe::timestamp wall_clock_now() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

/// One run. Everything it started is stopped when it goes.
class demo {
public:
  explicit demo(const demo_options& options) : options_{options} {}
  ~demo() { leaving_ = true; }
  demo(const demo&) = delete;
  demo& operator=(const demo&) = delete;

  demo_figures run() {
    plan();
    start_cluster();
    wait_for_workers();
    submit();
    follow();
    collect();
    collect_records();
    status_.say("Stopping the cluster");
    client_.reset();
    if (!cluster_->stop(stop_grace))
      throw demo_failure{"the cluster did not stop in order" + log_tail()};
    return figures_;
  }

private:
  void plan() {
    config_ = value_of(troupe::load_config(options_.config));
    auto queue = std::ranges::find(config_.queues, handler_name, &troupe::queue_settings::handler);
    if (queue == config_.queues.end())
      throw demo_failure{fmt::format("'{}' has no queue with the handler '{}'",
                                     options_.config.string(), handler_name)};
    queue_ = queue->name;
    auto creates
      = [this](const troupe::collection_settings& x) { return x.hooks.on_create == queue_; };
    auto collection = std::ranges::find_if(config_.collections, creates);
    if (collection == config_.collections.end())
      throw demo_failure{fmt::format("'{}' has no collection with on_create = \"{}\"",
                                     options_.config.string(), queue_)};
    collection_ = collection->name;
    auto pictures = value_of(find_pictures(options_.pictures));
    requests_ = plan_thumbnails(pictures, options_.output, options_.sizes, options_.jobs_min);
    figures_.pictures = pictures.size();
    figures_.jobs = requests_.size();
    for (const auto& request : requests_)
      figures_.picture_bytes += std::filesystem::file_size(request.source);
    status_.say(fmt::format("{} jobs for {} pictures of {}, {:.1f} MB; results go to {}",
                            requests_.size(), pictures.size(), options_.pictures.string(),
                            static_cast<double>(figures_.picture_bytes) / 1e6,
                            options_.output.string()));
  }

  void start_cluster() {
    troupe::client_options probe;
    probe.addresses = config_.seeds();
    probe.connect_timeout = 200ms;
    if (troupe::client::connect(probe))
      throw demo_failure{fmt::format("a cluster runs already at {}; stop it first",
                                     fmt::join(probe.addresses, ", "))};
    std::filesystem::create_directories(options_.data);
    std::vector<std::string> command{options_.launcher.string(), "up",
                                     std::filesystem::absolute(options_.config).string(), "--exe",
                                     options_.program.string()};
    cluster_.emplace(value_of(cluster_process::start(command, options_.data, log_file())));
    troupe::client_options connection;
    connection.addresses = config_.seeds();
    connection.connect_timeout = 1s;
    for (auto deadline = clock::now() + start_timeout; !client_;) {
      check_cluster(deadline);
      if (auto connected = troupe::client::connect(connection))
        client_ = std::move(*connected);
    }
  }

  void wait_for_workers() {
    auto expected = std::ranges::count_if(
      config_.nodes, [](const troupe::node_settings& x) { return x.has_role("worker"); });
    std::vector<troupe::worker_info> workers;
    for (auto deadline = clock::now() + start_timeout;;) {
      workers = value_of(client_->workers());
      if (std::ssize(workers) >= expected)
        break;
      check_cluster(deadline);
      std::this_thread::sleep_for(20ms);
    }
    status_.say(fmt::format("The cluster runs: {} processes, {} workers", config_.nodes.size(),
                            workers.size()));
    for (const auto& node : value_of(client_->nodes()))
      status_.say(
        fmt::format("  {:<10} pid {:<8} {}", node.name, node.pid, fmt::join(node.roles, ", ")));
  }

  void submit() {
    // From here on, so that no event of a job is missed.
    position_ = value_of(client_->events({0, 1, 0ms})).next;
    started_ = clock::now();
    std::vector<photo> photos;
    for (const auto& request : requests_)
      photos.push_back(describe(request));
    stored_ = value_of(store_photos(*client_, collection_, photos));
    for (const auto& x : stored_)
      ids_.push_back(x.job);
    story_.emplace(ids_);
    status_.say(fmt::format("{} records are in the collection '{}'; creating them stored the jobs "
                            "{} to {} in the queue '{}'",
                            stored_.size(), collection_, ids_.front(), ids_.back(), queue_));
  }

  /// Until every job has ended.
  void follow() {
    auto deadline = clock::now() + stall_timeout;
    while (story_->finished() < story_->total()) {
      check_cluster(deadline);
      auto read = value_of(client_->events({position_, events_max, 200ms}));
      position_ = read.next;
      auto finished_before = story_->finished();
      for (const auto& event : read.events)
        if (auto line = story_->apply(event); !line.empty())
          status_.say("  " + line);
      if (read.missed)
        for (const auto& job : value_of(client_->get(story_->unfinished(), false)))
          story_->apply(job);
      if (story_->finished() > finished_before)
        deadline = clock::now() + stall_timeout;
      auto seconds = std::chrono::duration<double>(clock::now() - started_).count();
      status_.progress(story_->finished(), story_->total(),
                       static_cast<double>(story_->finished()) / seconds);
      // In the middle, while enough is left to be done by others.
      if (figures_.killed_node.empty() && story_->finished() * 10 >= story_->total() * 4)
        kill_busiest_worker();
    }
    figures_.took = std::chrono::round<troupe::milliseconds>(clock::now() - started_);
  }

  void kill_busiest_worker() {
    auto nodes = value_of(client_->nodes());
    auto workers = value_of(client_->workers());
    auto victim = story_->busiest(workers);
    if (!victim)
      return;
    auto process = std::ranges::find(nodes, victim->worker.node, &troupe::node_info::name);
    if (process == nodes.end())
      return;
    auto owned = owned_by(process->name);
    auto killed_at = wall_clock_now();
    if (::kill(static_cast<pid_t>(process->pid), SIGKILL) != 0)
      throw demo_failure{fmt::format("cannot kill {}", process->name)};
    story_->kill(process->name, killed_at);
    figures_.killed_node = process->name;
    figures_.killed_pid = process->pid;
    status_.say(
      fmt::format("SIGKILL to {} (pid {}), the busiest worker. It was running the jobs {}",
                  process->name, process->pid, fmt::join(story_->running(*victim), ", ")));
    watch_move(owned);
  }

  /// A record of ours that a node owns. Counts the node's shards.
  const stored_photo* owned_by(const std::string& node) {
    std::set<std::uint32_t> shards;
    for (const auto& cache : value_of(client_->caches()))
      if (cache.owner.node == node)
        for (const auto& held : cache.held)
          shards.insert(held.shard);
    figures_.shards_lost = shards.size();
    auto owned = std::ranges::find_if(stored_, [&](const stored_photo& x) {
      return shards.contains(troupe::shard_of(collection_, x.id));
    });
    return owned != stored_.end() ? &*owned : nullptr;
  }

  /// Asks for a record that the killed node owned, until its next owner answers.
  void watch_move(const stored_photo* owned) {
    if (owned == nullptr)
      return;
    status_.say(fmt::format("It owned {} of the {} shards of keys; others take them over when its "
                            "lease of {} ms is over",
                            figures_.shards_lost, troupe::key_shards,
                            config_.cluster.shard_lease.count()));
    moved_ = std::async(std::launch::async, [this, id = owned->id, begin = clock::now()] {
      std::optional<troupe::milliseconds> took;
      while (!took && !leaving_ && clock::now() - begin < stall_timeout)
        if (client_->records(collection_).get(id))
          took = std::chrono::round<troupe::milliseconds>(clock::now() - begin);
      return took;
    });
  }

  /// Believes the database and the disk, not the events.
  void collect() {
    for (const auto& job : value_of(client_->get(ids_, true))) {
      figures_.succeeded += job.state == troupe::job_state::succeeded;
      figures_.lost -= troupe::is_final(job.state);
      if (job.state != troupe::job_state::succeeded)
        status_.say(fmt::format("job {} is {}: {}", job.id, to_string(job.state), job.error));
    }
    figures_.lost += ids_.size();
    std::vector<troupe::milliseconds> taken_away;
    std::vector<troupe::milliseconds> started;
    for (const auto& x : story_->redispatches()) {
      if (x.taken_away)
        taken_away.push_back(*x.taken_away);
      if (x.started)
        started.push_back(*x.started);
    }
    figures_.redispatched = started.size();
    figures_.taken_away = summarize(taken_away);
    figures_.redispatch = summarize(started);

    for (const auto& request : requests_)
      figures_.files += request.sizes.size();
    auto missing = missing_thumbnails(requests_);
    figures_.files_missing = missing.size();
    for (const auto& line : missing)
      status_.say(line);
  }

  void collect_records() {
    if (moved_.valid())
      figures_.moved = moved_.get();
    std::vector<std::string> records;
    for (const auto& x : stored_)
      records.push_back(x.id);
    photo_ledger ledger{records};
    if (auto read = read_feed(*client_, collection_, ledger); !read)
      throw demo_failure{to_string(read.error())};
    figures_.records = ledger.created();
    figures_.ready = ledger.ready_once();
    figures_.changed_again = ledger.changed_again();

    const auto& wanted = stored_.front();
    figures_.searched = wanted.title;
    for (const auto& x : value_of(search_photos(*client_, collection_, figures_.searched))) {
      if (x.id != wanted.id)
        continue;
      figures_.found = true;
      status_.say(fmt::format("Searching \"{}\" finds {}, which is {}: {}", figures_.searched, x.id,
                              x.state, x.file));
    }
  }

  void check_cluster(clock::time_point deadline) {
    check_interrupt();
    if (!cluster_->is_running())
      throw demo_failure{"the cluster has ended" + log_tail()};
    if (clock::now() > deadline)
      throw demo_failure{"the cluster makes no progress" + log_tail()};
  }

  std::filesystem::path log_file() const { return options_.data / "cluster.log"; }

  std::string log_tail() const {
    return fmt::format("; the end of {}:\n{}", log_file().string(), last_lines(log_file(), 30));
  }

  const demo_options& options_;
  status_line status_;
  troupe::cluster_config config_;
  std::string queue_;
  std::string collection_;
  std::vector<thumbnail_request> requests_;
  demo_figures figures_;
  std::optional<cluster_process> cluster_;
  std::unique_ptr<troupe::client> client_;
  std::uint64_t position_ = 0; ///< of the last event read
  clock::time_point started_{};
  std::vector<stored_photo> stored_;
  std::vector<troupe::job_id> ids_;
  std::optional<redispatch_story> story_;
  std::atomic<bool> leaving_ = false;
  std::future<std::optional<troupe::milliseconds>> moved_; ///< ends before what it uses
};

void write_json(const std::filesystem::path& file, const demo_figures& figures) {
  std::ofstream output{file};
  output << to_json(figures) << '\n';
  output.close();
  if (!output)
    throw demo_failure{fmt::format("cannot write '{}'", file.string())};
}

} // namespace

int run_demo(const demo_options& options) {
  try {
    auto figures = demo{options}.run();
    for (const auto& line : to_table(figures))
      std::puts(line.c_str());
    if (!options.json.empty())
      write_json(options.json, figures);
    return figures.complete() ? 0 : 1;
  } catch (const interrupted&) {
    fmt::print(stderr, "photos: stopped\n");
    return 130;
  } catch (const std::exception& error) {
    fmt::print(stderr, "photos: {}\n", error.what());
    return 1;
  }
}

} // namespace photos
