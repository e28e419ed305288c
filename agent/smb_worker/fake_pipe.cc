// SPDX-License-Identifier: GPL-3.0-or-later

#include "agent/smb_worker/fake_pipe.h"

#include "agent/smb_worker/smb_error.h"
#include "agent/smb_worker/srvsvc.h"

namespace idlewarden::smb {
namespace {

void AppendU32(std::string& out, uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<char>(value >> shift & 0xFF));
}

void AppendString(std::string& out, const std::string& ascii) {
  const uint32_t count = static_cast<uint32_t>(ascii.size() + 1);
  for (uint32_t value : {count, 0u, count}) AppendU32(out, value);
  for (char c : ascii + '\0') {
    out.push_back(c);
    out.push_back('\0');
  }
  out.resize((out.size() + 3) & ~size_t{3}, '\0');
}

class FakePipe final : public RpcPipe {
 public:
  FakePipe(FakeLoop* loop, FakeServer* server, const ServerTarget& target) : loop_(loop), server_(server) {
    ++server_->open_connections;
    own_ = {target.user, "192.0.2.1"};
  }
  ~FakePipe() override { --server_->open_connections; }

  void Call(uint16_t opnum, std::string stub, CallDone done) override {
    server_->calls.push_back({opnum, std::move(stub), static_cast<int>(server_->targets.size())});
    absl::StatusOr<std::string> reply = NtError(0xC002002E, "no reply was queued");
    if (!server_->replies.empty()) {
      const auto next = std::move(server_->replies.front());
      server_->replies.pop_front();
      if (!next) return;
      reply = *next;
    }
    loop_->Post([alive = std::weak_ptr<bool>(alive_), done = std::move(done), reply = std::move(reply)] {
      if (!alive.expired()) done(reply);
    });
  }
  const OwnIdentity& own() const override { return own_; }

 private:
  FakeLoop* const loop_;
  FakeServer* const server_;
  OwnIdentity own_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

class FakePending final : public PendingConnect {
 public:
  std::weak_ptr<bool> alive() const { return alive_; }
  std::string doing() const override { return "connecting"; }

 private:
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace

std::string FakeEnumReply(uint32_t level, const std::vector<std::pair<std::string, std::string>>& rows,
                          uint32_t windows_error, uint32_t resume_handle) {
  const LevelFields fields = FieldsOf(level);
  const uint32_t count = static_cast<uint32_t>(rows.size());
  std::string fixed;
  std::string strings;
  for (const auto& [client, user] : rows) {
    const auto text = [&](const std::string& value) {
      AppendU32(fixed, 0x20000);
      AppendString(strings, value);
    };
    text(client);
    if (fields.user) text(user);
    const int numbers = fields.open_files + 2 * fields.times + fields.user_flags;
    for (int i = 0; i < numbers; ++i) AppendU32(fixed, 0);
    if (fields.client_type) text("");
    if (fields.transport) text("");
  }
  std::string out;
  for (uint32_t value : {level, level, 0x20000u, count, count > 0 ? 0x20004u : 0u}) AppendU32(out, value);
  if (count > 0) AppendU32(out, count);
  out += fixed + strings;
  for (uint32_t value : {count, 0x20008u, resume_handle, windows_error}) AppendU32(out, value);
  return out;
}

std::string FakeDelReply(uint32_t windows_error) {
  std::string out;
  AppendU32(out, windows_error);
  return out;
}

std::unique_ptr<PendingConnect> FakeConnector::Connect(const ServerTarget& target, ConnectDone done) {
  server_->targets.push_back(target);
  auto pending = std::make_unique<FakePending>();
  absl::Status status;
  if (!server_->connects.empty()) {
    const auto next = std::move(server_->connects.front());
    server_->connects.pop_front();
    if (!next) return pending;
    status = *next;
  }
  loop_->Post([this, alive = pending->alive(), done = std::move(done), status, target] {
    if (alive.expired()) return;
    if (status.ok()) {
      done(std::make_unique<FakePipe>(loop_, server_, target));
    } else {
      done(status);
    }
  });
  return pending;
}

}  // namespace idlewarden::smb
