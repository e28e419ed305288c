// RecordedServer: replays one server's enumerations from a snapshot file, in order.
//
// Each complete enumeration (without a client filter) answers with the next recording, the last one for ever; a
// filtered one, as the look before a close makes, answers from the present recording. A close removes the pair from
// what is answered, in memory only, until a recording comes in which the pair is not there. Where a recording's
// sessions end by connection, a close, which names none, is refused unless it is for a session without one, and then
// ends the client.
//
// Threads: as SessionServer; callbacks run within the call.

#ifndef IDLEWARDEN_AGENT_SERVERS_RECORDED_RECORDED_SERVER_H_
#define IDLEWARDEN_AGENT_SERVERS_RECORDED_RECORDED_SERVER_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/servers/session_server.h"
#include "policy/model/session.h"

namespace idlewarden::agent {

class RecordedServer final : public SessionServer {
 public:
  // `recordings` must not be empty.
  RecordedServer(std::string name, std::vector<policy::ServerSnapshot> recordings);

  const std::string& name() const override { return name_; }
  // An incomplete recording is answered with an error (cause `server-error`), as the server gave no answer then.
  void Enumerate(const EnumerateRequest& request, EnumerateCallback done) override;
  void Close(const CloseRequest& request, CloseCallback done) override;

 private:
  using Closed = std::pair<std::string, std::string>;  // client and user, as asked for

  bool Ends(const Closed& closed, const policy::Session& session) const;
  bool Hidden(const policy::Session& session) const;
  void ForgetClosedPairsThatAreGone();
  const policy::ServerSnapshot& present() const { return recordings_[present_]; }

  const std::string name_;
  const std::vector<policy::ServerSnapshot> recordings_;
  size_t present_ = 0;
  bool started_ = false;
  std::vector<Closed> closed_;
};

// The recordings of one server out of a snapshot file's: that named `server`; if `server` is empty, that named
// `entry_name`, else the only server of the file. NotFound that names the servers of the file otherwise.
absl::StatusOr<std::vector<policy::ServerSnapshot>> RecordingsOf(const std::vector<policy::Snapshot>& snapshots,
                                                                 const std::string& server,
                                                                 const std::string& entry_name);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_SERVERS_RECORDED_RECORDED_SERVER_H_
