// SPDX-License-Identifier: Apache-2.0
#include "tests/support/record_load.hpp"

#include <chrono>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "node/client.hpp"
#include "tests/support/value_of.hpp"

namespace troupe::test {

namespace {

constexpr milliseconds request_timeout{3000};
constexpr milliseconds connect_timeout{30'000};
constexpr milliseconds feed_wait{50};
constexpr std::uint32_t page_size = 200;

// Between two requests of a player.
constexpr milliseconds pause{3};

// Rounds over all feeds until a reader is replaced.
constexpr int rounds_each = 4;

std::uint64_t nanoseconds_now() {
  return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
}

template <class Answer>
void tell(record_player& player, const result<Answer>& answer) {
  if (!answer)
    player.failed(answer.error());
  else if constexpr (std::is_same_v<Answer, records_found>)
    player.found(*answer);
  else
    player.changed(*answer);
}

void play_once(client& connection, record_player& player) {
  auto wanted = player.next();
  if (wanted.changes.empty())
    tell(player, connection.read(wanted.read));
  else if (wanted.changes.size() == 1)
    tell(player, connection.change(wanted.changes.front()));
  else
    tell(player, connection.change(wanted.changes, wanted.idempotency_key));
}

/// Reads on to the end; false if there was no answer.
bool follow(client& connection, const std::string& collection, milliseconds wait,
            std::vector<record_change>& feed) {
  for (;;) {
    auto after = feed.empty() ? 0 : feed.back().sequence;
    auto page = connection.changes({collection, after, page_size, wait});
    if (!page)
      return false;
    if (page->changes.empty())
      return true;
    feed.insert(feed.end(), page->changes.begin(), page->changes.end());
  }
}

} // namespace

std::unique_ptr<client> connect_to(const std::string& address) {
  client_options options;
  options.addresses = {address};
  options.request_timeout = request_timeout;
  options.connect_timeout = connect_timeout;
  return value_of(client::connect(options));
}

// -- players --------------------------------------------------------------------------------------

record_load::record_load(const std::string& address, std::uint32_t players, std::uint64_t seed) {
  for (std::uint32_t number = 1; number <= players; ++number) {
    connections_.push_back(connect_to(address));
    players_.emplace_back(number, seed * 1000 + number, nanoseconds_now);
  }
  for (std::uint32_t i = 0; i < players; ++i)
    threads_.emplace_back(
      [this, i](const std::stop_token& stop) { work(stop, *connections_[i], players_[i]); });
}

record_load::~record_load() {
  stop();
}

void record_load::work(const std::stop_token& stop, client& connection, record_player& player) {
  while (!stop.stop_requested()) {
    play_once(connection, player);
    // The load's pace; nothing is waited for.
    std::unique_lock lock{mutex_};
    stopped_.wait_for(lock, stop, pause, [] { return false; });
  }
}

void record_load::stop() {
  for (auto& x : threads_)
    x.request_stop();
  threads_.clear();
}

std::vector<record_operation> record_load::history() const {
  std::vector<record_operation> result;
  for (const auto& x : players_)
    result.insert(result.end(), x.history().begin(), x.history().end());
  return result;
}

std::vector<std::string> record_load::complaints() const {
  std::vector<std::string> result;
  for (const auto& x : players_)
    result.insert(result.end(), x.complaints().begin(), x.complaints().end());
  return result;
}

// -- feeds ----------------------------------------------------------------------------------------

feed_reader::feed_reader(const std::string& address)
    : address_{address},
      thread_{[this](const std::stop_token& stop) { work(stop); }} {}

feed_reader::~feed_reader() = default;

void feed_reader::work(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    auto connection = connect_to(address_);
    ++starts_;
    for (int i = 0; i < rounds_each && !stop.stop_requested(); ++i)
      for (const auto& x : played_collections())
        follow(*connection, x.name, feed_wait, feeds_[x.name]);
  }
}

std::map<std::string, std::vector<record_change>> feed_reader::finish() {
  thread_.request_stop();
  thread_.join();
  auto connection = connect_to(address_);
  for (auto& [collection, feed] : feeds_)
    if (!follow(*connection, collection, milliseconds{0}, feed))
      throw std::runtime_error{"the feed of " + collection + " cannot be read"};
  return feeds_;
}

// -- what there is --------------------------------------------------------------------------------

std::vector<played_collection> read_played(client& connection) {
  std::vector<played_collection> result;
  for (const auto& settings : played_collections()) {
    played_collection x{settings.name, {}, {}};
    if (!follow(connection, settings.name, milliseconds{0}, x.feed))
      throw std::runtime_error{"the feed of " + settings.name + " cannot be read"};
    auto listed = connection.records(settings.name).for_each({}, [&](const record& value) {
      x.records.push_back(value);
      return true;
    });
    if (!listed)
      throw std::runtime_error{to_string(listed.error())};
    result.push_back(std::move(x));
  }
  return result;
}

std::vector<std::string> read_order_payloads(client& connection) {
  std::vector<std::string> result;
  list_jobs request;
  request.queue = order_queue;
  request.limit = page_size;
  for (;;) {
    auto page = value_of(connection.list(request));
    std::vector<job_id> ids;
    for (const auto& x : page.jobs)
      ids.push_back(x.id);
    if (ids.empty())
      return result;
    for (auto& x : value_of(connection.get(ids)))
      result.push_back(std::move(x.payload));
    request.before = ids.back();
  }
}

} // namespace troupe::test
