// SPDX-License-Identifier: GPL-3.0-or-later

#include "agent/smb_worker/server_connector.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "agent/smb_worker/password_file.h"
#include "agent/smb_worker/tcp_probe.h"

namespace idlewarden::smb {

class ServerConnector::Attempt final : public PendingConnect {
 public:
  Attempt(ServerConnector* connector, const ServerTarget& target, ConnectDone done)
      : connector_(connector), target_(target), done_(std::move(done)) {
    // By way of the resolver or a timer, so that nothing is reported from within Connect.
    const absl::Status read = ReadPassword();
    if (!read.ok()) {
      timer_ = connector_->loop_->RunAt(connector_->loop_->Now(), [this, read] { Finish(read); });
      return;
    }
    connector_->resolver_.Resolve(target_.address, target_.port, alive_,
                                  [this](auto addresses) { OnResolved(std::move(addresses)); });
  }

  ~Attempt() override { connector_->loop_->CancelTimer(timer_); }

  std::string doing() const override {
    if (logon_ != nullptr) return logon_->doing();
    if (probe_ != nullptr) return absl::StrCat("connecting to ", target_.address, " port ", target_.port);
    return absl::StrCat("resolving ", target_.address);
  }

 private:
  absl::Status ReadPassword() {
    if (target_.password_file.empty()) return absl::OkStatus();
    absl::StatusOr<std::string> password = ReadPasswordFile(target_.password_file);
    if (!password.ok()) return password.status();
    target_.password = *std::move(password);
    return absl::OkStatus();
  }

  void OnResolved(absl::StatusOr<std::vector<SocketAddress>> addresses) {
    if (!addresses.ok()) return Finish(addresses.status());
    probe_ = std::make_unique<TcpProbe>(connector_->loop_, &connector_->sockets_, *std::move(addresses),
                                        [this](auto address) { OnProbed(std::move(address)); });
  }

  void OnProbed(absl::StatusOr<SocketAddress> address) {
    if (!address.ok()) return Finish(address.status());
    logon_ = connector_->dcerpc_.Connect(target_, *address, [this](auto pipe) { Finish(std::move(pipe)); });
  }

  void Finish(absl::StatusOr<std::unique_ptr<RpcPipe>> result) {
    const ConnectDone done = std::move(done_);
    done(std::move(result));  // may destroy this
  }

  ServerConnector* const connector_;
  ServerTarget target_;
  ConnectDone done_;
  // Expires with this object: the resolver's answer may come later.
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  Loop::TimerId timer_ = 0;
  std::unique_ptr<TcpProbe> probe_;
  std::unique_ptr<PendingConnect> logon_;
};

ServerConnector::ServerConnector(TeventLoop* loop) : loop_(loop), resolver_(loop), dcerpc_(loop, &sockets_) {}

std::unique_ptr<PendingConnect> ServerConnector::Connect(const ServerTarget& target, ConnectDone done) {
  return std::make_unique<Attempt>(this, target, std::move(done));
}

}  // namespace idlewarden::smb
