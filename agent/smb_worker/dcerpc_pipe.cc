// SPDX-License-Identifier: GPL-3.0-or-later

#include "agent/smb_worker/dcerpc_pipe.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "agent/smb_worker/smb_error.h"
#include "agent/smb_worker/srvsvc.h"

extern "C" {
#include <talloc.h>
#include <tevent.h>

// Samba installs credentials.h but not the header of these two, which it names without defining.
enum smb_signing_setting {
  SMB_SIGNING_IPC_DEFAULT = -2,
  SMB_SIGNING_DEFAULT = -1,
  SMB_SIGNING_OFF = 0,
  SMB_SIGNING_IF_REQUIRED = 1,
  SMB_SIGNING_DESIRED = 2,
  SMB_SIGNING_REQUIRED = 3,
};
enum smb_encryption_setting {
  SMB_ENCRYPTION_DEFAULT = -1,
  SMB_ENCRYPTION_OFF = 0,
  SMB_ENCRYPTION_IF_REQUIRED = 1,
  SMB_ENCRYPTION_DESIRED = 2,
  SMB_ENCRYPTION_REQUIRED = 3,
};

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
// clang-format off: the order matters, they do not include what they use
#include <samba-4.0/core/ntstatus.h>
#include <samba-4.0/credentials.h>
#include <samba-4.0/dcerpc.h>
#include <samba-4.0/param.h>
#include <samba-4.0/samba/version.h>
#include <samba-4.0/util/data_blob.h>
// clang-format on
#pragma GCC diagnostic pop

// Not installed either; unchanged from 4.17 to 4.25. Needed for being called back when a connect ends.
#if SAMBA_VERSION_MAJOR != 4 || SAMBA_VERSION_MINOR > 25
#error "look whether struct composite_context (source4/libcli/composite/composite.h) is still this one"
#endif
enum composite_state { COMPOSITE_STATE_INIT, COMPOSITE_STATE_IN_PROGRESS, COMPOSITE_STATE_DONE, COMPOSITE_STATE_ERROR };
struct composite_context {
  enum composite_state state;
  void* private_data;
  NTSTATUS status;
  struct tevent_context* event_ctx;
  struct {
    void (*fn)(struct composite_context*);
    void* private_data;
  } async;
  bool used_wait;
};
}

