#include "agent/metrics/metric_table.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace idlewarden::agent {
namespace {

constexpr MetricDescription kMetrics[] = {
    // Servers.
    {"idlewarden_server_up", "gauge", "server", "1 if the last enumeration of the server succeeded, else 0."},
    {"idlewarden_server_last_success_timestamp_seconds", "gauge", "server",
     "When the server was last enumerated successfully. Absent until the first time."},
    {"idlewarden_server_last_enumeration_duration_seconds", "gauge", "server",
     "How long the last enumeration of the server took, whether it succeeded or not."},
    {"idlewarden_server_sessions", "gauge", "server", "Sessions of the last complete enumeration of the server."},
    {"idlewarden_server_idle_trust", "gauge", "server, trust",
     "1 for the trust in the server's idle times that is in force, 0 for the others. With none no idle rule acts "
     "there."},
    {"idlewarden_server_rule_without_effect", "gauge", "server, rule",
     "1 for each rule that cannot act on the server because its idle times cannot be believed."},
    {"idlewarden_protected_unknown_sessions", "gauge", "server, protection",
     "Sessions of the server that the protection keeps although nobody can know whether it is for them "
     "(docs/policy.md). "
     "Absent where it keeps none so."},
    {"idlewarden_server_breaker", "gauge", "server, state",
     "1 for the state that the server's breaker is in, 0 for the others. Nothing is closed there while it is open; "
     "half-open, one attempt at a time."},
    {"idlewarden_server_enumeration_errors_total", "counter", "server, cause",
     "Failed enumerations of the server by cause. Causes that did not occur have no series."},
    {"idlewarden_enumerations_total", "counter", "result",
     "Enumerations of all servers: ok, or the cause of the failure."},
    {"idlewarden_enumeration_duration_seconds", "histogram", "", "Duration of enumerations of all servers."},
    // Policy.
    {"idlewarden_policy_info", "gauge", "hash", "1 for the policy in force."},
    {"idlewarden_policy_loaded_timestamp_seconds", "gauge", "", "When the policy in force was loaded."},
    {"idlewarden_policy_reloads_total", "counter", "result",
     "Attempts to load the policy: ok, or failed, where the last good one stays in force."},
    {"idlewarden_rule_info", "gauge", "rule, mode", "1 for each rule of the policy in force, with its mode."},
    {"idlewarden_mode_info", "gauge", "mode",
     "1 for the agent's mode, the ceiling for every rule: observe or enforce."},
    // Decisions and closes.
    {"idlewarden_decisions_total", "counter", "rule, decision",
     "Decisions on sessions, counted when the decision changes for a session. Rule is empty where none matched."},
    {"idlewarden_closes_total", "counter", "rule, outcome",
     "Closes by what was seen afterwards (docs/servers.md describes the outcomes)."},
    {"idlewarden_close_duration_seconds", "histogram", "",
     "Duration of closes, from the re-check before the call to the verification after it."},
    {"idlewarden_close_queue_length", "gauge", "", "Pairs that wait in the gate for their turn."},
    {"idlewarden_held_pairs", "gauge", "limit", "Pairs of the newest plan that each limit holds back."},
    {"idlewarden_exemptions", "gauge", "", "Exemptions in force."},
    {"idlewarden_rule_demoted", "gauge", "rule",
     "1 for each rule that fell back to observe because its closes went wrong. Absent for the others."},
    {"idlewarden_paused", "gauge", "", "1 while an operator has paused closing, else 0."},
    {"idlewarden_hold", "gauge", "cause", "1 for each cause for which nothing at all is closed at present, else 0."},
    {"idlewarden_hold_info", "gauge", "cause, reason", "1 for each cause that holds at present, with its reason."},
    {"idlewarden_pairs_backed_off", "gauge", "",
     "Pairs that are left alone for a while because they came back within a minute three times in a row."},
    {"idlewarden_closes_without_outcome", "gauge", "",
     "Closes that an earlier run sent and whose outcome is not known yet, because the server did not answer since."},
    {"idlewarden_cycle_duration_seconds", "histogram", "", "Duration of evaluating and planning all sessions once."},
    {"idlewarden_cycle_sessions", "gauge", "", "Sessions that the last cycle decided on."},
    // Names of clients.
    {"idlewarden_client_lookups_total", "counter", "kind, result",
     "Look-ups of hosts and of clients' addresses in DNS by how they ended."},
    {"idlewarden_client_addresses", "gauge", "", "Addresses of clients whose names are known or are being asked for."},
    {"idlewarden_client_questions_waiting", "gauge", "",
     "Questions to DNS that wait for their turn. Where it does not go down, resolve_clients.per_second is too low."},
    // The program.
    {"idlewarden_worker_restarts_total", "counter", "", "Restarts of the SMB worker process."},
    {"idlewarden_build_info", "gauge", "version", "1 for the version of the agent."},
    {"process_cpu_seconds_total", "counter", "", "User and system time of the agent's process."},
    {"process_resident_memory_bytes", "gauge", "", "Resident memory of the agent's process."},
    {"process_virtual_memory_bytes", "gauge", "", "Virtual memory of the agent's process."},
    {"process_start_time_seconds", "gauge", "", "When the agent's process was started."},
    {"process_open_fds", "gauge", "", "Open file descriptors of the agent's process."},
    {"process_max_fds", "gauge", "", "Most file descriptors that the agent's process may open."},
    {"process_threads", "gauge", "", "Threads of the agent's process."},
};

// "ok", the causes of ErrorDetail in backend.proto, and `settings` of an entry that no server could be built from.
constexpr const char* kCauses[] = {"ok",      "access-denied",   "auth-failed", "refused",      "unreachable",
                                   "timeout", "name-resolution", "protocol",    "disconnected", "server-error",
                                   "worker",  "internal",        "settings"};
constexpr const char* kDecisions[] = {"keep", "pending", "would-close", "held", "close"};
constexpr const char* kOutcomes[] = {"closed", "gone-already", "became-active", "withdrawn", "survived",
                                     "denied", "failed",       "expired",       "refused",   "returned"};
constexpr const char* kHolds[] = {"paused", "hold-file", "inhibitor", "ledger"};
constexpr const char* kLimits[] = {"limit-server", "limit-rule", "limit-cycle"};
constexpr const char* kLookupKinds[] = {"host", "address"};
constexpr const char* kLookupResults[] = {"found", "none", "unconfirmed", "timeout", "failed"};
constexpr const char* kIdleTrusts[] = {"reported", "derived", "none"};
constexpr const char* kBreakerStates[] = {"closed", "open", "half-open"};

constexpr const char kPageHead[] = R"(# Metrics

`/metrics` of the agent's HTTP port (`listen.http`), in the Prometheus text format. This page is generated from
agent/metrics/metric_table.cc: `bazel run //agent/metrics:write_reference_page > docs/metrics.md`.

| metric | type | labels | what |
|---|---|---|---|
)";

}  // namespace

