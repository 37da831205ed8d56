// SPDX-License-Identifier: Apache-2.0
#include "actors/logging.hpp"

#include <caf/exit_reason.hpp>
#include <caf/message_view.hpp>
#include <caf/scheduled_actor.hpp>
#include <caf/sec.hpp>
#include <caf/system_messages.hpp>
#include <exception>
#include <spdlog/spdlog.h>

#include "messages/caf_words.hpp"

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
  // What was stopped in order is nobody's trouble.
  const bool stopped = !down.reason || down.reason == caf::exit_reason::user_shutdown;
  spdlog::log(stopped ? spdlog::level::info : spdlog::level::warn,
              "{}#{}: {} (#{} on {}) is down: {}", self->name(), self->id(), what, down.source.id(),
              to_string(down.source.node()), reason_text(down.reason));
}

std::string reason_text(const caf::error& reason) {
  return words_of(reason);
}

} // namespace troupe