namespace idlewarden::smb {
namespace {

// The library's own limit for a call, far above every deadline of ours.
constexpr uint32_t kCallTimeoutSeconds = 3600;

const char* const kEndpoints[] = {"ncacn_np:[\\pipe\\srvsvc]"};
const ndr_interface_string_array kEndpointTable = {1, kEndpoints};
const char* const kAuthServices[] = {"host"};
const ndr_interface_string_array kAuthServiceTable = {1, kAuthServices};

// srvsvc as the library must know it for raw calls: no functions.
ndr_interface_table SrvsvcTable() {
  ndr_interface_table table = {};
  table.name = "srvsvc";
  table.syntax_id.uuid = {0x4b324fc8, 0x1670, 0x01d3, {0x12, 0x78}, {0x5a, 0x47, 0xbf, 0x6e, 0xe1, 0x88}};
  table.syntax_id.if_version = 3;
  table.helpstring = "";
  table.endpoints = &kEndpointTable;
  table.authservices = &kAuthServiceTable;
  return table;
}

const ndr_interface_table kSrvsvcTable = SrvsvcTable();

const char* SigningText(Protection protection) {
  switch (protection) {
    case Protection::kOff:
      return "disabled";
    case Protection::kDesired:
      return "desired";
    case Protection::kDefault:
    case Protection::kRequired:
      break;
  }
  return "required";
}

smb_encryption_setting EncryptionSetting(Protection protection) {
  switch (protection) {
    case Protection::kOff:
      return SMB_ENCRYPTION_OFF;
    case Protection::kDesired:
      return SMB_ENCRYPTION_DESIRED;
    case Protection::kRequired:
      return SMB_ENCRYPTION_REQUIRED;
    case Protection::kDefault:
      break;
  }
  return SMB_ENCRYPTION_DEFAULT;
}

absl::Status Refused(absl::string_view what) {
  return SmbError({Cause::kInternal, 0, 0}, absl::StrCat("Samba's library refuses ", what));
}

// A fresh configuration; no smb.conf is read.
loadparm_context* MakeConfiguration(TALLOC_CTX* memory, const ServerTarget& target) {
  loadparm_context* lp = loadparm_init(memory);
  if (lp == nullptr || !lpcfg_set_cmdline(lp, "smb ports", std::to_string(target.port).c_str()) ||
      !lpcfg_set_cmdline(lp, "client ipc signing", SigningText(target.signing))) {
    return nullptr;
  }
  return lp;
}

bool SetUser(cli_credentials* credentials, const std::string& user) {
  const size_t backslash = user.find('\\');
  if (backslash != std::string::npos) {
    return cli_credentials_set_domain(credentials, user.substr(0, backslash).c_str(), CRED_SPECIFIED) &&
           cli_credentials_set_username(credentials, user.substr(backslash + 1).c_str(), CRED_SPECIFIED);
  }
  if (user.find('@') != std::string::npos) {
    return cli_credentials_set_principal(credentials, user.c_str(), CRED_SPECIFIED);
  }
  // Without a domain a server looks at its own accounts first.
  return cli_credentials_set_domain(credentials, "", CRED_SPECIFIED) &&
         cli_credentials_set_username(credentials, user.c_str(), CRED_SPECIFIED);
}

absl::Status SetSecret(cli_credentials* credentials, loadparm_context* lp, const ServerTarget& target) {
  if (target.kerberos_cache.empty()) {
    // With a password Kerberos is never tried: looking for a KDC may block the loop.
    cli_credentials_set_kerberos_state(credentials, CRED_USE_KERBEROS_DISABLED, CRED_SPECIFIED);
    if (!cli_credentials_set_password(credentials, target.password.c_str(), CRED_SPECIFIED))
      return Refused("a password");
    return absl::OkStatus();
  }
  // The library takes a cache that does not exist, and then speaks of an invalid parameter.
  const absl::string_view path = absl::StripPrefix(target.kerberos_cache, "FILE:");
  if (absl::StartsWith(path, "/") && access(std::string(path).c_str(), R_OK) != 0) {
    return SmbError({Cause::kAuthFailed, 0, 0},
                    absl::StrCat("the credential cache ", target.kerberos_cache, " cannot be read"));
  }
  cli_credentials_set_kerberos_state(credentials, CRED_USE_KERBEROS_REQUIRED, CRED_SPECIFIED);
  const char* error = nullptr;
  if (cli_credentials_set_ccache(credentials, lp, target.kerberos_cache.c_str(), CRED_SPECIFIED, &error) != 0) {
    return SmbError({Cause::kAuthFailed, 0, 0}, absl::StrCat("the credential cache ", target.kerberos_cache,
                                                             " cannot be used: ", error ? error : "unknown error"));
  }
  return absl::OkStatus();
}

absl::Status FillCredentials(cli_credentials* credentials, loadparm_context* lp, const ServerTarget& target) {
  if (!cli_credentials_set_conf(credentials, lp)) return Refused("its configuration");
  if (!target.user.empty() && !SetUser(credentials, target.user)) return Refused("the user's name");
  const absl::Status secret = SetSecret(credentials, lp, target);
  if (!secret.ok()) return secret;
  const smb_encryption_setting encryption = EncryptionSetting(target.encryption);
  if (encryption != SMB_ENCRYPTION_DEFAULT &&
      !cli_credentials_set_smb_encryption(credentials, encryption, CRED_SPECIFIED)) {
    return Refused("the encryption setting");
  }
  return absl::OkStatus();
}

absl::string_view CallName(uint16_t opnum) {
  switch (opnum) {
    case kOpnumSessionEnum:
      return "NetrSessionEnum";
    case kOpnumSessionDel:
      return "NetrSessionDel";
    default:
      return "a call";
  }
}

dcerpc_binding* MakeBinding(TALLOC_CTX* memory, const ServerTarget& target, const std::string& address) {
  dcerpc_binding* binding = nullptr;
  // Naming the pipe spares the endpoint mapper.
  if (NT_STATUS_V(dcerpc_parse_binding(memory, "ncacn_np:", &binding)) != 0 ||
      NT_STATUS_V(dcerpc_binding_set_string_option(binding, "host", address.c_str())) != 0 ||
      NT_STATUS_V(dcerpc_binding_set_string_option(binding, "endpoint", "\\pipe\\srvsvc")) != 0) {
    return nullptr;
  }
  const std::string& hostname = target.target_hostname.empty() ? target.address : target.target_hostname;
  if (NT_STATUS_V(dcerpc_binding_set_string_option(binding, "target_hostname", hostname.c_str())) != 0) return nullptr;
  return binding;
}

}  // namespace

// What a connection consists of; freed only outside of the library's callbacks.
struct DcerpcConnector::Connection {
  Connection(TeventLoop* loop, SocketRegistry* registry) : loop(loop), sockets(registry), memory(talloc_new(nullptr)) {}

