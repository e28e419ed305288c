#include "agent/loop/tracked_server.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "agent/log/log.h"
#include "agent/servers/server_error.h"

namespace idlewarden::agent {

TrackedServer::TrackedServer(ServerEntry entry) : entry_(std::move(entry)), judge_(entry_.idle_trust) {
  status_.name = entry_.name;
  status_.labels = entry_.labels;
  status_.idle_trust = std::string(IdleTrustName(judge_.trust()));
  status_.close_scope = entry_.close_scope.value_or(policy::CloseScope::kPair);
}

std::shared_ptr<const ServerStatus> TrackedServer::shared_status() {
  if (shared_ == nullptr) shared_ = std::make_shared<const ServerStatus>(status_);
  return shared_;
}

ServerStatus& TrackedServer::Change() {
  shared_.reset();
  return status_;
}

void TrackedServer::UpdateCloseScope(const Enumeration& enumeration) {
  const policy::CloseScope scope = entry_.close_scope.value_or(enumeration.close_scope);
  if (scope != status_.close_scope) Change().close_scope = scope;
}

policy::ServerSnapshot TrackedServer::IngestEnumeration(Enumeration enumeration, const PollResult& result,
                                                        const Clock& clock) {
  if (!status_.up) {
    Log(LogLevel::kInfo, "server-up",
        {{"server", status_.name}, {"level", enumeration.level}, {"sessions", enumeration.sessions.size()}});
  }
  judge_.Judge(&enumeration, clock.SteadyNow());
  UpdateCloseScope(enumeration);
  ServerStatus& status = Change();
  status.tried = status.up = true;
  status.error.clear();
  status.error_cause.clear();
  status.last_success = clock.Now();
  status.last_duration = result.duration;
  status.sessions = enumeration.sessions.size();
  status.level = enumeration.level;
  status.idle_trust = std::string(IdleTrustName(judge_.trust()));
  status.idle_explanation = judge_.explanation();
  return {.name = status_.name,
          .labels = entry_.labels,
          .complete = true,
          .close_scope = status_.close_scope,
          .domain_separator = entry_.domain_separator.empty() ? enumeration.domain_separator : entry_.domain_separator,
          .sessions = std::move(enumeration.sessions)};
}

void TrackedServer::IngestFailure(const PollResult& result) {
  const absl::Status& error = result.enumeration.status();
  const std::string cause = CauseOf(error);
  if (!status_.tried || status_.up || cause != status_.error_cause) {
    Log(LogLevel::kWarning, "server-down",
        {{"server", status_.name},
         {"cause", cause},
         {"windows_error", WindowsErrorOf(error)},
         {"error", error.message()},
         {"took", result.duration}});
  }
  ServerStatus& status = Change();
  status.tried = true;
  status.up = false;
  status.error = std::string(error.message());
  status.error_cause = cause;
  status.last_duration = result.duration;
}

std::vector<policy::Session> TrackedServer::ApplyRecheck(Enumeration of_client, SteadyTime now) {
  judge_.JudgePart(&of_client, now);
  // An answer without rows may be an error that says "no such client": it shows nothing of the server's kind.
  if (!of_client.sessions.empty()) UpdateCloseScope(of_client);
  return std::move(of_client.sessions);
}

void TrackedServer::SetRulesNeedingIdle(const std::vector<std::string>& rules) {
  if (!status_.up) return;
  const std::vector<std::string> without_effect =
      judge_.trust() == IdleTrust::kNone ? rules : std::vector<std::string>();
  if (without_effect == status_.idle_rules_without_effect) return;
  Change().idle_rules_without_effect = without_effect;
  if (without_effect.empty()) {
    Log(LogLevel::kInfo, "idle-rules-effective", {{"server", status_.name}, {"idle_trust", status_.idle_trust}});
  } else {
    Log(LogLevel::kWarning, "idle-rules-without-effect",
        {{"server", status_.name},
         {"idle_trust", status_.idle_trust},
         {"why", status_.idle_explanation},
         {"rules", absl::StrJoin(without_effect, ",")}});
  }
}

bool TrackedServer::SetProtectedUnknown(std::map<std::string, uint64_t> sessions) {
  if (sessions == status_.protected_unknown) return false;
  const auto by_name = [](std::string* out, const auto& entry) { absl::StrAppend(out, entry.first); };
  const std::string before = absl::StrJoin(status_.protected_unknown, ",", by_name);
  const std::string now = absl::StrJoin(sessions, ",", by_name);
  if (before != now) {
    // Numbers change all the time; they are for the metrics.
    Log(now.empty() ? LogLevel::kInfo : LogLevel::kWarning, now.empty() ? "protections-known" : "protections-unknown",
        {{"server", status_.name}, {"protections", now}});
  }
  Change().protected_unknown = std::move(sessions);
  return true;
}

bool TrackedServer::UpdateBreaker(const BreakerStatus& breaker) {
  const std::string state(BreakerStateName(breaker.state));
  if (state == status_.breaker && breaker.why == status_.breaker_why) return false;
  ServerStatus& status = Change();
  status.breaker = state;
  status.breaker_why = breaker.why;
  return true;
}

ServerMetrics TrackedServer::Metrics() const {
  return {.up = status_.up,
          .last_success = status_.last_success,
          .last_duration = status_.tried ? std::optional<absl::Duration>(status_.last_duration) : std::nullopt,
          .sessions = status_.sessions,
          .idle_trust = status_.idle_trust,
          .breaker = status_.breaker,
          .protected_unknown = status_.protected_unknown,
          .rules_without_effect = status_.idle_rules_without_effect};
}

}  // namespace idlewarden::agent
