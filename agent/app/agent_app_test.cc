// The agent as a process is, but for the process: real files, sockets and event loop, simulated servers.

#include "agent/app/agent_app.h"

#include <stdlib.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "agent/inhibitors/testing/fake_http_server.h"
#include "agent/ledger/database.h"
#include "agent/ledger/ledger.h"
#include "agent/ledger/pause_record.h"
#include "agent/ledger/schema.h"
#include "agent/ledger/state_lock.h"
#include "agent/log/log.h"
#include "agent/overrides/hold.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kPolicy[] = "version: 1\nrules:\n  - {name: idle-ones, when: {idle: 30m}}\n";

class AgentAppTest : public ::testing::Test {
 protected:
  AgentAppTest() {
    char name[] = "/tmp/idlewarden-test-XXXXXX";  // a socket's path is short
    folder_ = mkdtemp(name);
    std::filesystem::create_directory(Path("servers.d"));
    Write("policy.yaml", kPolicy);
    Write("settings.yaml", Settings("fs01"));
  }

  ~AgentAppTest() override {
    StopApp();
    std::filesystem::remove_all(folder_);
  }

  std::string Path(const std::string& name) const { return folder_ + "/" + name; }
  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(Path(name + ".new")) << text;
    std::filesystem::rename(Path(name + ".new"), Path(name));
  }
  std::string Settings(const std::string& server) const {
    return absl::StrCat("version: 1\nname: app-test\npolicy: policy.yaml\nstate_dir: ", folder_,
                        "\nlisten: {control: 'unix:", Path("c.sock"), "', http: '127.0.0.1:0'}\n",
                        "polling: {shortest: 1s, longest: 2s, timeout: 1s}\nservers:\n  - {name: ", server,
                        ", backend: simulated, simulated: {sessions: 20}}\nserver_files: ['servers.d/*.yaml']\n");
  }

  // False if settings or policy are of no use.
  bool StartApp() {
    app_ = std::make_unique<AgentApp>(
        AgentApp::Options{.config = Path("settings.yaml"), .file_check = absl::Milliseconds(50)});
    if (!app_->Check()) return false;
    started_ = app_->Start();
    if (started_.ok()) thread_ = std::thread([this] { app_->Run(); });
    return true;
  }

  void StopApp() {
    if (thread_.joinable()) {
      app_->Stop();
      thread_.join();
    }
    app_.reset();
  }

  // Asks for the view until one is as wanted, and returns that one; fails after a minute.
  template <typename Condition>
  std::shared_ptr<const AgentView> WaitFor(Condition condition) const {
    std::promise<void> never;
    std::future<void> pause = never.get_future();
    for (int asked = 0; asked < 3000; ++asked) {
      std::shared_ptr<const AgentView> view = app_->view();
      if (condition(*view)) return view;
      pause.wait_for(std::chrono::milliseconds(20));
    }
    ADD_FAILURE() << "no view is as wanted";
    return app_->view();
  }
  std::string Hash() const { return app_->view()->policy.policy->hash(); }

  ScopedLogSink silent_{[](const LogRecord&) {}};
  std::string folder_;
  absl::Status started_;
  std::unique_ptr<AgentApp> app_;
  std::thread thread_;
};

TEST_F(AgentAppTest, AllFindingsOfSettingsAreToldAndNothingIsStarted) {
  Write("settings.yaml", Settings("fs01") + "modus: enforce\nexecutor: {burst: 0}\n");
  EXPECT_FALSE(StartApp());
  std::string all;
  for (const auto& diagnostic : app_->diagnostics()) all += policy::FormatDiagnostic(diagnostic) + "\n";
  EXPECT_THAT(all, HasSubstr("settings.yaml:10:1: error"));
  EXPECT_THAT(all, HasSubstr("settings.yaml:11:"));
  EXPECT_FALSE(std::filesystem::exists(Path("c.sock")));
}

TEST_F(AgentAppTest, ABadPolicyIsToldWithItsPlace) {
  Write("policy.yaml", "version: 1\nrules:\n  - {name: x, when: {idel: 30m}}\n");
  EXPECT_FALSE(StartApp());
  ASSERT_THAT(app_->diagnostics(), Not(IsEmpty()));
  EXPECT_THAT(policy::FormatDiagnostic(app_->diagnostics()[0]), HasSubstr("policy.yaml:3:"));
}

