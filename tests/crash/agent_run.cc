#include "tests/crash/agent_run.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <new>
#include <utility>

#include "agent/clock/real_clock.h"
#include "agent/clock/simulated_event_loop.h"
#include "agent/executor/journal/journal.h"
#include "agent/executor/journal/ledger_journal.h"
#include "agent/ledger/ledger.h"
#include "agent/log/log.h"
#include "agent/loop/agent_loop.h"
#include "agent/loop/policy_holder.h"
#include "agent/metrics/metrics.h"
#include "agent/servers/inventory.h"
#include "agent/servers/server_error.h"
#include "agent/servers/session_server.h"
#include "gtest/gtest.h"
#include "policy/model/client_name.h"

namespace idlewarden::crash {

namespace {

constexpr char kPolicy[] = R"(
version: 1
limits: {max_closes_per_cycle: unlimited, max_percent_per_server: unlimited}
rules:
  - {name: left-the-desk, when: {idle: 1h}, mode: enforce}
)";

// What the parent reads after the child is dead.
struct Progress {
  std::atomic<int64_t> steps{0};
  std::atomic<Step> last{Step::kBeforeIntent};
};

class Killer {
 public:
  Killer(Progress& progress, int64_t kill_at) : progress_(progress), kill_at_(kill_at) {}

  void At(Step step) {
    progress_.last = step;
    if (++progress_.steps == kill_at_) kill(getpid(), SIGKILL);
  }

 private:
  Progress& progress_;
  const int64_t kill_at_;
};

// One server of the fleet, for one run.
class FleetServer final : public agent::SessionServer {
 public:
  FleetServer(Fleet& fleet, int server, int run, const agent::Clock& clock, Killer& killer)
      : fleet_(fleet), server_(server), run_(run), clock_(clock), killer_(killer), name_(Fleet::ServerName(server)) {}

  const std::string& name() const override { return name_; }

  void Enumerate(const agent::EnumerateRequest& request, EnumerateCallback done) override {
    if (!request.client.empty()) killer_.At(Step::kReserved);
    agent::Enumeration answer;
    for (policy::Session& session : fleet_.Sessions(server_, clock_.Now())) {
      if (!request.client.empty() && !policy::SameClient(session.client, request.client)) continue;
      Note(Kind::kLook, session.client, session.user, /*found=*/true);
      answer.sessions.push_back(std::move(session));
    }
    done(std::move(answer));
  }

  void Close(const agent::CloseRequest& request, CloseCallback done) override {
    killer_.At(Step::kCallArrived);
    const bool found = fleet_.End(Fleet::PairOf(name_, request.client, request.user), clock_.Now());
    Note(Kind::kClose, request.client, request.user, found);
    killer_.At(Step::kCallDone);
    done(found ? absl::OkStatus()
               : agent::ServerError(absl::StatusCode::kNotFound, "server-error", agent::kNerrClientNameNotFound,
                                    "no such session"));
  }

 private:
  void Note(Kind kind, const std::string& client, const std::string& user, bool found) {
    fleet_.Note({.kind = kind,
                 .run = run_,
                 .pair = Fleet::PairOf(name_, client, user),
                 .at_us = absl::ToUnixMicros(clock_.Now()),
                 .found = found});
  }

  Fleet& fleet_;
  const int server_;
  const int run_;
  const agent::Clock& clock_;
  Killer& killer_;
  const std::string name_;
};

// Notes what the journal has, once it has it.
class WatchedJournal final : public agent::Journal {
 public:
  WatchedJournal(agent::Journal& next, Fleet& fleet, int run, const agent::Clock& clock, Killer& killer)
      : next_(next), fleet_(fleet), run_(run), clock_(clock), killer_(killer) {}

  absl::StatusOr<int64_t> WriteIntent(const agent::CloseIntent& intent) override {
    killer_.At(Step::kBeforeIntent);
    absl::StatusOr<int64_t> id = next_.WriteIntent(intent);
    Note(Kind::kIntent, intent, {});
    killer_.At(Step::kAfterIntent);
    return id;
  }

