// SPDX-License-Identifier: Apache-2.0
#include "node/service_manager.hpp"

#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "actors/logging.hpp"

namespace troupe {

namespace {

// One that is late, or two that are lost, are no reason to end a process.
constexpr int pulses_in_patience = 4;

std::optional<std::uint64_t> number_in(const char* variable) {
  const char* text = std::getenv(variable);
  std::uint64_t value = 0;
  if (text == nullptr)
    return std::nullopt;
  const char* end = text + std::strlen(text);
  if (auto read = std::from_chars(text, end, value); read.ec != std::errc{} || read.ptr != end)
    return std::nullopt;
  return value;
}

milliseconds wanted_patience() {
  // Programs that this one starts inherit the wish, but it is not meant for them.
  if (auto whose = number_in("WATCHDOG_PID");
      whose && *whose != static_cast<std::uint64_t>(::getpid()))
    return milliseconds{0};
  return std::chrono::duration_cast<milliseconds>(
    std::chrono::microseconds{number_in("WATCHDOG_USEC").value_or(0)});
}

} // namespace

std::optional<service_manager> service_manager::from_environment() {
  const char* name = std::getenv("NOTIFY_SOCKET");
  sockaddr_un address{};
  if (name == nullptr || (*name != '/' && *name != '@')
      || std::strlen(name) >= sizeof address.sun_path)
    return std::nullopt;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, name, std::strlen(name));
  if (*name == '@')
    address.sun_path[0] = '\0'; // an abstract name, see unix(7)
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + std::strlen(name));
  socket_handle socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!socket || ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0)
    return std::nullopt;
  return service_manager{std::move(socket), wanted_patience()};
}

void service_manager::tell(std::string_view line) const noexcept {
  [[maybe_unused]] const auto sent
    = ::send(socket_.get(), line.data(), line.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

pulse_actor::behavior_type pulse(pulse_actor::pointer self,
                                 std::shared_ptr<const service_manager> manager, caf::actor whole) {
  log_to_spdlog(self);
  self->link_to(whole);
  self->send(self, caf::tick_atom::value);
  return {
    [=](caf::tick_atom) {
      manager->tell("WATCHDOG=1");
      self->delayed_send(self, manager->patience() / pulses_in_patience, caf::tick_atom::value);
    },
  };
}

} // namespace troupe
