// SPDX-License-Identifier: GPL-3.0-or-later

#include "agent/smb_worker/loop_watch.h"

#include <utility>

namespace idlewarden::smb {

LoopWatch::LoopWatch(Loop* loop, std::function<void(bool)> set_serving) : set_serving_(std::move(set_serving)) {
  loop->Post([loop, beats = beats_] { Beat(loop, beats); });
}

void LoopWatch::Beat(Loop* loop, const std::shared_ptr<Beats>& beats) {
  ++*beats;
  loop->RunAt(loop->Now() + kPeriod, [loop, beats] { Beat(loop, beats); });
}

void LoopWatch::Look() {
  const uint64_t beats = beats_->load();
  if (beats != seen_) {
    seen_ = beats;
    if (missed_ >= kMostMissed) set_serving_(true);
    missed_ = 0;
  } else if (++missed_ == kMostMissed) {
    set_serving_(false);
  }
}

}  // namespace idlewarden::smb
