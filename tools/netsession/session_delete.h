// Ends sessions by hand and finds out what came of it: look, NetSessionDel, look again.
//
// The looks are needed because the call's own answer is not enough: on Samba error 5 also means that nothing matched,
// and success only that the request was passed on. The first look also finds the server's spelling of the names.
//
// Threads: the event loop's. The backend's callbacks may come on any thread.

#ifndef IDLEWARDEN_TOOLS_NETSESSION_SESSION_DELETE_H_
#define IDLEWARDEN_TOOLS_NETSESSION_SESSION_DELETE_H_

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "agent/clock/event_loop.h"
#include "agent/servers/session_server.h"
#include "policy/model/session.h"
#include "tools/netsession/arguments.h"

namespace idlewarden::tools {

// The two calls, as agent/servers/RemoteServer makes them.
class DeleteBackend {
 public:
  virtual ~DeleteBackend() = default;
  virtual void Enumerate(std::function<void(absl::StatusOr<agent::Enumeration>)> done) = 0;
  virtual void Delete(const std::string& client, const std::string& user, std::function<void(absl::Status)> done) = 0;
};

struct DeleteReport {
  bool success = false;
  std::string text;  // lines for the operator, the Windows error's name and number among them
};

class SessionDelete {
 public:
  // How long a deleted session may stay listed, and the pause between two looks at it.
  static constexpr absl::Duration kPatience = absl::Seconds(3);
  static constexpr absl::Duration kPause = absl::Milliseconds(200);

  // `done` is called once, on the loop's thread. All must outlive this object, which must outlive the call to `done`.
  SessionDelete(DeleteArguments arguments, agent::EventLoop* loop, DeleteBackend* backend,
                std::function<void(DeleteReport)> done);
  void Start();

 private:
  void OnBefore(absl::StatusOr<agent::Enumeration> enumeration);
  void Delete();
  void OnDeleted(absl::Status status);
  void Look();
  void OnLook(absl::StatusOr<agent::Enumeration> enumeration);
  std::vector<policy::Session> Matching(const agent::Enumeration& enumeration) const;
  // Rows that are older than the delete: not a session that came back.
  size_t Survivors(const std::vector<policy::Session>& rows) const;
  DeleteReport Judge(size_t listed, size_t survivors) const;
  DeleteReport Unverified(const absl::Status& look) const;
  // "2 sessions of alice from 10.0.0.5 on fs01".
  std::string Described(size_t count) const;
  std::function<void(absl::StatusOr<agent::Enumeration>)> OnLoop(
      void (SessionDelete::*next)(absl::StatusOr<agent::Enumeration>));

  const DeleteArguments arguments_;
  agent::EventLoop* const loop_;
  DeleteBackend* const backend_;
  const std::function<void(DeleteReport)> done_;

  bool looked_before_ = false;
  bool samba_like_ = false;
  std::vector<policy::Session> before_;
  agent::SteadyTime deleted_at_;
  absl::Status outcome_;
};

// "ERROR_LOGON_FAILURE (1326)": the error's own number, else the one that Windows would give for the cause.
std::string ErrorText(const absl::Status& status);

}  // namespace idlewarden::tools

#endif  // IDLEWARDEN_TOOLS_NETSESSION_SESSION_DELETE_H_