TEST_F(AgentAppTest, APortThatIsTakenIsSaidAndLeavesNothing) {
  ASSERT_TRUE(StartApp());
  std::string settings = Settings("fs01");
  settings.replace(settings.find("127.0.0.1:0"), 11, app_->view()->http_address);
  settings.replace(settings.find("c.sock"), 6, "d.sock");
  settings.replace(settings.find("state_dir: ") + 11, folder_.size(), Path("other"));
  Write("other.yaml", settings);
  AgentApp other({.config = Path("other.yaml")});
  ASSERT_TRUE(other.Check());
  const absl::Status status = other.Start();
  EXPECT_THAT(std::string(status.message()), HasSubstr("http: "));
  EXPECT_FALSE(std::filesystem::exists(Path("d.sock")));
}

// A newer program that is started by mistake must not migrate the ledger of the one that works on it.
TEST_F(AgentAppTest, TheLedgerOfAnotherAgentIsNotTouched) {
  auto ledger = Database::Open(Path("ledger.db"));
  ASSERT_TRUE(ledger.ok()) << ledger.status();
  ASSERT_TRUE(MigrateLedger(*ledger, LedgerSchemaVersion() - 1).ok());
  auto lock = StateLock::Take(folder_);
  ASSERT_TRUE(lock.ok()) << lock.status();
  ASSERT_TRUE(StartApp());
  EXPECT_THAT(std::string(started_.message()), HasSubstr("state: another agent uses state_dir"));
  auto version = ledger->Prepare("PRAGMA user_version");
  ASSERT_TRUE(version.ok() && version->Step().ok());
  EXPECT_EQ(version->Integer(0), LedgerSchemaVersion() - 1);
  EXPECT_FALSE(std::filesystem::exists(Path("c.sock")));
}

TEST_F(AgentAppTest, PollsDecidesAndEndsCleanly) {
  ASSERT_TRUE(StartApp());
  ASSERT_TRUE(started_.ok()) << started_;
  EXPECT_TRUE(std::filesystem::exists(Path("c.sock")));
  const auto view =
      WaitFor([](const AgentView& v) { return v.cycle != nullptr && v.cycle->table.session_count() > 0; });
  EXPECT_EQ(view->name, "app-test");
  EXPECT_TRUE(view->observe_only);
  EXPECT_EQ(view->servers.at(0)->name, "fs01");
  StopApp();
  EXPECT_FALSE(std::filesystem::exists(Path("c.sock")));
}

TEST_F(AgentAppTest, ServerFilesComeAndGoWhileItRuns) {
  ASSERT_TRUE(StartApp());
  Write("servers.d/more.yaml", "- {name: fs02, backend: simulated, simulated: {sessions: 5}}\n");
  WaitFor([](const AgentView& v) { return v.servers.size() == 2 && v.servers[1]->up; });
  Write("servers.d/more.yaml", "- {name: fs02, backend: nonsense}\n");
  app_->Reload();
  const auto kept =
      WaitFor([](const AgentView& v) { return v.settings_error.find("more.yaml:1:") != std::string::npos; });
  EXPECT_EQ(kept->servers.size(), 2u);  // bad settings change nothing
  std::filesystem::remove(Path("servers.d/more.yaml"));
  WaitFor([](const AgentView& v) { return v.servers.size() == 1 && v.settings_error.empty(); });
}

TEST_F(AgentAppTest, AnEntryThatIsOfNoUseIsShownAsDownAndTakenOnceItIs) {
  ASSERT_TRUE(StartApp());
  Write("servers.d/more.yaml", "- {name: fs02, backend: recorded, recorded: {file: fs02.json}}\n");
  const auto view =
      WaitFor([](const AgentView& v) { return v.servers.size() == 2 && v.servers[0]->up && v.servers[1]->tried; });
  EXPECT_FALSE(view->servers[1]->up);
  EXPECT_EQ(view->servers[1]->error_cause, "settings");
  EXPECT_THAT(view->servers[1]->error, HasSubstr("fs02.json"));
  Write("servers.d/fs02.json",
        R"({"version": 1, "at": "2026-01-05T10:00:00Z", "servers": [{"name": "fs02", "sessions": []}]})");
  app_->Reload();
  WaitFor([](const AgentView& v) { return v.servers.size() == 2 && v.servers[1]->up; });
}

TEST_F(AgentAppTest, WhatNeedsARestartIsSaidAndNotTakenOver) {
  ASSERT_TRUE(StartApp());
  Write("settings.yaml", Settings("fs09") + "mode: enforce\n");
  const auto view = WaitFor([](const AgentView& v) { return !v.settings_error.empty(); });
  EXPECT_TRUE(view->observe_only);
  EXPECT_THAT(view->settings_error, HasSubstr("need a restart"));
  WaitFor([](const AgentView& v) { return v.servers.size() == 1 && v.servers[0]->name == "fs09"; });
}

