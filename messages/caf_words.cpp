// SPDX-License-Identifier: Apache-2.0
#include "messages/caf_words.hpp"

#include <caf/error.hpp>
#include <caf/exit_reason.hpp>
#include <caf/message.hpp>
#include <caf/sec.hpp>
#include <string_view>

#include "messages/error_category.hpp"

namespace troupe {

namespace {

std::string_view words_of_end(caf::exit_reason reason) {
  switch (reason) {
  case caf::exit_reason::normal:
    return "done";
  case caf::exit_reason::user_shutdown:
    return "it was stopped";
  case caf::exit_reason::kill:
    return "it was killed";
  case caf::exit_reason::remote_link_unreachable:
    return "the connection broke";
  case caf::exit_reason::unreachable:
    return "nobody needs it any more";
  case caf::exit_reason::unhandled_exception:
    return "an internal failure; see the node's log";
  default:
    return "it has ended";
  }
}

std::string_view words_of_system(caf::sec code) {
  using caf::sec;
  switch (code) {
  case sec::request_timeout:
    return "no answer in time";
  case sec::request_receiver_down:
  case sec::remote_lookup_failed:
  case sec::no_route_to_receiving_node:
  case sec::remote_linking_failed:
    return "it has ended, or its node cannot be reached; `troupe nodes` shows who is there";
  case sec::cannot_connect_to_node:
    return "nobody listens there, or it cannot be reached";
  case sec::cannot_open_port:
    return "the port is in use, or not allowed";
  case sec::disconnect_during_handshake:
  case sec::socket_disconnected:
    return "the other side closed the connection before it had said who it is: it may be starting "
           "or stopping, be no Troupe node, or use TLS where this one does not";
  case sec::connection_timeout:
    return "the other side was silent for too long; its process may be frozen, or the network "
           "between cut";
  case sec::no_actor_published_at_port:
  case sec::unexpected_actor_messaging_interface:
    return "what listens there is no Troupe node";
  case sec::malformed_basp_message:
  case sec::serializing_basp_payload_failed:
    return "the other side does not speak as nodes do; it may be another program, or use TLS where "
           "this one does not";
  case sec::incompatible_versions:
  case sec::incompatible_application_ids:
  case sec::unexpected_message:
  case sec::unexpected_response:
  case sec::unknown_type:
    return "the other side speaks another version; upgrade the older one";
  case sec::network_syscall_failed:
  case sec::socket_operation_failed:
  case sec::socket_invalid:
    return "the operating system refused to use the network; see the node's log";
  default:
    return "an internal failure; see the node's log";
  }
}

} // namespace

std::string words_of(const caf::error& reason) {
  if (!reason)
    return "done";
  auto text = reason.context().match_elements<std::string>()
                ? reason.context().get_as<std::string>(0)
                : std::string{};
  if (reason.category() == error_category)
    return to_string(error{static_cast<errc>(reason.code()), std::move(text)});
  if (!text.empty())
    return text;
  if (reason.category() == caf::atom("exit"))
    return std::string{words_of_end(static_cast<caf::exit_reason>(reason.code()))};
  if (reason.category() == caf::atom("system"))
    return std::string{words_of_system(static_cast<caf::sec>(reason.code()))};
  return "an internal failure; see the node's log";
}

} // namespace troupe
