// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "actors/environment.hpp"
#include "gateway/audit.hpp"
#include "gateway/doorkeeper.hpp"
#include "gateway/http_server.hpp"
#include "gateway/metrics_text.hpp"
#include "gateway/site.hpp"
#include "messages/interfaces.hpp"

namespace troupe {

class gateway_state;
struct feed;
using feed_ptr = std::shared_ptr<feed>;
struct admitted_call;
using admitted_call_ptr = std::shared_ptr<admitted_call>;

struct gateway_options {
  std::string node; ///< its name
  http_server_options http;
  access_options access;
  records_actor records; ///< the node's balancer
  milliseconds request_timeout{5000};
  audit_level audit = audit_level::management;
  std::size_t streams_max = 100;    ///< of one caller
  std::size_t waits_max = 1000;     ///< calls of one caller that wait for jobs or results
  std::vector<std::string> origins; ///< of pages of other sites that may ask here
  receptionist_actor receptionist;  ///< knows the dispatcher and the nodes
  environment env;
  bool declares_collections = false;        ///< records are there to be asked for
  std::shared_ptr<const troupe::site> site; ///< its own files, beside the dashboard's; null: none
  /// The certificates that this node shows to others; null: none.
  std::function<std::vector<certificate_figure>()> certificates;
  /// Told once: the port that it serves, or why it cannot.
  std::function<void(const result<std::uint16_t>&)> report;
};

} // namespace troupe

// Never leaves the process.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::http_exchange_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::feed_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::admitted_call_ptr)

namespace troupe {

using lists_atom = caf::atom_constant<caf::atom("lists")>;

/// Takes the requests of its HTTP server, asks the actors, and answers.
using gateway_actor = caf::typed_actor<
  // From its HTTP server: one request.
  caf::reacts_to<http_exchange_ptr>,
  // From its HTTP server: the body of a call has come.
  caf::reacts_to<admitted_call_ptr>,
  // From its HTTP server: the caller of this poll has left.
  caf::reacts_to<caf::close_atom, std::uint64_t>,
  // From its HTTP server: the caller of a feed has taken the last piece.
  caf::reacts_to<feed_ptr>,
  // From its receptionist: who are the dispatcher and the repository now.
  caf::reacts_to<named_actor>,
  // From itself: send the reads that were collected.
  caf::reacts_to<caf::flush_atom>,
  // From itself: it is time for the next overview.
  caf::reacts_to<caf::tick_atom>,
  // From itself: look whether the callers of lists are still there.
  caf::reacts_to<lists_atom>,
  // From itself: calls that wait for another dispatcher may have waited long enough.
  caf::reacts_to<caf::timeout_atom>,
  // From itself: look whether tokens or files of TLS are others by now.
  caf::reacts_to<caf::update_atom>,
  // From its node, before it stops: say that this gateway is leaving, go on answering.
  caf::reacts_to<caf::leave_atom>>;

/// The HTTP face of a node: translates requests into messages and answers into responses. Knows no
/// rules of its own; what may be done is decided by those whom it asks.
///
/// To be spawned without a thread of its own: it runs on its HTTP server's, together with those
/// whom it asks, as long as nobody else keeps them busy. Ends with an error when it cannot listen.
gateway_actor::behavior_type gateway(gateway_actor::stateful_pointer<gateway_state> self,
                                     gateway_options options);

} // namespace troupe