TEST_F(AgentAppTest, ModeObserveAndAHoldFileAreTakenOverAtOnce) {
  Write("settings.yaml", Settings("fs01") + "mode: enforce\n");
  ASSERT_TRUE(StartApp());
  WaitFor([](const AgentView& v) { return !v.observe_only && v.overrides.holds.empty(); });
  Write("hold", "storage move\n");
  Write("settings.yaml", Settings("fs01") + "mode: enforce\nhold_file: hold\n");
  const auto held = WaitFor([](const AgentView& v) { return !v.overrides.holds.empty(); });
  EXPECT_EQ(held->overrides.holds[0].cause, HoldCause::kHoldFile);
  EXPECT_EQ(held->overrides.holds[0].reason, "storage move");
  EXPECT_EQ(held->settings_error, "");
  std::filesystem::remove(Path("hold"));
  WaitFor([](const AgentView& v) { return v.overrides.holds.empty(); });
  Write("settings.yaml", Settings("fs01") + "mode: observe\n");
  EXPECT_EQ(WaitFor([](const AgentView& v) { return v.observe_only; })->settings_error, "");
  Write("settings.yaml", Settings("fs01") + "mode: enforce\n");
  const auto view = WaitFor([](const AgentView& v) { return !v.settings_error.empty(); });
  EXPECT_THAT(view->settings_error, HasSubstr("need a restart"));
  EXPECT_TRUE(view->observe_only);
}

TEST_F(AgentAppTest, AnAlertHoldsWhileItFiresAndWhileNobodyCanTell) {
  FakeHttpServer prometheus;
  const auto rules = [](const std::string& state) {
    return absl::StrCat(R"({"data":{"groups":[{"rules":[{"name":"Backup","health":"ok","state":")", state, "\"}]}]}}");
  };
  prometheus.Answer(200, rules("firing"));
  Write("settings.yaml", absl::StrCat(Settings("fs01"), "inhibitors: [{prometheus: '", prometheus.url(),
                                      "', alerts: [Backup], every: 1s}]\n"));
  ASSERT_TRUE(StartApp());
  ASSERT_TRUE(started_.ok()) << started_;
  const auto reason = [this](const std::string& text) {
    const auto view = WaitFor([&](const AgentView& v) {
      const Hold* hold = FindHold(v.overrides.holds, HoldCause::kInhibitor);
      return hold != nullptr && hold->reason.find(text) != std::string::npos;
    });
  };
  reason("alert Backup fires");
  prometheus.Answer(200, rules("inactive"));
  WaitFor([](const AgentView& v) { return v.overrides.holds.empty(); });
  prometheus.Answer(500, "");
  reason("HTTP status 500");
}

TEST_F(AgentAppTest, APausedAgentIsPausedAfterARestart) {
  ASSERT_TRUE(StartApp());
  {
    auto ledger = Ledger::Open(Path("ledger.db"));
    ASSERT_TRUE(ledger.ok()) << ledger.status();
    StopApp();
    ASSERT_TRUE(WritePause(ledger->database(), "app-test", {.by = "carol", .reason = "maintenance"}).ok());
  }
  ASSERT_TRUE(StartApp());
  const auto view = WaitFor([](const AgentView& v) { return v.overrides.holds.size() == 1; });
  EXPECT_EQ(view->overrides.holds[0].reason, "maintenance");
  EXPECT_EQ(view->overrides.holds[0].by, "carol");
}

TEST_F(AgentAppTest, APolicyFileAndItsListFilesAreWatched) {
  Write("leavers.txt", "alice\n");
  ASSERT_TRUE(StartApp());
  const std::string before = Hash();
  Write("policy.yaml",
        "version: 1\nlists:\n  leavers: {file: leavers.txt}\nrules:\n"
        "  - {name: leavers, when: {idle: 1h, users: [$leavers]}}\n");
  WaitFor([&](const AgentView&) { return Hash() != before; });
  const std::string with_list = Hash();
  Write("leavers.txt", "alice\nbob\n");
  WaitFor([&](const AgentView&) { return Hash() != with_list; });
  EXPECT_NE(Hash(), before);
  Write("policy.yaml", "version: 1\nrules: [5]\n");
  app_->Reload();
  const auto kept = WaitFor([](const AgentView& v) { return !v.policy.last_reload_error.empty(); });
  EXPECT_EQ(kept->policy.policy->rule_count(), 1u);
}

}  // namespace
}  // namespace idlewarden::agent
