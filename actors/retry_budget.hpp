// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace troupe {

/// How many retries may be made: a share of the requests, so that retries do not bring down what is
/// slow already. A token bucket: each request pays in, each retry takes one out.
class retry_budget {
public:
  /// `per_request`: retries for each request, on average, from 0. `burst`: at most so many are
  /// saved up, and there at the start; from 1.
  retry_budget(double per_request, double burst);

  /// A request is made.
  void pay_in();

  /// True if a retry may be made; it counts as made.
  bool take();

private:
  double per_request_;
  double burst_;
  double saved_;
};

} // namespace troupe
