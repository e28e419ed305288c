#include "agent/executor/journal/close_log.h"

#include <optional>
#include <string>
#include <vector>

#include "agent/log/log.h"
#include "agent/servers/server_error.h"

namespace idlewarden::agent {

namespace {

std::string NumberOrUnknown(const std::optional<int64_t>& number) {
  return number.has_value() ? std::to_string(*number) : "unknown";
}

std::vector<LogField> FieldsOf(int64_t id, const CloseIntent& intent) {
  std::vector<LogField> fields = {
      {"intent", id},
      {"server", intent.server},
      {"client", intent.client},
      {"user", intent.user},
      {"scope", policy::CloseScopeName(intent.scope)},
      {"sessions", intent.sessions.size()},
      {"idle_seconds", NumberOrUnknown(LeastIdleSeconds(intent.sessions))},
      {"age_seconds", NumberOrUnknown(LeastAgeSeconds(intent.sessions))},
      {"rule", intent.rule},
      {"required", intent.required},
      {"plan", intent.plan_id},
      {"policy", intent.policy_hash},
  };
  return fields;
}

bool IsAsIntended(Outcome outcome) {
  return outcome == Outcome::kClosed || outcome == Outcome::kGoneAlready || outcome == Outcome::kBecameActive ||
         outcome == Outcome::kWithdrawn;
}

}  // namespace

void CloseLog::OnIntent(int64_t intent_id, const CloseIntent& intent) {
  Log(LogLevel::kInfo, "close-intent", FieldsOf(intent_id, intent));
}

void CloseLog::OnOutcome(const CloseOutcome& outcome) {
  std::vector<LogField> fields = {{"outcome", OutcomeName(outcome.outcome)}};
  for (LogField& field : FieldsOf(outcome.intent_id, outcome.intent)) fields.push_back(std::move(field));
  if (outcome.windows_error != 0) {
    fields.emplace_back("windows_error", outcome.windows_error);
    fields.emplace_back("windows_error_name", WindowsErrorName(outcome.windows_error));
  }
  if (!outcome.cause.empty()) fields.emplace_back("cause", outcome.cause);
  fields.emplace_back("message", outcome.message);
  fields.emplace_back("took", outcome.duration);
  Log(IsAsIntended(outcome.outcome) ? LogLevel::kInfo : LogLevel::kWarning, "close-outcome", fields);
}

}  // namespace idlewarden::agent