  absl::Status WriteSent(int64_t id, const agent::CloseIntent& intent, agent::SteadyTime rechecked_at) override {
    killer_.At(Step::kBeforeSent);
    absl::Status status = next_.WriteSent(id, intent, rechecked_at);
    killer_.At(Step::kAfterSent);
    return status;
  }

  void WriteOutcome(const agent::CloseOutcome& outcome) override {
    killer_.At(Step::kBeforeOutcome);
    next_.WriteOutcome(outcome);
    Note(Kind::kOutcome, outcome.intent, outcome.outcome);
    killer_.At(Step::kAfterOutcome);
  }

 private:
  void Note(Kind kind, const agent::CloseIntent& intent, agent::Outcome outcome) {
    fleet_.Note({.kind = kind,
                 .run = run_,
                 .pair = Fleet::PairOf(intent.server, intent.client, intent.user),
                 .at_us = absl::ToUnixMicros(clock_.Now()),
                 .outcome = outcome});
  }

  agent::Journal& next_;
  Fleet& fleet_;
  const int run_;
  const agent::Clock& clock_;
  Killer& killer_;
};

agent::AgentLoopOptions LoopOptions() {
  return {.name = "crashing",
          .version = "test",
          .observe_only = false,
          .executor =
              {.rates = {.closes_per_second = 2, .burst = 4, .closes_per_second_per_server = 1, .burst_per_server = 2}},
          .self_demotion = {.enabled = false}};  // it is to go on closing, however its closes end
}

// The exit status.
int Work(Fleet& fleet, const std::string& ledger_path, const RunOptions& options, Progress& progress) {
  agent::ScopedLogSink silent([](const agent::LogRecord&) {});
  agent::SimulatedEventLoop loop(options.start);
  Killer killer(progress, options.kill_at_step);
  absl::StatusOr<agent::Ledger> ledger = agent::Ledger::Open(ledger_path);
  if (!ledger.ok()) return 2;
  agent::LedgerJournal ledger_journal(*ledger, "crashing", loop);
  WatchedJournal journal(ledger_journal, fleet, options.number, loop, killer);
  agent::AgentMetrics metrics("test");
  const policy::PolicySource source{.file_name = "policy.yaml", .text = kPolicy, .read_list_file = nullptr};
  agent::PolicyHolder policy("policy.yaml", [&] { return source; }, {});
  if (!policy.Reload(loop.Now()).taken) return 3;
  absl::StatusOr<std::vector<agent::UnresolvedClose>> left_open = ledger_journal.TakeOpenIntents();
  if (!left_open.ok()) return 4;
  agent::AgentLoop agent(loop, LoopOptions(), policy, journal, *ledger, metrics);
  for (int server = 0; server < kServers; ++server) {
    agent::ServerEntry entry;
    entry.name = Fleet::ServerName(server);
    entry.server = std::make_unique<FleetServer>(fleet, server, options.number, loop, killer);
    agent.AddServer(std::move(entry));
  }
  agent.RestoreUnresolved(*std::move(left_open));
  loop.AdvanceBy(options.length);
  return 0;
}

void KillSelf(int) { kill(getpid(), SIGKILL); }

void SetTimer(absl::Duration after) {
  if (after <= absl::ZeroDuration()) return;
  signal(SIGALRM, KillSelf);
  itimerval timer = {};
  timer.it_value = absl::ToTimeval(after);
  setitimer(ITIMER_REAL, &timer, nullptr);
}

}  // namespace

RunEnd RunAgent(Fleet& fleet, const std::string& ledger_path, const RunOptions& options) {
  void* memory = mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) std::abort();
  auto* progress = new (memory) Progress();
  const absl::Time began = agent::RealClock().Now();
  const pid_t child = fork();
  if (child == 0) {
    SetTimer(options.kill_after);
    _exit(Work(fleet, ledger_path, options, *progress));
  }
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  RunEnd end{.killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
             .last_step = progress->last,
             .steps = progress->steps,
             .took = agent::RealClock().Now() - began};
  EXPECT_TRUE(end.killed || (WIFEXITED(status) && WEXITSTATUS(status) == 0)) << "wait status " << status;
  munmap(memory, sizeof(Progress));
  return end;
}

}  // namespace idlewarden::crash
