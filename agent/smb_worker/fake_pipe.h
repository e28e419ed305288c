// SPDX-License-Identifier: GPL-3.0-or-later
//
// FakePipe and FakeConnector: a server for tests that answers what the test queues, through a FakeLoop.

#ifndef IDLEWARDEN_AGENT_SMB_WORKER_FAKE_PIPE_H_
#define IDLEWARDEN_AGENT_SMB_WORKER_FAKE_PIPE_H_

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/smb_worker/fake_loop.h"
#include "agent/smb_worker/rpc_pipe.h"

namespace idlewarden::smb {

// Level, tag, container with `rows` of client and user (and zeroes), total, resume, return value.
std::string FakeEnumReply(uint32_t level, const std::vector<std::pair<std::string, std::string>>& rows,
                          uint32_t windows_error = 0, uint32_t resume_handle = 0);
std::string FakeDelReply(uint32_t windows_error);

// What the server does; shared by all connections to it.
struct FakeServer {
  struct Seen {
    uint16_t opnum;
    std::string stub;
    int connection;
  };
  // Front is taken by each call; an empty optional never answers. No script left: the test fails by a refused call.
  std::deque<std::optional<absl::StatusOr<std::string>>> replies;
  // Front is taken by each connect; none left: connects succeed. An empty optional never answers.
  std::deque<std::optional<absl::Status>> connects;
  std::vector<Seen> calls;
  std::vector<ServerTarget> targets;  // of each connect
  int open_connections = 0;
};

class FakeConnector final : public PipeConnector {
 public:
  FakeConnector(FakeLoop* loop, FakeServer* server) : loop_(loop), server_(server) {}

  std::unique_ptr<PendingConnect> Connect(const ServerTarget& target, ConnectDone done) override;

 private:
  FakeLoop* const loop_;
  FakeServer* const server_;
};

}  // namespace idlewarden::smb

#endif  // IDLEWARDEN_AGENT_SMB_WORKER_FAKE_PIPE_H_
