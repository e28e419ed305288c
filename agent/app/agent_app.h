// AgentApp: the agent as a process, from its settings file to its clean end. Start is a list of steps; what a step has
// made is taken down in reverse order, however far the start came.
//
// Threads: made, run and destroyed on the main thread, which is the event loop's. Stop and Reload from any.

#ifndef IDLEWARDEN_AGENT_APP_AGENT_APP_H_
#define IDLEWARDEN_AGENT_APP_AGENT_APP_H_

#include <atomic>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "agent/app/file_watcher.h"
#include "agent/app/hold_file.h"
#include "agent/app/ledger_upkeep.h"
#include "agent/clock/real_event_loop.h"
#include "agent/control/control_server.h"
#include "agent/executor/journal/ledger_journal.h"
#include "agent/http/http_server.h"
#include "agent/inhibitors/inhibitor.h"
#include "agent/ledger/ledger.h"
#include "agent/ledger/state_lock.h"
#include "agent/loop/agent_loop.h"
#include "agent/loop/agent_view.h"
#include "agent/loop/policy_holder.h"
#include "agent/metrics/metrics.h"
#include "agent/names/dns_client.h"
#include "agent/servers/backend/worker_process.h"
#include "agent/servers/inventory.h"
#include "agent/settings/settings.h"
#include "policy/diagnostics/diagnostic.h"

namespace idlewarden::agent {

class AgentApp {
 public:
  // What a clean end may take, from Stop to the end of the destructor.
  static constexpr unsigned kStopSeconds = 5;

  struct Options {
    std::string config;                            // path of the settings file
    absl::Duration file_check = absl::Seconds(1);  // how often files are looked at for changes
  };

  explicit AgentApp(Options options);
  ~AgentApp();
  AgentApp(const AgentApp&) = delete;
  AgentApp& operator=(const AgentApp&) = delete;

  // Reads settings and policy. All findings of both are in diagnostics(); false if there are errors among them.
  bool Check();
  const std::vector<policy::Diagnostic>& diagnostics() const { return diagnostics_; }

  // After Check: opens what the agent listens on, starts what it needs and begins to poll. The error names the step.
  absl::Status Start();
  // Works until Stop.
  void Run();

  // From any thread; Stop may come before Run.
  void Stop();
  void Reload();
  // What the agent knows; null before Start. From any thread.
  std::shared_ptr<const AgentView> view() const { return agent_ == nullptr ? nullptr : agent_->view(); }

 private:
  absl::Status ClaimState();
  absl::Status OpenLedger();
  absl::Status MakeLoop();
  absl::Status OpenHttp();
  absl::Status OpenControl();
  absl::Status RestoreState();
  absl::Status KeepLedger();
  absl::Status WatchHoldFile();
  absl::Status AskInhibitors();
  absl::Status StartWorker();
  absl::Status AddServers();
  absl::Status WatchFiles();

  HealthReport Healthz() const;
  std::vector<std::string> PolicyFiles() const;
  // Takes over what changed among the server entries, and what makes the agent safer: another hold file, mode observe.
  // Bad settings leave everything as it is.
  void ReloadServers();
  void ApplyServerChanges(Settings now);
  void ApplyHoldSettings(const Settings& now);
  void NoteInhibitors();
  // True if the entry is of use; else its server is shown as down, and the entry is tried again from time to time.
  bool AddServer(const ServerSettings& settings);
  void RetryUnusable();
  void BeginStop();

  Options options_;
  std::vector<policy::Diagnostic> diagnostics_;
  Settings settings_;

  // In the order in which they are made; destroyed in reverse.
  RealEventLoop loop_;
  std::unique_ptr<AgentMetrics> metrics_;
  std::unique_ptr<PolicyHolder> policy_;
  std::optional<StateLock> state_lock_;
  std::optional<Ledger> ledger_;
  std::unique_ptr<LedgerJournal> ledger_journal_;
  std::vector<UnresolvedClose> left_open_;  // by an earlier run, until the servers are there
  std::unique_ptr<WorkerProcess> worker_;
  std::unique_ptr<DnsClient> dns_;  // null: names of clients are not asked for
  std::unique_ptr<AgentLoop> agent_;
  std::unique_ptr<HttpServer> http_;
  std::unique_ptr<ControlServer> control_;
  std::unique_ptr<LedgerUpkeep> ledger_upkeep_;
  std::unique_ptr<HoldFile> hold_file_;
  std::vector<std::unique_ptr<Inhibitor>> inhibitors_;
  std::unique_ptr<FileWatcher> policy_watcher_;
  std::unique_ptr<FileWatcher> settings_watcher_;

  std::set<std::string> unusable_;  // names of entries that no server could be built from
  EventLoop::TimerId retry_timer_ = 0;
  std::atomic<int64_t> loop_seen_at_{0};  // steady, Unix seconds at which the event loop was last seen to turn
  bool stopping_ = false;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_APP_AGENT_APP_H_
