// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "gateway/http.hpp"
#include "gateway/http_connection.hpp"

namespace troupe {

/// A request of a connection, and the way for its answer.
class connection_exchange final : public http_exchange,
                                  public std::enable_shared_from_this<connection_exchange> {
public:
  connection_exchange(http_connection_ptr connection, std::uint64_t number, http_request request,
                      bool lacks_body);
  ~connection_exchange() override;

  void answer(http_response x) override;
  std::unique_ptr<http_stream> stream(http_response head) override;
  void read_body(std::function<void()> then) override;
  void when_caller_leaves(std::function<void()> left) override;
  bool caller_is_gone() const override { return connection_->caller().is_gone(); }

  /// Its body has come, with what it takes of the budget.
  void complete(std::string body, std::size_t charged);

  /// The connection has ended the request itself.
  void give_up();

private:
  void finish(http_response& x, bool whole);

  http_connection_ptr connection_;
  const std::uint64_t number_;
  std::size_t charged_ = 0;
  bool answered_ = false;
};

} // namespace troupe
