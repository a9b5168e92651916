#pragma once
#include <memory>
#include <string>

#include "exercise/apart.h"
#include "exercise/probing.h"

namespace muster {

/// One sample on its way, in a process of its own. Not thread-safe.
class Looking {
 public:
  Looking(const Probe& probe, const std::string& folder, const Moment& due);  ///< never throws: a sample that cannot begin is over

  int descriptor() const;               ///< readable when there is news; -1 for none
  const Moment& deadline() const { return deadline_; }
  bool advance(const Moment& now);      ///< takes the news; true once the sample is over, also by its deadline
  const Sample& sample() const { return sample_; }
  /// The process after the sample was over: false as long as it ends what it began; ended by force two seconds after the deadline.
  bool gone(const Moment& now);

 private:
  void conclude(const Moment& now);

  const Probe* probe_;
  Sample sample_;
  Moment deadline_;
  bool over_ = false;
  std::unique_ptr<Errand> errand_;
};

}  // namespace muster
