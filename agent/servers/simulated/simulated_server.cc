#include "agent/servers/simulated/simulated_server.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "agent/servers/server_error.h"

namespace idlewarden::agent {
namespace {

// Names are compared as servers do: without the leading backslashes of a close's client, ignoring case.
absl::string_view Bare(absl::string_view client) { return absl::StripPrefix(client, "\\\\"); }

bool SamePair(const policy::Session& session, absl::string_view client, absl::string_view user) {
  return absl::EqualsIgnoreCase(Bare(session.client), Bare(client)) && absl::EqualsIgnoreCase(session.user, user);
}

absl::Status NoSuchPair(bool samba_like) {
  // Samba answers 5 where nothing matches.
  if (samba_like)
    return ServerError(absl::StatusCode::kPermissionDenied, "access-denied", kErrorAccessDenied, "denied");
  return ServerError(absl::StatusCode::kNotFound, "server-error", kNerrClientNameNotFound, "no such session");
}

// The seed of the population: servers of one settings file have different users unless they share name and seed.
uint64_t SeedOf(const SimulatedServerOptions& options) {
  uint64_t hash = 0xcbf29ce484222325u ^ options.seed;  // FNV-1a
  for (const char c : options.name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return hash;
}

void AddDelay(absl::Duration delay, FaultScript* script) {
  if (delay <= absl::ZeroDuration()) return;
  for (const FaultCall call : {FaultCall::kEnumerate, FaultCall::kClose}) {
    script->Add({.call = call, .kind = FaultKind::kDelay, .count = Fault::kForever, .delay = delay});
  }
}

}  // namespace

SimulatedServer::SimulatedServer(SimulatedServerOptions options, EventLoop* loop)
    : options_(std::move(options)),
      loop_(loop),
      started_(loop->SteadyNow()),
      population_(SeedOf(options_), options_.generated_sessions),
      latency_(loop),
      faults_(loop) {
  AddDelay(options_.latency, &latency_);
}

policy::CloseScope SimulatedServer::close_scope() const {
  return options_.samba_like ? policy::CloseScope::kClient : policy::CloseScope::kPair;
}

void SimulatedServer::Enumerate(const EnumerateRequest& request, EnumerateCallback done) {
  ++enumerations_;
  const FaultScript::EnumerateForward answer = [this](const EnumerateRequest& asked, EnumerateCallback answered) {
    answered(Answer(asked));
  };
  faults_.Enumerate(request, std::move(done),
                    [this, answer](const EnumerateRequest& passed, EnumerateCallback passed_done) {
                      latency_.Enumerate(passed, std::move(passed_done), answer);
                    });
}

void SimulatedServer::Close(const CloseRequest& request, CloseCallback done) {
  if (request.client.empty() || request.user.empty()) {
    done(absl::InvalidArgumentError("a close names a client and a user: an empty one would mean all"));
    return;
  }
  const FaultScript::CloseForward end = [this](const CloseRequest& asked, CloseCallback answered) {
    answered(EndSessions(asked));
  };
  faults_.Close(request, std::move(done), [this, end](const CloseRequest& passed, CloseCallback passed_done) {
    latency_.Close(passed, std::move(passed_done), end);
  });
}

Enumeration SimulatedServer::Answer(const EnumerateRequest& request) const {
  Enumeration answer;
  answer.sessions = Sessions();
  answer.close_scope = close_scope();
  if (options_.samba_like) {
    answer.level = 1;
    answer.reports_idle = false;
    return answer;  // the filter is ignored, as Samba does
  }
  if (!request.client.empty()) {
    std::erase_if(answer.sessions, [&](const policy::Session& session) {
      return !absl::EqualsIgnoreCase(Bare(session.client), Bare(request.client));
    });
  }
  return answer;
}

bool SimulatedServer::Ends(const CloseRequest& request, const policy::Session& session) const {
  if (!options_.samba_like) return SamePair(session, request.client, request.user);
  return absl::EqualsIgnoreCase(Bare(session.client), Bare(request.client));
}

absl::Status SimulatedServer::EndSessions(const CloseRequest& request) {
  closes_.push_back(request);
  const std::vector<policy::Session> present = Sessions();
  const bool found = std::any_of(present.begin(), present.end(), [&](const policy::Session& session) {
    return SamePair(session, request.client, request.user);
  });
  if (!found) return NoSuchPair(options_.samba_like);
  std::erase_if(manual_, [&](const Manual& manual) { return Ends(request, manual.session); });
  population_.End(SimulatedSeconds(loop_->SteadyNow() - started_),
                  [&](const policy::Session& session) { return Ends(request, session); });
  return absl::OkStatus();
}

int64_t SimulatedServer::SimulatedSeconds(absl::Duration real) const {
  return static_cast<int64_t>(std::floor(absl::ToDoubleSeconds(real) * options_.speed));
}

policy::Session SimulatedServer::At(const Manual& manual, SteadyTime now) const {
  policy::Session session = manual.session;
  if (session.age_seconds.has_value()) *session.age_seconds += SimulatedSeconds(now - manual.added);
  if (session.idle_seconds.has_value()) *session.idle_seconds += SimulatedSeconds(now - manual.touched);
  return session;
}

std::vector<policy::Session> SimulatedServer::Sessions() const {
  const SteadyTime now = loop_->SteadyNow();
  std::vector<policy::Session> sessions;
  population_.AppendSessions(SimulatedSeconds(now - started_), &sessions);
  for (const Manual& manual : manual_) sessions.push_back(At(manual, now));
  if (!options_.samba_like) return sessions;
  for (policy::Session& session : sessions) {
    session.idle_seconds = 0;
    session.client_type.reset();
    session.transport.reset();
  }
  return sessions;
}

void SimulatedServer::AddSession(const policy::Session& session) {
  manual_.push_back({session, loop_->SteadyNow(), loop_->SteadyNow()});
}

void SimulatedServer::AddSession(absl::string_view client, absl::string_view user, int64_t idle_seconds,
                                 int64_t age_seconds, int64_t open_files) {
  policy::Session session;
  session.client = std::string(client);
  session.user = std::string(user);
  session.idle_seconds = idle_seconds;
  session.age_seconds = age_seconds;
  session.open_files = open_files;
  session.client_type = "";
  session.transport = "";
  session.guest = false;
  AddSession(session);
}

int SimulatedServer::RemoveSessions(absl::string_view client, absl::string_view user) {
  return static_cast<int>(
      std::erase_if(manual_, [&](const Manual& manual) { return SamePair(manual.session, client, user); }));
}

int SimulatedServer::Touch(absl::string_view client, absl::string_view user) {
  int touched = 0;
  for (Manual& manual : manual_) {
    if (!SamePair(manual.session, client, user)) continue;
    manual.session.idle_seconds = 0;
    manual.touched = loop_->SteadyNow();
    ++touched;
  }
  return touched;
}

int SimulatedServer::SetOpenFiles(absl::string_view client, absl::string_view user, int64_t open_files) {
  int changed = 0;
  for (Manual& manual : manual_) {
    if (!SamePair(manual.session, client, user)) continue;
    manual.session.open_files = open_files;
    ++changed;
  }
  return changed;
}

}  // namespace idlewarden::agent
