// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace troupe::bench {

/// The middle value; of an even number, the mean of the two in the middle. 0 of none.
double median(std::vector<double> values);

/// The value below which `share` (0..1) of the values lie; 0 of none.
double percentile(std::vector<double> values, double share);

enum class better { more, less };

/// What is measured, and what it should be.
struct figure {
  std::string id;
  std::string title;
  std::string unit;
  std::optional<double> goal; ///< in `unit`, or as a share of `beside` if `goal_is_share`
  better direction = better::more;
  std::string beside; ///< id of a figure to compare with; empty: none
  bool goal_is_share = false;
  /// No share above this is believed: the machine's pace must have changed. Empty: any is.
  std::optional<double> share_max = {};
};

/// All figures of one call of the program, each with its runs.
class report {
public:
  explicit report(std::vector<figure> figures);

  /// Adds the value of one run; also says it on stderr, so that one sees that something happens.
  void add(const std::string& id, double value);

  /// One line a figure that was measured: goal, median and range, comparison, verdict.
  void print(std::ostream& out) const;

  /// The same as one JSON document.
  void write_json(std::ostream& out) const;

  /// False when a goal was missed, or nobody can tell.
  bool all_reached() const;

private:
  struct row {
    const figure* what;
    double middle, least, most;
    std::optional<double> goal;     ///< in the figure's unit
    std::optional<double> compared; ///< median over the other figure's median
    std::string verdict;            ///< OK, missed or undecided; empty: it has no goal
  };

  std::vector<row> rows() const;
  const figure& find(const std::string& id) const;
  double median_of(const std::string& id) const;

  std::vector<figure> figures_;
  std::map<std::string, std::vector<double>> runs_;
};

} // namespace troupe::bench
