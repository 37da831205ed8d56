// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/actor.hpp>
#include <caf/atom.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "messages/time.hpp"
#include "node/socket.hpp"

namespace troupe {

/// The program that started this process and watches over it: systemd (Type=notify, WatchdogSec=),
/// or `troupe up`. What it is told is in sd_notify(3), under which names it asks in
/// sd_watchdog_enabled(3).
class service_manager {
public:
  /// From the environment: NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID. Nothing where nobody asks,
  /// or where the socket cannot be used.
  static std::optional<service_manager> from_environment();

  /// Says a line such as "READY=1". Does not wait: who does not listen misses it. Any thread.
  void tell(std::string_view line) const noexcept;

  /// After so long without "WATCHDOG=1" it thinks that this process hangs; 0: it does not watch.
  milliseconds patience() const noexcept { return patience_; }

private:
  service_manager(socket_handle socket, milliseconds patience)
      : socket_{std::move(socket)},
        patience_{patience} {}

  socket_handle socket_;
  milliseconds patience_;
};

/// Tells the service manager that actors of this process are scheduled and that its clock runs, as
/// often as it takes. Ends with `whole`.
using pulse_actor = caf::typed_actor<caf::reacts_to<caf::tick_atom>>;

pulse_actor::behavior_type pulse(pulse_actor::pointer self,
                                 std::shared_ptr<const service_manager> manager, caf::actor whole);

} // namespace troupe