  // Gives the connection up: no waiting for the server, no callback any more.
  static void Abandon(std::unique_ptr<Connection> connection) {
    SocketRegistry::ShutDown(connection->socket);
    connection->attempt = nullptr;
    connection->call_pipe = nullptr;
    TeventLoop* loop = connection->loop;
    loop->RunOutside([doomed = connection.release()] {
      talloc_free(doomed->memory);
      if (doomed->socket.found()) doomed->sockets->Release(doomed->socket.fd);
      delete doomed;
    });
  }

  void ClaimSocket(const SocketAddress& peer) {
    if (socket.found()) return;
    socket = sockets->Find(peer);
    if (socket.found()) sockets->Claim(socket.fd);
  }

  TeventLoop* const loop;
  SocketRegistry* const sockets;
  TALLOC_CTX* const memory;
  cli_credentials* credentials = nullptr;
  dcerpc_pipe* pipe = nullptr;
  FoundSocket socket;
  // Whom the library's callbacks are for; null once nobody waits.
  Attempt* attempt = nullptr;
  Pipe* call_pipe = nullptr;
};

class DcerpcConnector::Pipe final : public RpcPipe {
 public:
  explicit Pipe(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {
    own_.address = connection_->socket.local_address;
    const char* user = cli_credentials_get_username(connection_->credentials);
    own_.user = user != nullptr ? user : "";
    dcerpc_binding_handle_set_timeout(connection_->pipe->binding_handle, kCallTimeoutSeconds);
  }
  ~Pipe() override { Connection::Abandon(std::move(connection_)); }

  void Call(uint16_t opnum, std::string stub, CallDone done) override {
    stub_ = std::move(stub);  // the library reads it until the call ends
    done_ = std::move(done);
    opnum_ = opnum;
    connection_->call_pipe = this;
    tevent_req* request = dcerpc_binding_handle_raw_call_send(
        connection_->memory, connection_->loop->context(), connection_->pipe->binding_handle, nullptr, opnum, 0,
        reinterpret_cast<const uint8_t*>(stub_.data()), stub_.size());
    if (request == nullptr) {
      connection_->loop->RunOutside([connection = connection_.get()] {
        if (connection->call_pipe != nullptr) connection->call_pipe->Finish(Refused("to call"));
      });
      return;
    }
    tevent_req_set_callback(request, &OnReply, connection_.get());
  }

  const OwnIdentity& own() const override { return own_; }

 private:
  static void OnReply(tevent_req* request) {
    auto* connection = static_cast<Connection*>(tevent_req_callback_data_void(request));
    TALLOC_CTX* memory = talloc_new(connection->memory);
    uint8_t* data = nullptr;
    size_t size = 0;
    uint32_t flags = 0;
    const NTSTATUS status = dcerpc_binding_handle_raw_call_recv(request, memory, &data, &size, &flags);
    std::string reply(reinterpret_cast<const char*>(data), size);
    talloc_free(request);
    talloc_free(memory);
    Pipe* pipe = connection->call_pipe;
    if (pipe == nullptr) return;
    if (NT_STATUS_V(status) != 0) {
      pipe->Finish(NtError(NT_STATUS_V(status), CallName(pipe->opnum_)));
    } else if (flags & LIBNDR_FLAG_BIGENDIAN) {
      pipe->Finish(SmbError({Cause::kProtocol, 0, 0}, "the server answers in big-endian NDR"));
    } else {
      pipe->Finish(std::move(reply));
    }
  }

  void Finish(absl::StatusOr<std::string> reply) {
    connection_->call_pipe = nullptr;
    const CallDone done = std::move(done_);
    done(std::move(reply));  // may destroy this
  }

  std::unique_ptr<Connection> connection_;
  OwnIdentity own_;
  uint16_t opnum_ = 0;
  std::string stub_;
  CallDone done_;
};

class DcerpcConnector::Attempt final : public PendingConnect {
 public:
  Attempt(DcerpcConnector* connector, const ServerTarget& target, const SocketAddress& address, std::string endpoint,
          PipeConnector::ConnectDone done)
      : connector_(connector),
        target_(target),
        address_(address),
        endpoint_(std::move(endpoint)),
        done_(std::move(done)),
        connection_(std::make_unique<Connection>(connector->loop_, connector->sockets_)) {
    connection_->attempt = this;
    std::deque<Attempt*>& queue = connector_->attempts_[endpoint_];
    queue.push_back(this);
    if (queue.front() == this) Start();
  }

