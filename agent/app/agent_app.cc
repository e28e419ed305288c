#include "agent/app/agent_app.h"

#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "agent/app/loop_options.h"
#include "agent/app/readiness.h"
#include "agent/app/service_manager.h"
#include "agent/inhibitors/curl_http_client.h"
#include "agent/ledger/ledger_file.h"
#include "agent/log/log.h"
#include "agent/names/cares_client.h"
#include "agent/overrides/hold.h"
#include "agent/servers/backend/find_worker.h"
#include "agent/servers/misconfigured_server.h"
#include "agent/settings/file_content.h"
#include "agent/settings/one_line.h"
#include "agent/settings/policy_file.h"
#include "agent/settings/settings_reader.h"
#include "agent/version/version.h"

namespace idlewarden::agent {

namespace {

// What an entry needs (the file of a recorded server, the worker's program) may come later.
constexpr absl::Duration kRetryUnusable = absl::Seconds(5);
// The parts of a clean end: closes under way, HTTP requests, the worker. With the control plane's half second they must
// stay below kStopSeconds.
constexpr absl::Duration kDrain = absl::Milliseconds(1500);
constexpr int kHttpRequestMs = 1000;
constexpr absl::Duration kWorkerStop = absl::Seconds(1);
// A loop that has not turned for this long is stuck.
constexpr int64_t kStuckSeconds = 30;

void LogDiagnostics(const std::vector<policy::Diagnostic>& diagnostics) {
  for (const policy::Diagnostic& diagnostic : diagnostics) {
    Log(diagnostic.severity == policy::Severity::kError ? LogLevel::kError : LogLevel::kWarning, "settings-diagnostic",
        {{"diagnostic", policy::FormatDiagnostic(diagnostic)}});
  }
}

std::string FirstError(const std::vector<policy::Diagnostic>& diagnostics) {
  for (const policy::Diagnostic& diagnostic : diagnostics) {
    if (diagnostic.severity == policy::Severity::kError) return policy::FormatDiagnostic(diagnostic);
  }
  return "";
}

}  // namespace

AgentApp::AgentApp(Options options) : options_(std::move(options)) {}

AgentApp::~AgentApp() = default;

bool AgentApp::Check() {
  SettingsResult read = ReadSettings(options_.config);
  diagnostics_ = std::move(read.diagnostics);
  settings_ = std::move(read.settings);
  if (settings_.policy.empty()) return !policy::HasErrors(diagnostics_);
  policy_ = std::make_unique<PolicyHolder>(
      settings_.policy, [file = settings_.policy] { return ReadPolicyFile(file); },
      policy::CompileOptions{.shortest_polling = settings_.polling.shortest});
  PolicyHolder::Attempt attempt = policy_->Reload(loop_.Now());
  diagnostics_.insert(diagnostics_.end(), attempt.diagnostics.begin(), attempt.diagnostics.end());
  return !policy::HasErrors(diagnostics_);
}

absl::Status AgentApp::Start() {
  struct Step {
    const char* name;
    absl::Status (AgentApp::*act)();
  };
  const Step steps[] = {
      {"state", &AgentApp::ClaimState},
      {"ledger", &AgentApp::OpenLedger},
      {"loop", &AgentApp::MakeLoop},
      {"http", &AgentApp::OpenHttp},
      {"control", &AgentApp::OpenControl},
      {"earlier run", &AgentApp::RestoreState},
      {"upkeep", &AgentApp::KeepLedger},
      {"hold file", &AgentApp::WatchHoldFile},
      {"inhibitors", &AgentApp::AskInhibitors},
      {"worker", &AgentApp::StartWorker},
      {"servers", &AgentApp::AddServers},
      {"watch", &AgentApp::WatchFiles},
  };
  for (const Step& step : steps) {
    absl::Status status = (this->*step.act)();
    if (!status.ok()) return absl::Status(status.code(), absl::StrCat(step.name, ": ", status.message()));
    Log(LogLevel::kDebug, "start-step", {{"step", step.name}});
  }
  control_->SetServing(true);
  Log(LogLevel::kInfo, "started",
      {{"agent", settings_.name},
       {"version", kVersion},
       {"mode", AgentModeName(settings_.mode)},
       {"policy", policy_->policy()->hash()},
       {"servers", settings_.servers.size()},
       {"http", http_->address()},
       {"control", settings_.listen.control}});
  NotifyServiceManager("READY=1");
  return absl::OkStatus();
}

absl::Status AgentApp::ClaimState() {
  std::error_code error;
  std::filesystem::create_directories(settings_.state_dir, error);
  if (error) {
    return absl::FailedPreconditionError(absl::StrCat("cannot make state_dir ", settings_.state_dir, ": ",
                                                      error.message(), "; name another one in the settings"));
  }
  // Before the ledger is opened, which may migrate it: that of another agent, perhaps an older one, must not be
  // touched, and its intents not be taken for forgotten ones.
  absl::StatusOr<StateLock> lock = StateLock::Take(settings_.state_dir);
  if (!lock.ok()) return lock.status();
  state_lock_.emplace(*std::move(lock));
  return absl::OkStatus();
}

absl::Status AgentApp::OpenLedger() {
  absl::StatusOr<Ledger> ledger = Ledger::Open(LedgerPath(settings_.state_dir));
  if (!ledger.ok()) return ledger.status();
  ledger_.emplace(*std::move(ledger));
  ledger_journal_ = std::make_unique<LedgerJournal>(*ledger_, settings_.name, loop_);
  return absl::OkStatus();
}

absl::Status AgentApp::RestoreState() {
  absl::StatusOr<std::vector<UnresolvedClose>> left_open = ledger_journal_->TakeOpenIntents();
  if (!left_open.ok()) return left_open.status();
  if (!left_open->empty()) Log(LogLevel::kWarning, "closes-left-open", {{"closes", left_open->size()}});
  left_open_ = *std::move(left_open);
  return agent_->RestoreState();
}

absl::Status AgentApp::MakeLoop() {
  if (absl::StatusOr<LogLevel> level = ParseLogLevel(settings_.log_level); level.ok()) SetLogLevel(*level);
  LogDiagnostics(diagnostics_);
  metrics_ = std::make_unique<AgentMetrics>(kVersion);
  const auto random_seed = static_cast<uint64_t>(absl::ToUnixNanos(loop_.Now()));
  if (settings_.resolve_clients.enabled) {
    auto dns = CaresClient::Make(
        loop_, {.nameservers = settings_.resolve_clients.nameservers, .timeout = settings_.resolve_clients.timeout});
    if (!dns.ok()) return dns.status();
    dns_ = *std::move(dns);
  }
  agent_ = std::make_unique<AgentLoop>(loop_, LoopOptionsOf(settings_, random_seed), *policy_, *ledger_journal_,
                                       *ledger_, *metrics_, dns_.get());
  return absl::OkStatus();
}

absl::Status AgentApp::OpenHttp() {
  loop_seen_at_ = absl::ToInt64Seconds(loop_.SteadyNow().since_origin());
  HttpServerOptions options;
  options.address = settings_.listen.http;
  options.request_timeout_ms = kHttpRequestMs;
  options.metrics = [this] { return metrics_->TextFormat(); };
  options.healthz = [this] { return Healthz(); };
  options.readyz = [this] { return ReadinessOf(*agent_->view()); };
  auto http = HttpServer::Start(std::move(options));
  if (!http.ok()) return http.status();
  http_ = *std::move(http);
  agent_->SetHttpAddress(http_->address());
  return absl::OkStatus();
}

HealthReport AgentApp::Healthz() const {
  const int64_t silent = absl::ToInt64Seconds(loop_.SteadyNow().since_origin()) - loop_seen_at_;
  if (silent <= kStuckSeconds) return {};
  return {.ok = false, .text = absl::StrCat("the event loop has not turned for ", silent, " s\n")};
}

absl::Status AgentApp::KeepLedger() {
  ledger_upkeep_ = std::make_unique<LedgerUpkeep>(
      loop_, *ledger_, *ledger_journal_,
      LedgerUpkeepOptions{.retention = settings_.audit.retention, .json_lines = settings_.audit.json_lines},
      [this](const absl::Status& writable) {
        Overrides& overrides = agent_->overrides();
        writable.ok() ? overrides.EndHold(HoldCause::kLedger)
                      : overrides.BeginHold(HoldCause::kLedger, OneLine(std::string(writable.message()), 200));
      });
  return absl::OkStatus();
}

absl::Status AgentApp::WatchHoldFile() {
  hold_file_.reset();
  if (settings_.hold_file.empty()) {
    agent_->overrides().EndHold(HoldCause::kHoldFile);
    return absl::OkStatus();
  }
  hold_file_ = std::make_unique<HoldFile>(loop_, settings_.hold_file, [this](const std::optional<std::string>& reason) {
    reason.has_value() ? agent_->overrides().BeginHold(HoldCause::kHoldFile, *reason)
                       : agent_->overrides().EndHold(HoldCause::kHoldFile);
  });
  return absl::OkStatus();
}

absl::Status AgentApp::AskInhibitors() {
  for (const InhibitorSettings& settings : settings_.inhibitors) {
    const bool prometheus = settings.source == InhibitorSettings::Source::kPrometheus;
    InhibitorOptions options{
        .source = prometheus ? InhibitorOptions::Source::kPrometheus : InhibitorOptions::Source::kAlertmanager,
        .url = settings.url,
        .alerts = settings.alerts,
        .every = settings.every};
    inhibitors_.push_back(std::make_unique<Inhibitor>(
        loop_, std::move(options), std::make_unique<CurlHttpClient>(loop_), [this] { NoteInhibitors(); }));
  }
  NoteInhibitors();
  return absl::OkStatus();
}

void AgentApp::NoteInhibitors() {
  std::vector<std::string> reasons;
  for (const auto& inhibitor : inhibitors_) {
    if (inhibitor->reason().has_value()) reasons.push_back(*inhibitor->reason());
  }
  if (reasons.empty()) return agent_->overrides().EndHold(HoldCause::kInhibitor);
  agent_->overrides().BeginHold(HoldCause::kInhibitor, OneLine(absl::StrJoin(reasons, "; "), 500));
}

absl::Status AgentApp::StartWorker() {
  if (worker_ != nullptr || !NeedsSmbWorker(settings_)) return absl::OkStatus();
  absl::StatusOr<std::string> program = FindWorkerBinary("", settings_.smb_worker);
  if (!program.ok()) return program.status();
  WorkerProcessOptions options;
  options.program = *std::move(program);
  options.stop_timeout = kWorkerStop;
  options.on_restart = [this] {
    metrics_->WorkerRestarted();
    agent_->SetWorkerRestarts(worker_->restarts());
  };
  auto worker = WorkerProcess::Start(std::move(options), &loop_);
  if (!worker.ok()) return worker.status();
  worker_ = *std::move(worker);
  return absl::OkStatus();
}

absl::Status AgentApp::AddServers() {
  // Built all before the first is polled: one bad entry must not leave a start half done.
  auto inventory = BuildInventory(settings_, &loop_, worker_.get());
  if (!inventory.ok()) return inventory.status();
  for (ServerEntry& entry : *inventory) agent_->AddServer(std::move(entry));
  agent_->RestoreUnresolved(std::exchange(left_open_, {}));
  return absl::OkStatus();
}

absl::Status AgentApp::OpenControl() {
  AgentServiceOptions options;
  options.source_of = [folder = FolderOf(settings_.policy)](std::string text) {
    return PolicyFromText(std::move(text), "policy.yaml", folder);
  };
  options.compile.shortest_polling = settings_.polling.shortest;
  auto service = std::make_unique<AgentService>(loop_, *agent_, std::move(options));
  auto control = ControlServer::Start(settings_.listen.control, std::move(service));
  if (!control.ok()) return control.status();
  control_ = *std::move(control);
  return absl::OkStatus();
}

std::vector<std::string> AgentApp::PolicyFiles() const {
  std::vector<std::string> files = {settings_.policy};
  for (const std::string& file : policy_->list_files()) files.push_back(ResolvePath(file, FolderOf(settings_.policy)));
  return files;
}

absl::Status AgentApp::WatchFiles() {
  policy_watcher_ = std::make_unique<FileWatcher>(
      loop_, options_.file_check,
      [this] {
        loop_seen_at_ = absl::ToInt64Seconds(loop_.SteadyNow().since_origin());
        return PolicyFiles();
      },
      [this] { agent_->Reload("file"); });
  settings_watcher_ = std::make_unique<FileWatcher>(
      loop_, options_.file_check,
      [this] {
        std::vector<std::string> files = settings_.files_read;
        files.insert(files.end(), settings_.server_files.begin(), settings_.server_files.end());
        return files;
      },
      [this] { ReloadServers(); });
  return absl::OkStatus();
}

void AgentApp::ReloadServers() {
  SettingsResult read = ReadSettings(options_.config);
  LogDiagnostics(read.diagnostics);
  if (policy::HasErrors(read.diagnostics)) {
    Log(LogLevel::kError, "settings-reload-failed", {{"file", options_.config}});
    agent_->SetSettingsError(FirstError(read.diagnostics));
    return;
  }
  ApplyHoldSettings(read.settings);
  if (NeedsRestart(settings_, read.settings)) {
    Log(LogLevel::kWarning, "settings-need-restart", {{"file", options_.config}});
    agent_->SetSettingsError("some of them need a restart; the others were taken over");
  } else {
    agent_->SetSettingsError("");
  }
  ApplyServerChanges(std::move(read.settings));
}

void AgentApp::ApplyHoldSettings(const Settings& now) {
  if (now.mode == AgentMode::kObserve) {
    settings_.mode = now.mode;
    agent_->ObserveOnly();
  }
  if (settings_.hold_file == now.hold_file) return;
  settings_.hold_file = now.hold_file;
  WatchHoldFile().IgnoreError();  // never one
}

void AgentApp::ApplyServerChanges(Settings now) {
  const InventoryChange change = CompareServers(settings_.servers, now.servers);
  settings_.servers = std::move(now.servers);
  settings_.server_files = std::move(now.server_files);
  settings_.files_read = std::move(now.files_read);
  for (const std::string& name : change.removed) {
    Log(LogLevel::kInfo, "server-removed", {{"server", name}});
    unusable_.erase(name);
    agent_->RemoveServer(name);
  }
  if (absl::Status status = StartWorker(); !status.ok()) {
    Log(LogLevel::kError, "worker-not-started", {{"error", status}});
  }
  RetryUnusable();
  for (const auto* entries : {&change.added, &change.changed}) {
    for (const ServerSettings& entry : *entries) {
      unusable_.erase(entry.name);  // an entry that changed is said anew
      AddServer(entry);
    }
  }
  Log(LogLevel::kInfo, "settings-loaded",
      {{"added", change.added.size()}, {"changed", change.changed.size()}, {"removed", change.removed.size()}});
}

bool AgentApp::AddServer(const ServerSettings& settings) {
  auto entry = BuildServer(settings, &loop_, worker_.get());
  if (entry.ok()) {
    Log(LogLevel::kInfo, "server-added", {{"server", settings.name}, {"backend", BackendName(settings.backend)}});
    agent_->AddServer(*std::move(entry));
    return true;
  }
  if (!unusable_.insert(settings.name).second) return false;  // tried again, and said already
  Log(LogLevel::kError, "server-unusable", {{"server", settings.name}, {"error", entry.status()}});
  agent_->AddServer({.name = settings.name,
                     .labels = settings.labels,
                     .server = std::make_unique<MisconfiguredServer>(settings.name, entry.status())});
  if (retry_timer_ == 0) retry_timer_ = loop_.RunAt(loop_.SteadyNow() + kRetryUnusable, [this] { RetryUnusable(); });
  return false;
}

void AgentApp::RetryUnusable() {
  loop_.CancelTimer(std::exchange(retry_timer_, 0));
  if (unusable_.empty()) return;
  if (absl::Status status = StartWorker(); !status.ok()) {
    Log(LogLevel::kDebug, "worker-not-started", {{"error", status}});
  }
  for (const ServerSettings& entry : settings_.servers) {
    if (unusable_.contains(entry.name) && AddServer(entry)) unusable_.erase(entry.name);
  }
  if (!unusable_.empty()) retry_timer_ = loop_.RunAt(loop_.SteadyNow() + kRetryUnusable, [this] { RetryUnusable(); });
}

void AgentApp::Run() { loop_.Run(); }

void AgentApp::Reload() {
  loop_.Post([this] {
    agent_->Reload("signal");
    ReloadServers();
  });
}

void AgentApp::Stop() {
  loop_.Post([this] { BeginStop(); });
}

void AgentApp::BeginStop() {
  if (std::exchange(stopping_, true)) return;
  NotifyServiceManager("STOPPING=1");
  Log(LogLevel::kInfo, "stopping");
  control_->SetServing(false);
  const auto end = [this] {
    agent_->overrides().backlog().WriteWaiting().IgnoreError();
    ledger_upkeep_->Flush();
    loop_.Stop();
  };
  agent_->Stop(end);
  loop_.RunAt(loop_.SteadyNow() + kDrain, [this, end] {
    agent_->Abandon();
    end();
  });
}

}  // namespace idlewarden::agent
