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
  timer_ = loop_.RunAt(loop_.Now() + interval_, [this] { Check(); });
}

void FileWatcher::Check() {
  std::string present = Fingerprint(paths_());
  const bool stands = present == latest_;
  latest_ = std::move(present);
  if (stands && latest_ != known_) {
    changed_();
    // The change may have named other files: what is there now is what it was told of.
    known_ = latest_ = Fingerprint(paths_());
  }
  Arm();
}

}  // namespace idlewarden::agent
