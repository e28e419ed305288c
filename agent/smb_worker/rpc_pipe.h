// SPDX-License-Identifier: GPL-3.0-or-later
//
// The edge to the SMB library: connect to a server's srvsvc pipe, call with bytes, get bytes, close. Everything above
// it is our own and tested with FakePipes; DcerpcConnector is the real one.
//
// None of this knows deadlines: the owner destroys what takes too long, at any time, also within its callback, and then
// no callback follows. Loop's thread only.

#ifndef IDLEWARDEN_AGENT_SMB_WORKER_RPC_PIPE_H_
#define IDLEWARDEN_AGENT_SMB_WORKER_RPC_PIPE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace idlewarden::smb {

enum class Protection { kDefault, kOff, kDesired, kRequired };

// backend.proto's Target as a value.
struct ServerTarget {
  std::string name;
  std::string address;  // IPv4, IPv6 without brackets, or a host name
  uint16_t port = 445;
  std::string user;  // DOMAIN\user, user@REALM or bare; empty: the one of the credential cache
  std::string password;
  std::string password_file;   // its first line is the password, read at each connect
  std::string kerberos_cache;  // instead of a password
  Protection signing = Protection::kDefault;
  Protection encryption = Protection::kDefault;
  std::string target_hostname;

  friend bool operator==(const ServerTarget&, const ServerTarget&) = default;
};

// Who we are to the server.
struct OwnIdentity {
  std::string user;     // without domain
  std::string address;  // of our end of the connection
};

class RpcPipe {
 public:
  using CallDone = std::function<void(absl::StatusOr<std::string>)>;

  // Closes the connection without waiting for the server.
  virtual ~RpcPipe() = default;
  // One call at a time. `done` gets the reply's stub, or the transport's error (smb_error.h).
  virtual void Call(uint16_t opnum, std::string stub, CallDone done) = 0;
  virtual const OwnIdentity& own() const = 0;
};

// A connect in progress.
class PendingConnect {
 public:
  virtual ~PendingConnect() = default;
  // What it is waiting for, for messages: "resolving fs1".
  virtual std::string doing() const = 0;
};

class PipeConnector {
 public:
  using ConnectDone = std::function<void(absl::StatusOr<std::unique_ptr<RpcPipe>>)>;

  virtual ~PipeConnector() = default;
  // `done` is called once, never within Connect itself.
  virtual std::unique_ptr<PendingConnect> Connect(const ServerTarget& target, ConnectDone done) = 0;
};

}  // namespace idlewarden::smb

#endif  // IDLEWARDEN_AGENT_SMB_WORKER_RPC_PIPE_H_
