// SPDX-License-Identifier: Apache-2.0
#include "actors/logging.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/exit_reason.hpp>
#include <caf/message_view.hpp>
#include <caf/scheduled_actor.hpp>
#include <caf/sec.hpp>
#include <caf/system_messages.hpp>
#include <exception>
#include <spdlog/spdlog.h>

#include "messages/error_category.hpp"

namespace troupe {

namespace {

caf::result<caf::message> refuse_unexpected(caf::scheduled_actor* self, caf::message_view& x) {
  spdlog::warn("{}#{} refuses an unexpected message: {}", self->name(), self->id(),
               x.content().stringify());
  return caf::sec::unexpected_message;
}

caf::error reason_of(caf::scheduled_actor*, std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& e) {
    return caf::make_error(caf::sec::runtime_error, std::string{e.what()});
  } catch (...) {
    return caf::make_error(caf::sec::runtime_error, std::string{"unknown exception"});
  }
}

bool is_expected(const caf::error& reason) {
  return !reason || reason == caf::exit_reason::user_shutdown
         || reason == caf::exit_reason::unreachable;
}

/// What CAF means by the reasons that occur when all goes well, or when a process is lost; empty
/// for others.
std::string_view meaning_of(const caf::error& reason) {
  if (reason == caf::exit_reason::user_shutdown)
    return "it was stopped";
  if (reason == caf::exit_reason::remote_link_unreachable)
    return "the connection broke";
  if (reason == caf::exit_reason::kill)
    return "it was killed";
  if (reason == caf::sec::request_receiver_down)
    return "it has ended already";
  if (reason == caf::sec::request_timeout)
    return "no answer in time";
  return {};
}

} // namespace

void log_to_spdlog(caf::scheduled_actor* self) {
  self->set_default_handler(refuse_unexpected);
  self->set_exception_handler(reason_of);
  self->set_error_handler(
    [](caf::scheduled_actor* failing, caf::error& why) { failing->quit(std::move(why)); });
  // The name is copied: the state that owns it is gone when the functor runs.
  self->attach_functor([name = std::string{self->name()}, id = self->id()](const caf::error& why) {
    if (is_expected(why))
      spdlog::debug("{}#{} ended: {}", name, id, reason_text(why));
    else
      spdlog::error("{}#{} ended: {}", name, id, reason_text(why));
  });
}

void log_down(const caf::scheduled_actor* self, std::string_view what, const caf::down_msg& down) {
  spdlog::warn("{}#{}: {} (#{} on {}) is down: {}", self->name(), self->id(), what,
               down.source.id(), to_string(down.source.node()), reason_text(down.reason));
}

std::string reason_text(const caf::error& reason) {
  if (!reason)
    return "done";
  if (reason.category() == error_category)
    return to_string(from_caf(reason));
  if (auto meaning = meaning_of(reason); !meaning.empty())
    return std::string{meaning};
  return caf::actor_system_config::render(reason);
}

} // namespace troupe
