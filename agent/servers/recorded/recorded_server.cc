#include "agent/servers/recorded/recorded_server.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "agent/servers/server_error.h"

namespace idlewarden::agent {
namespace {

using policy::ServerSnapshot;
using policy::Session;

bool SameName(absl::string_view a, absl::string_view b) {
  return absl::EqualsIgnoreCase(absl::StripPrefix(a, "\\\\"), absl::StripPrefix(b, "\\\\"));
}

bool ShowsIdle(const ServerSnapshot& recording) {
  return std::any_of(recording.sessions.begin(), recording.sessions.end(),
                     [](const Session& session) { return session.idle_seconds.has_value(); });
}

std::vector<std::string> ServerNames(const std::vector<policy::Snapshot>& snapshots) {
  std::vector<std::string> names;
  for (const policy::Snapshot& snapshot : snapshots) {
    for (const ServerSnapshot& server : snapshot.servers) {
      if (std::find(names.begin(), names.end(), server.name) == names.end()) names.push_back(server.name);
    }
  }
  return names;
}

}  // namespace

RecordedServer::RecordedServer(std::string name, std::vector<ServerSnapshot> recordings)
    : name_(std::move(name)), recordings_(std::move(recordings)) {}

bool RecordedServer::Ends(const Closed& closed, const Session& session) const {
  if (!SameName(closed.first, session.client)) return false;
  return present().close_scope != policy::CloseScope::kPair || absl::EqualsIgnoreCase(closed.second, session.user);
}

bool RecordedServer::Hidden(const Session& session) const {
  return std::any_of(closed_.begin(), closed_.end(), [&](const Closed& closed) { return Ends(closed, session); });
}

void RecordedServer::ForgetClosedPairsThatAreGone() {
  std::erase_if(closed_, [&](const Closed& closed) {
    return std::none_of(present().sessions.begin(), present().sessions.end(),
                        [&](const Session& session) { return Ends(closed, session); });
  });
}

void RecordedServer::Enumerate(const EnumerateRequest& request, EnumerateCallback done) {
  if (request.client.empty()) {
    if (started_ && present_ + 1 < recordings_.size()) ++present_;
    started_ = true;
    if (present().complete) ForgetClosedPairsThatAreGone();
  }
  if (!present().complete) {
    done(ServerError(absl::StatusCode::kUnavailable, "server-error", 0, "the recording says: no complete answer"));
    return;
  }
  Enumeration answer;
  answer.close_scope = present().close_scope;
  answer.domain_separator = present().domain_separator;
  answer.reports_idle = present().sessions.empty() || ShowsIdle(present());
  for (const Session& session : present().sessions) {
    if (Hidden(session) || (!request.client.empty() && !SameName(session.client, request.client))) continue;
    answer.sessions.push_back(session);
  }
  done(std::move(answer));
}

void RecordedServer::Close(const CloseRequest& request, CloseCallback done) {
  if (request.client.empty() || request.user.empty()) {
    done(absl::InvalidArgumentError("a close names a client and a user: an empty one would mean all"));
    return;
  }
  bool found = false;
  bool only_connections = present().close_scope == policy::CloseScope::kConnection;
  for (const Session& session : present().sessions) {
    if (Hidden(session) || !SameName(session.client, request.client)) continue;
    if (!absl::EqualsIgnoreCase(session.user, request.user)) continue;
    found = true;
    only_connections = only_connections && session.connection.has_value();
  }
  if (!found) {
    done(ServerError(absl::StatusCode::kNotFound, "server-error", kNerrClientNameNotFound, "no such session"));
    return;
  }
  if (only_connections) {
    done(ServerError(absl::StatusCode::kUnimplemented, "server-error", 0,
                     "the recording's sessions end by connection, and the close names none"));
    return;
  }
  closed_.emplace_back(request.client, request.user);
  done(absl::OkStatus());
}

absl::StatusOr<std::vector<ServerSnapshot>> RecordingsOf(const std::vector<policy::Snapshot>& snapshots,
                                                         const std::string& server, const std::string& entry_name) {
  const std::vector<std::string> names = ServerNames(snapshots);
  const auto has = [&](const std::string& name) { return std::find(names.begin(), names.end(), name) != names.end(); };
  std::string wanted = server.empty() ? entry_name : server;
  if (server.empty() && !has(wanted) && names.size() == 1) wanted = names[0];
  if (!has(wanted)) {
    return absl::NotFoundError(absl::StrCat("the recording has no server \"", wanted,
                                            "\"; it has: ", names.empty() ? "none" : absl::StrJoin(names, ", ")));
  }
  std::vector<ServerSnapshot> recordings;
  for (const policy::Snapshot& snapshot : snapshots) {
    for (const ServerSnapshot& recording : snapshot.servers) {
      if (recording.name == wanted) recordings.push_back(recording);
    }
  }
  return recordings;
}

}  // namespace idlewarden::agent
