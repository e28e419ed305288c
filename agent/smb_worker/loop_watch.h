// SPDX-License-Identifier: GPL-3.0-or-later
//
// Whether the loop still turns. The health service has threads of its own and says "serving" for a worker whose loop is
// stuck in the library or in a name server's silence; LoopWatch lets it tell the truth, so that the agent starts the
// worker anew.
//
// A timer on the loop counts beats; another thread looks at them at its own pace. Looks are counted instead of time: a
// process that was stopped and goes on is not stuck.

#ifndef IDLEWARDEN_AGENT_SMB_WORKER_LOOP_WATCH_H_
#define IDLEWARDEN_AGENT_SMB_WORKER_LOOP_WATCH_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "agent/smb_worker/loop.h"

namespace idlewarden::smb {

class LoopWatch {
 public:
  // Between two beats, and between two looks.
  static constexpr std::chrono::seconds kPeriod{2};
  // So many looks in a row without a beat are a loop that is stuck: longer than a KDC that does not answer takes.
  static constexpr int kMostMissed = 15;

  // `set_serving` is called from Look when its answer changes; true holds at first. `loop` may end before or after.
  LoopWatch(Loop* loop, std::function<void(bool)> set_serving);

  // Every kPeriod, always on the same thread, not the loop's.
  void Look();

 private:
  using Beats = std::atomic<uint64_t>;
  static void Beat(Loop* loop, const std::shared_ptr<Beats>& beats);

  const std::shared_ptr<Beats> beats_ = std::make_shared<Beats>(0);
  const std::function<void(bool)> set_serving_;
  uint64_t seen_ = 0;
  int missed_ = 0;
};

}  // namespace idlewarden::smb

#endif  // IDLEWARDEN_AGENT_SMB_WORKER_LOOP_WATCH_H_
