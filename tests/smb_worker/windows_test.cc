// The worker against a server that answers as Windows does, over real SMB: levels, faults, cuts, many at once.

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "tests/smb_worker/peer_process.h"
#include "tests/smb_worker/worker_under_test.h"

extern char** environ;

namespace idlewarden::tests {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr char kSessions[] = R"({"list_own": false, "users": {"backup": "b-pass"}, "sessions": [
  {"client": "10.0.0.1", "user": "alice", "age": 7200, "idle": 3600, "open_files": 2, "frozen": true},
  {"client": "2001:db8::7", "user": "bob", "age": 50, "idle": 5, "client_type": "X", "frozen": true}]})";

// `sh -c script`; what it prints comes from `output`.
pid_t StartShell(const std::string& script, FILE** output) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) abort();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  std::string words[] = {"sh", "-c", script};
  char* argv[] = {words[0].data(), words[1].data(), words[2].data(), nullptr};
  pid_t pid = -1;
  if (posix_spawnp(&pid, "sh", &actions, nullptr, argv, environ) != 0) pid = -1;
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  *output = fdopen(ends[0], "r");
  return pid;
}

class WindowsTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!peer_.skip_reason().empty()) GTEST_SKIP() << peer_.skip_reason();
  }

  std::string AliceRow() { return "10.0.0.1/alice"; }

  // The worker ends a call a little before its caller would. On a busy machine the caller may be first: then there is
  // no trailer with a cause, and the worker's message is not known.
  static void ExpectTimeout(const Outcome& outcome, const std::string& message) {
    EXPECT_EQ(outcome.status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED) << outcome.status.error_message();
    if (outcome.cause().empty()) return;
    EXPECT_EQ(outcome.cause(), "timeout");
    EXPECT_THAT(outcome.status.error_message(), HasSubstr(message));
  }

  PeerProcess peer_{"windows", kSessions};
  WorkerUnderTest worker_;
};

TEST_F(WindowsTest, Level502IsReportedWhole) {
  const Outcome outcome = worker_.Enumerate(TargetOf(peer_));
  ASSERT_TRUE(outcome.status.ok()) << outcome.status.error_message();
  EXPECT_EQ(outcome.response.level(), 502u);
  EXPECT_FALSE(outcome.response.samba_like());
  EXPECT_EQ(outcome.response.own().user(), "root");
  EXPECT_EQ(outcome.response.own().address(), "127.0.0.1");
  ASSERT_THAT(outcome.response.sessions(), SizeIs(2));
  const backend::v1::Session& alice = outcome.response.sessions(0);
  EXPECT_EQ(alice.client(), "10.0.0.1");
  EXPECT_EQ(alice.age_seconds(), 7200u);
  EXPECT_EQ(alice.idle_seconds(), 3600u);
  EXPECT_EQ(alice.open_files(), 2u);
  EXPECT_EQ(alice.transport(), "\\Device\\NetbiosSmb");
  EXPECT_EQ(outcome.response.sessions(1).client(), "[2001:db8::7]");
  EXPECT_EQ(outcome.response.sessions(1).client_type(), "X");
}

TEST_F(WindowsTest, FallsBackLevelByLevelAndRemembers) {
  peer_.Do("fault", R"({"levels": [502, 2, 1], "error": 124})");
  Outcome outcome = worker_.Enumerate(TargetOf(peer_));
  ASSERT_TRUE(outcome.status.ok()) << outcome.status.error_message();
  EXPECT_EQ(outcome.response.level(), 10u);
  EXPECT_THAT(outcome.pairs(), Contains("\\\\10.0.0.1/alice"));
  EXPECT_FALSE(outcome.response.sessions(0).has_open_files());
  EXPECT_FALSE(outcome.response.samba_like());
  const unsigned before = peer_.Do("calls").Size();
  EXPECT_EQ(worker_.Enumerate(TargetOf(peer_)).response.level(), 10u);
  EXPECT_EQ(peer_.Do("calls").Size(), before + 1);
}