  ~Attempt() override {
    connector_->loop_->CancelTimer(start_timer_);
    if (connection_ != nullptr) {
      if (started_) connection_->ClaimSocket(address_);
      Connection::Abandon(std::move(connection_));
    }
    Leave();
  }

  std::string doing() const override { return absl::StrCat("logging on to ", address_.text, " port ", target_.port); }

 private:
  // By a timer, so that nothing of it runs within Connect.
  void Start() {
    start_timer_ = connector_->loop_->RunAt(connector_->loop_->Now(), [this] {
      const absl::Status status = Send();
      if (!status.ok()) Finish(status);
    });
  }

  absl::Status Send() {
    started_ = true;
    loadparm_context* lp = MakeConfiguration(connection_->memory, target_);
    connection_->credentials = cli_credentials_init(connection_->memory);
    dcerpc_binding* binding = MakeBinding(connection_->memory, target_, address_.text);
    if (lp == nullptr || connection_->credentials == nullptr || binding == nullptr) return Refused("a setting");
    const absl::Status filled = FillCredentials(connection_->credentials, lp, target_);
    if (!filled.ok()) return filled;
    composite_context* connect = dcerpc_pipe_connect_b_send(connection_->memory, binding, &kSrvsvcTable,
                                                            connection_->credentials, connector_->loop_->context(), lp);
    if (connect == nullptr) return Refused("to connect");
    connect->async.fn = &OnConnected;
    connect->async.private_data = connection_.get();
    return absl::OkStatus();
  }

  static void OnConnected(composite_context* connect) {
    auto* connection = static_cast<Connection*>(connect->async.private_data);
    const NTSTATUS status = dcerpc_pipe_connect_b_recv(connect, connection->memory, &connection->pipe);
    if (connection->attempt != nullptr) connection->attempt->OnResult(NT_STATUS_V(status));
  }

  void OnResult(uint32_t status) {
    if (status != 0) return Finish(LogonError(status));
    connection_->ClaimSocket(address_);
    connection_->attempt = nullptr;
    Finish(std::make_unique<Pipe>(std::move(connection_)));
  }

  absl::Status LogonError(uint32_t status) const {
    constexpr uint32_t kInvalidParameter = 0xC000000D;
    if (status != kInvalidParameter || target_.kerberos_cache.empty()) return NtError(status, doing());
    return SmbError({Cause::kAuthFailed, 0, status},
                    absl::StrCat(doing(), ": no usable ticket in ", target_.kerberos_cache));
  }

  void Finish(absl::StatusOr<std::unique_ptr<RpcPipe>> result) {
    const PipeConnector::ConnectDone done = std::move(done_);
    Leave();
    done(std::move(result));  // may destroy this
  }

  // Lets the next attempt at the same endpoint begin.
  void Leave() {
    const auto found = connector_->attempts_.find(endpoint_);
    if (found == connector_->attempts_.end()) return;
    std::deque<Attempt*>& queue = found->second;
    const bool was_first = !queue.empty() && queue.front() == this;
    std::erase(queue, this);
    if (queue.empty()) {
      connector_->attempts_.erase(found);
    } else if (was_first) {
      queue.front()->Start();
    }
  }

  DcerpcConnector* const connector_;
  const ServerTarget target_;
  const SocketAddress address_;
  const std::string endpoint_;
  PipeConnector::ConnectDone done_;
  std::unique_ptr<Connection> connection_;
  Loop::TimerId start_timer_ = 0;
  bool started_ = false;
};

absl::Status DcerpcConnector::InitLibrary() {
  signal(SIGPIPE, SIG_IGN);  // the library writes to sockets without MSG_NOSIGNAL
  const NTSTATUS status = dcerpc_init();
  if (NT_STATUS_V(status) != 0) return NtError(NT_STATUS_V(status), "starting Samba's client library");
  return absl::OkStatus();
}

DcerpcConnector::DcerpcConnector(TeventLoop* loop, SocketRegistry* sockets) : loop_(loop), sockets_(sockets) {}
DcerpcConnector::~DcerpcConnector() = default;

std::unique_ptr<PendingConnect> DcerpcConnector::Connect(const ServerTarget& target, const SocketAddress& address,
                                                         PipeConnector::ConnectDone done) {
  return std::make_unique<Attempt>(this, target, address, absl::StrCat(address.text, "#", target.port),
                                   std::move(done));
}

}  // namespace idlewarden::smb
