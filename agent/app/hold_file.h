// HoldFile: tells whether the hold file is there, and what it says. While it exists the agent closes nothing.
//
// Asked for twice a second, so that it acts within a second. What cannot be read holds as well: a file that somebody
// put there must not be overlooked for want of a right.
//
// Threads: the event loop only.

#ifndef IDLEWARDEN_AGENT_APP_HOLD_FILE_H_
#define IDLEWARDEN_AGENT_APP_HOLD_FILE_H_

#include <functional>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "agent/clock/event_loop.h"

namespace idlewarden::agent {

// The reason that the file gives: its first line, of bounded length, with control characters and broken UTF-8 escaped;
// for an empty or unreadable one a sentence that says so. nullopt if there is none.
std::optional<std::string> ReadHoldFile(const std::string& path);

class HoldFile {
 public:
  using Changed = std::function<void(const std::optional<std::string>& reason)>;

  // Calls `changed` at once with what is there now, and later whenever that changes.
  HoldFile(EventLoop& loop, std::string path, Changed changed, absl::Duration interval = absl::Milliseconds(500));
  ~HoldFile();
  HoldFile(const HoldFile&) = delete;
  HoldFile& operator=(const HoldFile&) = delete;

 private:
  void Check(bool first);

  EventLoop& loop_;
  const std::string path_;
  const Changed changed_;
  const absl::Duration interval_;
  std::optional<std::string> reason_;
  EventLoop::TimerId timer_ = 0;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_APP_HOLD_FILE_H_
