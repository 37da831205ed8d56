// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "actors/balancer.hpp"
#include "actors/cache.hpp"
#include "actors/coordinator.hpp"
#include "actors/dispatcher.hpp"
#include "actors/record_service.hpp"
#include "tests/support/memory_store.hpp"
#include "tests/support/network.hpp"
#include "tests/support/record_checks.hpp"
#include "tests/support/record_play.hpp"

namespace troupe::test {

/// How often bad things happen, per simulated 100 ms.
struct record_faults {
  double cut = 0;            ///< a node's connection closes
  double delay = 0;          ///< bytes stay under way, one way or both, up to four seconds
  double service_crash = 0;  ///< a power cut on a service node
  double control_crash = 0;  ///< the same on the control node; the disk survives
  double freeze = 0;         ///< a service node does nothing for up to three seconds
  double control_freeze = 0; ///< the same on the control node
  double leave = 0;          ///< a service node drains and leaves, and comes back
  double full_disk = 0;      ///< nothing can be stored for a while
};

struct record_cluster_options {
  std::uint64_t seed = 1;
  std::size_t services = 3;
  std::uint32_t players = 8;             ///< on the clients' node
  std::uint32_t local_players = 1;       ///< on each service node
  std::uint64_t cache_max = 1024 * 1024; ///< bytes on each service node, for each collection
  cache_safety safety;
  bool control_serves = false; ///< the control node has a service and owners, too
  bool check_epochs = true;    ///< of the store
};

/// One control node, service nodes with a record service, two owners and clients each, and a node
/// of clients, driven by a seed. The disk is a `memory_store`.
///
/// Clients on the service nodes are there because nothing orders what they do after what the
/// control node says, as its connections do for others.
///
/// Nodes join the control node as real ones do; the cluster connects them again when they have lost
/// their connection. A node one of whose actors ends by itself starts again as after a crash.
class record_cluster {
public:
  explicit record_cluster(record_cluster_options options);
  ~record_cluster();

  /// Lets time pass, and bad things happen.
  void run(milliseconds duration, const record_faults& rate);

  /// Ends all faults, waits for the last answers and says what is wrong.
  std::vector<std::string> finish();

  std::vector<record_operation> history() const;
  std::size_t events() const { return net_.events(); }

private:
  struct trouble {
    milliseconds until;
    std::function<void()> end;
  };

  struct place { // of a node that runs; numbers as in `net_`
    receptionist_actor reception;
    std::shared_ptr<caf::strong_actor_ptr> hub; // what its connector finds
    std::shared_ptr<bool> parted;               // that is gone
    std::shared_ptr<bool> ended;                // one of its actors is gone
    std::vector<caf::actor> leaving;            // actors to end when it leaves
    bool leaves = false;
  };

  std::size_t clients() const { return options_.services + 1; }
  std::size_t any_service() { return 1 + net_.pick(options_.services); }
  static std::string name_of(std::size_t node) { return "n" + std::to_string(node); }

  void tick(const record_faults& rate);
  void misbehave(const record_faults& rate);
  void end_troubles(bool all);
  void lasts(std::size_t most, std::function<void()> end);
  void repair();
  void observe_epochs();

  void start_control();
  void start_service(std::size_t i);
  void spawn_services(std::size_t i);
  void start_clients();
  void start_player(std::size_t node, play_options how);
  std::size_t open_requests() const;
  void start_place(std::size_t i);
  void join(std::size_t i);
  void restart(std::size_t i);
  void leave(std::size_t i);
  template <class Handle>
  void watch(std::size_t i, const Handle& actor);
  template <class Handle>
  void name(std::size_t i, const std::string& name, const Handle& actor);

  bool is_reached(std::size_t service);
  std::vector<played_collection> read_collections() const;
  std::vector<std::string> read_payloads() const;

  record_cluster_options options_;
  std::vector<collection_settings> collections_;
  std::shared_ptr<memory_store::disk> disk_ = std::make_shared<memory_store::disk>();
  std::uint64_t clock_ = 0; // of the history: counts its entries
  std::uint64_t incarnations_ = 0;
  milliseconds now_{0};
  std::vector<trouble> troubles_;
  std::map<std::pair<std::uint32_t, std::uint64_t>, owner_id> epochs_; // by shard and epoch
  std::vector<std::string> violations_;
  std::vector<std::shared_ptr<record_player>> players_;
  std::multimap<std::size_t, std::shared_ptr<std::size_t>> open_; // requests of players, by node
  std::shared_ptr<bool> stop_ = std::make_shared<bool>(false);
  simulated_cluster net_;
  std::map<std::size_t, place> places_; // after `net_`: handles into it
};

} // namespace troupe::test