absl::Span<const MetricDescription> AllMetrics() { return kMetrics; }

std::string HelpOf(const std::string& name) {
  for (const MetricDescription& metric : kMetrics) {
    if (name == metric.name) return metric.help;
  }
  return "";
}

absl::Span<const char* const> Causes() { return kCauses; }
absl::Span<const char* const> Decisions() { return kDecisions; }
absl::Span<const char* const> Outcomes() { return kOutcomes; }
absl::Span<const char* const> Holds() { return kHolds; }
absl::Span<const char* const> HoldingLimits() { return kLimits; }
absl::Span<const char* const> LookupKinds() { return kLookupKinds; }
absl::Span<const char* const> LookupResults() { return kLookupResults; }
absl::Span<const char* const> IdleTrusts() { return kIdleTrusts; }
absl::Span<const char* const> BreakerStates() { return kBreakerStates; }

std::vector<double> DurationBuckets() {
  return {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};
}

std::string MetricReferencePage() {
  std::string page = kPageHead;
  for (const MetricDescription& metric : kMetrics) {
    const std::string labels = *metric.labels == '\0' ? "–" : absl::StrCat("`", metric.labels, "`");
    absl::StrAppend(&page, "| `", metric.name, "` | ", metric.type, " | ", labels, " | ", metric.help, " |\n");
  }
  const auto list = [](absl::Span<const char* const> words) { return absl::StrJoin(words, "`, `"); };
  absl::StrAppend(&page, "\nLabel values:\n\n");
  absl::StrAppend(&page, "* `result` of enumerations and `cause`: `", list(Causes()), "` (`ok` only as a result)\n");
  absl::StrAppend(&page, "* `result` of reloads: `ok`, `failed`\n");
  absl::StrAppend(&page, "* `decision`: `", list(Decisions()), "`\n");
  absl::StrAppend(&page, "* `outcome`: `", list(Outcomes()), "`\n");
  absl::StrAppend(&page, "* `cause` of holds: `", list(Holds()), "`\n");
  absl::StrAppend(&page, "* `limit`: `", list(HoldingLimits()), "`\n");
  absl::StrAppend(&page, "* `kind` of look-ups: `", list(LookupKinds()), "`\n");
  absl::StrAppend(&page, "* `result` of look-ups: `", list(LookupResults()), "`\n");
  absl::StrAppend(&page, "* `trust`: `", list(IdleTrusts()), "`\n");
  absl::StrAppend(&page, "* `state`: `", list(BreakerStates()), "`\n");
  absl::StrAppend(
      &page,
      "* `rule`, `protection`: the names of the policy's rules and protections; `server`: the names of the settings\n");
  absl::StrAppend(&page,
                  "\nA server that is removed from the settings leaves no series behind. Series of a rule exist "
                  "from the moment its\npolicy is loaded.\n");
  return page;
}

}  // namespace idlewarden::agent
