// SPDX-License-Identifier: GPL-3.0-or-later

#include "agent/smb_worker/tcp_probe.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "agent/smb_worker/smb_error.h"

namespace idlewarden::smb {

TcpProbe::TcpProbe(TeventLoop* loop, SocketRegistry* sockets, std::vector<SocketAddress> addresses, Done done)
    : loop_(loop), sockets_(sockets), open_(addresses.size()), done_(std::move(done)) {
  for (SocketAddress& address : addresses) attempts_.push_back({std::move(address)});
  for (size_t i = 0; i < attempts_.size(); ++i) Start(i);
}

TcpProbe::~TcpProbe() {
  for (Attempt& attempt : attempts_) Close(attempt);
}

void TcpProbe::Start(size_t index) {
  Attempt& attempt = attempts_[index];
  attempt.fd = socket(attempt.address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (attempt.fd >= 0) sockets_->Claim(attempt.fd);
  if (attempt.fd < 0 ||
      (connect(attempt.fd, attempt.address.get(), attempt.address.size) != 0 && errno != EINPROGRESS)) {
    // Failed at once; told by a timer, because `done` must not run within the constructor.
    attempt.timer = loop_->RunAt(loop_->Now(), [this, index, error = errno] { OnError(index, error); });
    return;
  }
  attempt.watch = loop_->WatchWritable(attempt.fd, [this, index] { OnWritable(index); });
}

void TcpProbe::OnWritable(size_t index) {
  int error_number = 0;
  socklen_t size = sizeof(error_number);
  if (getsockopt(attempts_[index].fd, SOL_SOCKET, SO_ERROR, &error_number, &size) != 0) error_number = errno;
  if (error_number != 0) {
    OnError(index, error_number);
  } else {
    Finish(attempts_[index].address);
  }
}

void TcpProbe::OnError(size_t index, int error_number) {
  Close(attempts_[index]);
  if (--open_ == 0) Finish(ConnectError(error_number, attempts_[index].address.text));
}

void TcpProbe::Close(Attempt& attempt) {
  loop_->Unwatch(attempt.watch);
  loop_->CancelTimer(attempt.timer);
  if (attempt.fd >= 0) {
    sockets_->Release(attempt.fd);
    close(attempt.fd);
  }
  attempt.fd = -1;
  attempt.watch = 0;
  attempt.timer = 0;
}

void TcpProbe::Finish(absl::StatusOr<SocketAddress> result) {
  for (Attempt& attempt : attempts_) Close(attempt);
  const Done done = std::move(done_);
  done(std::move(result));  // may destroy this
}

}  // namespace idlewarden::smb
