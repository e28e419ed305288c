#include "agent/app/file_watcher.h"

#include <utility>

#include "agent/settings/file_content.h"

namespace idlewarden::agent {

FileWatcher::FileWatcher(EventLoop& loop, absl::Duration interval, Paths paths, std::function<void()> changed)
    : loop_(loop),
      interval_(interval),
      paths_(std::move(paths)),
      changed_(std::move(changed)),
      known_(Fingerprint(paths_())),
      latest_(known_) {
  Arm();
}

FileWatcher::~FileWatcher() { loop_.CancelTimer(timer_); }

void FileWatcher::Arm() {
  timer_ = loop_.RunAt(loop_.SteadyNow() + interval_, [this] { Check(); });
}

void FileWatcher::Check() {
  std::string present = Fingerprint(paths_());
  const bool stands = present == latest_;
  latest_ = std::move(present);
  if (stands && latest_ != known_) {
    // Known is what stood before the files are read: what changes while they are, or after, is told next time. Files
    // that the change names anew are told once more for the same reason.
    known_ = latest_;
    changed_();
  }
  Arm();
}

}  // namespace idlewarden::agent
