// FileWatcher: tells when watched files have changed, were replaced, made or removed.
//
// It asks for the files' fingerprint (inode, size, time of change) once an interval; inotify would miss what is changed
// on network file systems and behind swapped symbolic links. A change is told once it has stood for one interval, so
// that a file in the middle of being written is not read. What changes while a change is being told is told again: a
// file may be told once too often, never once too seldom.
//
// Threads: the event loop only.

#ifndef IDLEWARDEN_AGENT_APP_FILE_WATCHER_H_
#define IDLEWARDEN_AGENT_APP_FILE_WATCHER_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "agent/clock/event_loop.h"

namespace idlewarden::agent {

class FileWatcher {
 public:
  // Absolute paths and patterns; asked for anew each time, as the list may change with the files.
  using Paths = std::function<std::vector<std::string>()>;

  // What is there now is what later changes are told from.
  FileWatcher(EventLoop& loop, absl::Duration interval, Paths paths, std::function<void()> changed);
  ~FileWatcher();
  FileWatcher(const FileWatcher&) = delete;
  FileWatcher& operator=(const FileWatcher&) = delete;

 private:
  void Arm();
  void Check();

  EventLoop& loop_;
  absl::Duration interval_;
  Paths paths_;
  std::function<void()> changed_;
  std::string known_;   // what was told, or is there from the start
  std::string latest_;  // at the latest check
  EventLoop::TimerId timer_ = 0;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_APP_FILE_WATCHER_H_
