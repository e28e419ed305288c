#include "agent/loop/testing/agent_fixture.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "policy/model/decision.h"

namespace idlewarden::agent {

AgentFixture::AgentFixture(EventLoop& loop)
    : loop_(loop), sink_([this](const LogRecord& record) { log_.push_back(record); }), metrics_("test") {
  options.name = "agent-under-test";
  options.version = "test";
  options.observe_only = false;
  options.executor.rates = {
      .closes_per_second = 100, .burst = 100, .closes_per_second_per_server = 100, .burst_per_server = 100};
}

AgentFixture::~AgentFixture() = default;

void AgentFixture::Start() {
  holder_ = std::make_unique<PolicyHolder>(
      "policy.yaml",
      [this]() -> absl::StatusOr<policy::PolicySource> {
        if (!policy_error.ok()) return policy_error;
        return policy::PolicySource{.file_name = "policy.yaml", .text = policy, .read_list_file = nullptr};
      },
      policy::CompileOptions{});
  const PolicyHolder::Attempt attempt = holder_->Reload(loop_.Now());
  if (!attempt.taken) {
    std::cerr << holder_->last_error() << "\n";
    std::abort();
  }
  agent_ = std::make_unique<AgentLoop>(loop_, options, *holder_, journal_, ledger_, metrics_, dns);
}

void AgentFixture::Restart() {
  agent_.reset();
  agent_ = std::make_unique<AgentLoop>(loop_, options, *holder_, journal_, ledger_, metrics_, dns);
  if (absl::Status status = agent_->RestoreState(); !status.ok()) {
    std::cerr << status << "\n";
    std::abort();
  }
}

SimulatedServer& AgentFixture::AddServer(const std::string& name, SimulatedServerOptions server_options) {
  server_options.name = name;
  auto server = std::make_unique<SimulatedServer>(server_options, &loop_);
  SimulatedServer& added = *server;
  ServerEntry entry;
  entry.name = name;
  entry.labels = {{"site", "test"}};
  entry.server = std::move(server);
  agent_->AddServer(std::move(entry));
  return added;
}

std::string AgentFixture::OutcomesOf(absl::string_view user) const {
  const std::shared_ptr<const AgentView> now = view();
  std::string text;
  for (auto recent = now->recent_closes.rbegin(); recent != now->recent_closes.rend(); ++recent) {
    if (recent->close.intent.user != user) continue;
    absl::StrAppend(&text, text.empty() ? "" : " ", OutcomeName(recent->close.outcome));
  }
  return text;
}

std::string AgentFixture::DecisionOf(absl::string_view user) const {
  const std::shared_ptr<const CycleView> cycle = view()->cycle;
  if (cycle == nullptr) return "";
  for (size_t server = 0; server < cycle->table.server_count(); ++server) {
    const policy::ServerView rows = cycle->table.server(server);
    for (size_t row = 0; row < rows.size(); ++row) {
      if (rows.session(row).user != user) continue;
      const policy::SessionDecision& decision = cycle->result.decisions[server][row];
      return absl::StrCat(policy::DecisionName(decision.decision), "/", policy::ReasonName(decision.reason));
    }
  }
  return "";
}

const ServerStatus& AgentFixture::StatusOf(absl::string_view server) const {
  static const ServerStatus kAbsent;
  kept_ = view();
  const auto found = std::find_if(kept_->servers.begin(), kept_->servers.end(),
                                  [&](const auto& status) { return status->name == server; });
  return found == kept_->servers.end() ? kAbsent : **found;
}

std::string AgentFixture::Metric(absl::string_view series) const {
  const std::string text = metrics_.TextFormat();
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    const std::string start = absl::StrCat(series, " ");
    if (absl::StartsWith(line, start)) return std::string(line.substr(start.size()));
  }
  return "";
}

std::vector<LogRecord> AgentFixture::Events(absl::string_view event) const {
  std::vector<LogRecord> found;
  for (const LogRecord& record : log_) {
    if (record.event == event) found.push_back(record);
  }
  return found;
}

}  // namespace idlewarden::agent