TEST_F(WindowsTest, AClosedPairIsGoneAndItsSpellingIsTheServers) {
  Outcome outcome = worker_.Close(TargetOf(peer_), "[2001:db8::7]", "bob");
  EXPECT_TRUE(outcome.status.ok()) << outcome.status.error_message();
  const rapidjson::Document deletes = peer_.Do("deletes");
  ASSERT_EQ(deletes.Size(), 1u);
  EXPECT_STREQ(deletes[0]["client"].GetString(), "\\\\[2001:db8::7]");
  EXPECT_THAT(worker_.Enumerate(TargetOf(peer_)).pairs(), ElementsAre(AliceRow()));
  outcome = worker_.Close(TargetOf(peer_), "[2001:db8::7]", "bob");
  EXPECT_EQ(outcome.detail.windows_error(), 2312u);
  EXPECT_EQ(outcome.status.error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(WindowsTest, AClientOfLevel10KeepsOneBackslashPair) {
  EXPECT_TRUE(worker_.Close(TargetOf(peer_), "\\\\10.0.0.1", "alice").status.ok());
}

TEST_F(WindowsTest, EmptyNamesAreRefusedWithoutACall) {
  for (const auto& [client, user] : {std::pair("", "alice"), std::pair("10.0.0.1", ""), std::pair("\\\\", "alice")}) {
    EXPECT_EQ(worker_.Close(TargetOf(peer_), client, user).status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  }
  EXPECT_EQ(peer_.Do("deletes").Size(), 0u);
}

TEST_F(WindowsTest, MissingRightsAreAccessDenied) {
  PeerProcess guarded("windows", R"({"users": {"backup": "b-pass"}, "admins": ["root"],
                                     "sessions": [{"client": "10.0.0.1", "user": "alice"}]})");
  backend::v1::Target target = TargetOf(guarded);
  target.mutable_credentials()->set_user("backup");
  target.mutable_credentials()->set_password("b-pass");
  for (const Outcome& outcome : {worker_.Enumerate(target), worker_.Close(target, "10.0.0.1", "alice")}) {
    EXPECT_EQ(outcome.cause(), "access-denied");
    EXPECT_EQ(outcome.detail.windows_error(), 5u);
    EXPECT_EQ(outcome.status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  }
}

TEST_F(WindowsTest, AWrongPasswordIsAuthFailedAndNotTold) {
  backend::v1::Target target = TargetOf(peer_);
  target.mutable_credentials()->set_password("not-the-password");
  const Outcome outcome = worker_.Enumerate(target);
  EXPECT_EQ(outcome.cause(), "auth-failed");
  EXPECT_EQ(outcome.detail.nt_status(), 0xC000006Du);
  EXPECT_EQ(outcome.status.error_message().find("not-the-password"), std::string::npos);
  EXPECT_EQ(worker_.Enumerate(TargetOf(peer_)).cause(), "ok");
}

TEST_F(WindowsTest, APasswordFileIsReadAtEachConnect) {
  const std::string path = testing::TempDir() + "/password";
  backend::v1::Target target = TargetOf(peer_);
  target.mutable_credentials()->set_password_file(path);
  Outcome outcome = worker_.Enumerate(target);
  EXPECT_EQ(outcome.cause(), "auth-failed");
  EXPECT_THAT(outcome.status.error_message(), HasSubstr(path));
  std::ofstream(path) << peer_.password() << "\nsecond line\n";
  outcome = worker_.Enumerate(target);
  EXPECT_EQ(outcome.cause(), "ok") << outcome.status.error_message();
}

TEST_F(WindowsTest, AnUnusableCredentialCacheIsSaid) {
  backend::v1::Target target = TargetOf(peer_);
  target.mutable_credentials()->set_kerberos_cache("FILE:/nonexistent/cache");
  const Outcome outcome = worker_.Enumerate(target);
  EXPECT_EQ(outcome.cause(), "auth-failed") << outcome.status.error_message();
}

TEST_F(WindowsTest, EncryptionAndSigningSettingsAreUsed) {
  backend::v1::Target target = TargetOf(peer_);
  target.set_encryption(backend::v1::Target::PROTECTION_REQUIRED);
  EXPECT_EQ(worker_.Enumerate(target).cause(), "ok");
  target.set_encryption(backend::v1::Target::PROTECTION_OFF);
  target.set_signing(backend::v1::Target::PROTECTION_DESIRED);
  EXPECT_EQ(worker_.Enumerate(target).cause(), "ok");
}

TEST_F(WindowsTest, EncryptionThatTheServerLacksIsAnError) {
  PeerProcess old("windows", R"({"smb_config": "  server max protocol = SMB2_10"})");
  backend::v1::Target target = TargetOf(old);
  EXPECT_EQ(worker_.Enumerate(target).cause(), "ok");
  target.set_encryption(backend::v1::Target::PROTECTION_REQUIRED);
  EXPECT_EQ(worker_.Enumerate(target).cause(), "protocol");
}

TEST_F(WindowsTest, ARefusedPortAnUnknownNameAndABadTargetHaveTheirCauses) {
  backend::v1::Target target = TargetOf(peer_);
  target.set_port(1);
  EXPECT_EQ(worker_.Enumerate(target).cause(), "refused");
  target.set_address("not..a-name");  // needs no name server to be refused
  EXPECT_EQ(worker_.Enumerate(target).cause(), "name-resolution");
  target.set_address("");
  EXPECT_EQ(worker_.Enumerate(target).status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(WindowsTest, AHostNameIsResolved) {
  backend::v1::Target target = TargetOf(peer_);
  target.set_address("localhost");
  const Outcome outcome = worker_.Enumerate(target);
  EXPECT_EQ(outcome.cause(), "ok") << outcome.status.error_message();
}

TEST_F(WindowsTest, AConnectionCutBetweenPollsIsMadeAnew) {
  ASSERT_EQ(worker_.Enumerate(TargetOf(peer_)).cause(), "ok");
  for (const char* via : {R"({"via": "tcp"})", R"({"via": "pipe"})"}) {
    ASSERT_GE(peer_.Do("cut", via).GetInt(), 1);
    EXPECT_EQ(worker_.Enumerate(TargetOf(peer_)).cause(), "ok") << via;
  }
}

TEST_F(WindowsTest, AServerGoneInMidReplyIsDisconnectedAndTriedOnceOnly) {
  peer_.Do("add", R"({"client": "{ip}", "user": "user{n}", "repeat": 500})");
  ASSERT_EQ(worker_.Enumerate(TargetOf(peer_)).cause(), "ok");
  const unsigned before = peer_.Do("calls").Size();
  peer_.Do("fault", R"({"drop": "mid"})");
  EXPECT_EQ(worker_.Enumerate(TargetOf(peer_)).cause(), "disconnected");
  EXPECT_EQ(peer_.Do("calls").Size(), before + 2);
  peer_.Do("clear_faults");
  EXPECT_EQ(worker_.Enumerate(TargetOf(peer_)).cause(), "ok");
}

TEST_F(WindowsTest, ACloseWithoutReplyIsNeverSentAgain) {
  for (const char* drop : {"before", "after"}) {
    ASSERT_EQ(worker_.Enumerate(TargetOf(peer_)).cause(), "ok");
    const unsigned before = peer_.Do("deletes").Size();
    peer_.Do("fault", absl::StrCat(R"({"op": "del", "count": 1, "drop": ")", drop, "\"}"));
    EXPECT_EQ(worker_.Close(TargetOf(peer_), "10.0.0.1", "alice").cause(), "disconnected");
    EXPECT_EQ(peer_.Do("deletes").Size(), before + 1);
  }
}

TEST_F(WindowsTest, HangingCallsEndAtTheirDeadlineAndCostNothingAfterwards) {
  // So many that the second which the library waits when it frees a hung connection would be seen on a busy machine.
  constexpr int kServers = 40;
  std::vector<backend::v1::Target> targets;
  for (int i = 0; i < kServers; ++i) targets.push_back(TargetOf(peer_, absl::StrCat("s", i)));
  for (const backend::v1::Target& target : targets) ASSERT_EQ(worker_.Enumerate(target).cause(), "ok");
  peer_.Do("fault", R"({"hang": "before"})");
  std::vector<std::future<Outcome>> calls;
  for (const backend::v1::Target& target : targets) {
    calls.push_back(worker_.StartEnumerate(target, std::chrono::milliseconds(500)));
  }
  for (std::future<Outcome>& call : calls) {
    const Outcome outcome = call.get();
    EXPECT_EQ(outcome.status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED) << outcome.status.error_message();
  }
  peer_.Do("clear_faults");
  EXPECT_EQ(worker_.Enumerate(targets[0], std::chrono::seconds(kServers - 5)).cause(), "ok");
}

TEST_F(WindowsTest, AHangingLogonEndsAtItsDeadline) {
  for (const char* op : {"open", "bind"}) {
    peer_.Do("fault", absl::StrCat(R"({"hang": "before", "count": 1, "op": ")", op, "\"}"));
    const backend::v1::Target target = TargetOf(peer_, op);  // a connection of its own
    ExpectTimeout(worker_.Enumerate(target, std::chrono::seconds(3)), "logging on");
    peer_.Do("clear_faults");  // the call may have come to its end before it met the fault
    EXPECT_EQ(worker_.Enumerate(target).cause(), "ok") << op;
  }
}

TEST_F(WindowsTest, AFrozenServerTimesOutAndWorksAfterwards) {
  ASSERT_EQ(worker_.Enumerate(TargetOf(peer_)).cause(), "ok");
  peer_.Do("freeze");
  ExpectTimeout(worker_.Enumerate(TargetOf(peer_), std::chrono::seconds(3)), "");
  ExpectTimeout(worker_.Enumerate(TargetOf(peer_), std::chrono::seconds(3)), "");
  peer_.Do("thaw");
  EXPECT_EQ(worker_.Enumerate(TargetOf(peer_)).cause(), "ok");
}

TEST_F(WindowsTest, PagesAreFollowedAndNeverEndingOnesAreAnError) {
  peer_.Do("add", R"({"client": "{ip}", "user": "user{n}", "repeat": 98})");
  peer_.Do("fault", R"({"page": 7})");
  EXPECT_THAT(worker_.Enumerate(TargetOf(peer_)).response.sessions(), SizeIs(100));
  for (const char* more : {"stuck", "endless", "empty"}) {
    peer_.Do("clear_faults");
    peer_.Do("fault", absl::StrCat(R"({"more": ")", more, "\"}"));
    // Thousands of pages are followed before they are taken for endless.
    const Outcome outcome = worker_.Enumerate(TargetOf(peer_), std::chrono::seconds(110));
    EXPECT_EQ(outcome.cause(), "protocol") << more << " " << outcome.status.error_message();
    EXPECT_EQ(outcome.detail.windows_error(), 234u) << more;
  }
}

TEST_F(WindowsTest, SpoiledRepliesAreProtocolErrorsAndTheWorkerLives) {
  for (const char* fault :
       {R"({"spoil": "null_array"})", R"({"spoil": "no_nul"})", R"({"spoil": "level"})", R"({"spoil": "huge"})",
        R"({"spoil": "bad_surrogate"})", R"({"truncate": 40})", R"({"rpc_fault": 1783})"}) {
    peer_.Do("clear_faults");
    peer_.Do("fault", fault);
    EXPECT_EQ(worker_.Enumerate(TargetOf(peer_)).cause(), "protocol") << fault;
  }
  peer_.Do("clear_faults");
  EXPECT_EQ(worker_.Enumerate(TargetOf(peer_)).cause(), "ok");
}

TEST_F(WindowsTest, ErrorsOfTheServerKeepTheirNumber) {
  peer_.Do("fault", R"({"error": 1130})");
  const Outcome outcome = worker_.Enumerate(TargetOf(peer_));
  EXPECT_EQ(outcome.cause(), "server-error");
  EXPECT_EQ(outcome.detail.windows_error(), 1130u);
}

TEST_F(WindowsTest, TenThousandSessionsArriveWhole) {
  peer_.Do("add", R"({"client": "{ip}", "user": "user{n}", "repeat": 10000})");
  EXPECT_THAT(worker_.Enumerate(TargetOf(peer_)).response.sessions(), SizeIs(10002));
}

TEST_F(WindowsTest, ManyServersAtOnceAndABlackHoleDelaysNone) {
  constexpr int kServers = 32;
  std::string addresses;
  for (int i = 0; i < kServers; ++i) absl::StrAppend(&addresses, i ? ", " : "", "\"127.0.1.", i + 1, "\"");
  PeerProcess many("windows", absl::StrCat(R"({"sessions": [{"client": "10.0.0.1", "user": "alice"}], "addresses": [)",
                                           addresses, "]}"));
  PeerProcess hole("black-hole", "{}");
  // One after another the answers would take 128 s, far more than each call is given.
  many.Do("fault", R"({"delay": 4})");
  std::vector<std::future<Outcome>> calls;
  std::future<Outcome> hung = worker_.StartEnumerate(TargetOf(hole, "hole"), std::chrono::seconds(110));
  for (int i = 0; i < kServers; ++i) {
    backend::v1::Target target = TargetOf(many, absl::StrCat("s", i));
    target.set_address(absl::StrCat("127.0.1.", i + 1));
    calls.push_back(worker_.StartEnumerate(target, std::chrono::seconds(80)));
  }
  for (std::future<Outcome>& call : calls) {
    const Outcome outcome = call.get();
    EXPECT_EQ(outcome.cause(), "ok") << outcome.status.error_message();
  }
  EXPECT_EQ(hung.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
}

// An agent that ends gives its worker one second. A busy machine may take longer now and then, but not each time.
TEST(WorkerLifeTest, EndsWithinASecond) {
  bool in_time = false;
  for (int attempt = 0; attempt < 20 && !in_time; ++attempt) in_time = WorkerUnderTest().End(std::chrono::seconds(1));
  EXPECT_TRUE(in_time);
}

TEST(WorkerLifeTest, EndsWhenItsInputIsClosed) {
  WorkerUnderTest worker;
  worker.CloseInput();  // the destructor fails if that was not enough
}

// A shell starts the worker and is killed, as an agent may be.
TEST(WorkerLifeTest, AKilledParentsSocketAndFolderAreRemoved) {
  std::string folder = "/tmp/smb-worker-XXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  const std::string socket = folder + "/socket";
  const std::string script = "agent/smb_worker/idlewarden-smb-worker --socket " + socket + " & echo $!; wait";
  FILE* output = nullptr;
  const pid_t shell = StartShell(script, &output);
  int worker = 0;
  ASSERT_EQ(fscanf(output, "%d", &worker), 1);
  pollfd ended = {static_cast<int>(syscall(SYS_pidfd_open, worker, 0)), POLLIN, 0};
  EXPECT_TRUE(grpc::CreateChannel("unix:" + socket, grpc::InsecureChannelCredentials())
                  ->WaitForConnected(gpr_time_from_seconds(60, GPR_TIMESPAN)));
  kill(shell, SIGKILL);
  EXPECT_EQ(waitpid(shell, nullptr, 0), shell);
  EXPECT_EQ(poll(&ended, 1, 60'000), 1) << "the worker outlives the process that started it";
  close(ended.fd);
  fclose(output);
  EXPECT_NE(access(folder.c_str(), F_OK), 0) << folder << " is still there";
  std::filesystem::remove_all(folder);
}

TEST(WorkerLifeTest, ItsSocketIsForThisAccountAlone) {
  const WorkerUnderTest worker;
  struct stat socket = {};
  ASSERT_EQ(stat(worker.socket().c_str(), &socket), 0);
  EXPECT_EQ(socket.st_mode & 0777, 0600u);
}

}  // namespace
}  // namespace idlewarden::tests
