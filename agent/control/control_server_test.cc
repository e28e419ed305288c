// The control plane over real gRPC on a real socket, before the whole agent on simulated servers.

#include "agent/control/control_server.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "agent/clock/real_event_loop.h"
#include "agent/control/unix_socket.h"
#include "agent/loop/testing/agent_fixture.h"
#include "gmock/gmock.h"
#include "grpc/support/time.h"
#include "grpcpp/generic/generic_stub.h"
#include "gtest/gtest.h"
#include "policy/snapshot/snapshot_reader.h"
#include "proto/idlewarden/control/v1/control.grpc.pb.h"

namespace idlewarden::agent {
namespace {

namespace pb = control::v1;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kPolicy[] = R"(
version: 1
rules:
  - {name: idle-ones, when: {idle: 30m}}
)";

// A socket's path may have 107 bytes: the folders of a test runner are longer.
class ShortTempDir {
 public:
  ShortTempDir() {
    char name[] = "/tmp/idlewarden-test-XXXXXX";
    path_ = mkdtemp(name);
  }
  ~ShortTempDir() {
    unlink(Socket().c_str());
    rmdir(path_.c_str());
  }
  std::string Socket() const { return path_ + "/control.sock"; }
  std::string Address() const { return "unix:" + Socket(); }

 private:
  std::string path_;
};

class ControlServerTest : public ::testing::Test {
 protected:
  ControlServerTest() {
    fixture_.options.cycle_delay = absl::Milliseconds(1);
    fixture_.options.publish_delay = absl::Milliseconds(1);
    fixture_.policy = kPolicy;
    fixture_.Start();
    SimulatedServer& server = fixture_.AddServer("fs01");
    server.AddSession("\\\\10.0.0.1", "idle", 1900, 7200);
    server.AddSession("10.0.0.2", "busy", 10, 7200);
    fixture_.AddServer("fs02").AddSession("10.0.0.3", "other", 20, 7200, 1);
    control_ = *ControlServer::Start(dir_.Address(), Service());
    stub_ = pb::AgentService::NewStub(Channel());
    thread_ = std::thread([this] { loop_.Run(); });
    WaitUntil([this] { return fixture_.view()->cycle != nullptr; });
  }

  ~ControlServerTest() override {
    control_.reset();
    loop_.Stop();
    thread_.join();
  }

  std::unique_ptr<AgentService> Service() {
    AgentServiceOptions options;
    options.source_of = [](std::string text) {
      return policy::PolicySource{.file_name = "given.yaml", .text = std::move(text), .read_list_file = nullptr};
    };
    return std::make_unique<AgentService>(loop_, fixture_.agent(), std::move(options));
  }

  std::shared_ptr<grpc::Channel> Channel() {
    return grpc::CreateChannel(dir_.Address(), grpc::InsecureChannelCredentials());
  }

  // Asks on the event loop, time and again, until the condition holds.
  void WaitUntil(std::function<bool()> condition) {
    auto holds = std::make_shared<std::promise<void>>();
    loop_.Post([this, holds, condition] { Ask(holds, condition); });
    ASSERT_EQ(holds->get_future().wait_for(std::chrono::minutes(1)), std::future_status::ready);
  }
  void Ask(std::shared_ptr<std::promise<void>> holds, std::function<bool()> condition) {
    if (condition()) return holds->set_value();
    loop_.RunAt(loop_.SteadyNow() + absl::Milliseconds(2), [=, this] { Ask(holds, condition); });
  }

  template <typename Reader>
  static std::vector<std::string> UsersOf(Reader reader, grpc::Status* status) {
    std::vector<std::string> users;
    pb::Session session;
    while (reader->Read(&session)) users.push_back(session.user() + "=" + session.decision());
    *status = reader->Finish();
    return users;
  }

  ShortTempDir dir_;
  RealEventLoop loop_;
  AgentFixture fixture_{loop_};
  std::unique_ptr<ControlServer> control_;
  std::unique_ptr<pb::AgentService::Stub> stub_;
  std::thread thread_;
  grpc::ClientContext context_;
};

TEST_F(ControlServerTest, StatusTellsPolicyServersAndCycle) {
  pb::Status status;
  ASSERT_TRUE(stub_->GetStatus(&context_, {}, &status).ok());
  EXPECT_EQ(status.agent(), "agent-under-test");
  EXPECT_EQ(status.mode(), "enforce");
  EXPECT_EQ(status.policy().rules(), 1u);
  EXPECT_EQ(status.policy().hash(), fixture_.view()->policy.policy->hash());
  EXPECT_EQ(status.last_cycle().sessions(), 3u);
  EXPECT_EQ(status.last_cycle().would_close(), 1u);
  EXPECT_EQ(status.last_cycle().keep(), 2u);
  ASSERT_EQ(status.servers_size(), 2);
  EXPECT_EQ(status.servers(0).name(), "fs01");
  EXPECT_TRUE(status.servers(0).up());
  EXPECT_EQ(status.servers(0).sessions(), 2u);
  EXPECT_EQ(status.servers(0).close_scope(), "pair");
  EXPECT_EQ(status.servers(0).labels().at("site"), "test");
  EXPECT_GT(status.servers(0).last_success().seconds(), 1'000'000'000);
}

TEST_F(ControlServerTest, SessionsCarryTheirDecision) {
  grpc::Status status;
  pb::ListSessionsRequest request;
  EXPECT_THAT(UsersOf(stub_->ListSessions(&context_, request), &status),
              ::testing::UnorderedElementsAre("idle=would-close", "busy=keep", "other=keep"));
  EXPECT_TRUE(status.ok());
  grpc::ClientContext context;
  request.set_server("fs02");
  EXPECT_THAT(UsersOf(stub_->ListSessions(&context, request), &status), ::testing::ElementsAre("other=keep"));
  grpc::ClientContext unknown;
  request.set_server("fs09");
  EXPECT_THAT(UsersOf(stub_->ListSessions(&unknown, request), &status), IsEmpty());
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(ControlServerTest, DecisionsLeaveOutKeepUnlessAskedFor) {
  grpc::Status status;
  pb::ListDecisionsRequest request;
  EXPECT_THAT(UsersOf(stub_->ListDecisions(&context_, request), &status), ::testing::ElementsAre("idle=would-close"));
  grpc::ClientContext context;
  request.set_include_keep(true);
  EXPECT_THAT(UsersOf(stub_->ListDecisions(&context, request), &status), SizeIs(3));
}

TEST_F(ControlServerTest, PreviewShowsWhatAGivenPolicyWouldDecide) {
  pb::PreviewPolicyRequest request;
  request.set_policy_yaml(
      "version: 1\nrules:\n  - {name: strict, when: {idle: 5s, open_files: {at_least: 0}}, mode: enforce}\n");
  pb::PreviewPolicyResponse response;
  ASSERT_TRUE(stub_->PreviewPolicy(&context_, request, &response).ok());
  EXPECT_EQ(response.policy_hash().size(), 64u);
  EXPECT_EQ(response.summary().sessions(), 3u);
  EXPECT_EQ(response.decisions_size(), 3);
  EXPECT_EQ(response.decisions(0).rule(), "strict");
  EXPECT_EQ(fixture_.view()->policy.policy->rule_name(0), "idle-ones");  // nothing was changed
}

TEST_F(ControlServerTest, PreviewOfABadPolicyGivesItsDiagnostics) {
  pb::PreviewPolicyRequest request;
  request.set_policy_yaml("version: 1\nrules:\n  - {name: x, whenn: {idle: 5m}}\n");
  pb::PreviewPolicyResponse response;
  ASSERT_TRUE(stub_->PreviewPolicy(&context_, request, &response).ok());
  ASSERT_GE(response.diagnostics_size(), 1);
  EXPECT_EQ(response.diagnostics(0).file(), "given.yaml");
  EXPECT_EQ(response.diagnostics(0).line(), 3u);
  EXPECT_EQ(response.diagnostics(0).severity(), "error");
  EXPECT_EQ(response.policy_hash(), "");
}

TEST_F(ControlServerTest, ReloadTakesAGoodPolicyAndKeepsTheLastGoodOne) {
  WaitUntil([this] {
    fixture_.policy = "version: 1\nrules: 5\n";
    return true;
  });
  pb::ReloadPolicyResponse response;
  ASSERT_TRUE(stub_->ReloadPolicy(&context_, {}, &response).ok());
  EXPECT_FALSE(response.reloaded());
  EXPECT_GE(response.diagnostics_size(), 1);
  EXPECT_THAT(response.policy().last_reload_error(), HasSubstr("policy.yaml:2:"));
  EXPECT_EQ(response.policy().rules(), 1u);
  WaitUntil([this] {
    fixture_.policy = "version: 1\n";
    return true;
  });
  grpc::ClientContext context;
  pb::ReloadPolicyResponse good;
  ASSERT_TRUE(stub_->ReloadPolicy(&context, {}, &good).ok());
  EXPECT_TRUE(good.reloaded());
  EXPECT_EQ(good.policy().rules(), 0u);
  EXPECT_EQ(good.policy().last_reload_error(), "");
}

TEST_F(ControlServerTest, PauseAndResumeAnswerWithTheNewStatus) {
  pb::PauseRequest request;
  request.set_reason("backup runs");
  pb::Status status;
  ASSERT_TRUE(stub_->Pause(&context_, request, &status).ok());
  EXPECT_TRUE(status.paused());
  EXPECT_EQ(status.pause_reason(), "backup runs");
  grpc::ClientContext context;
  pb::Status resumed;
  ASSERT_TRUE(stub_->Resume(&context, {}, &resumed).ok());
  EXPECT_FALSE(resumed.paused());
  EXPECT_EQ(resumed.pause_reason(), "");
}

TEST_F(ControlServerTest, ApprovingWhatIsNotHeldIsRefused) {
  pb::ApprovePlanRequest request;
  request.set_plan_id("0123");
  request.set_by("carol");
  pb::Status status;
  const grpc::Status answer = stub_->ApprovePlan(&context_, request, &status);
  EXPECT_EQ(answer.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(answer.error_message(), HasSubstr("no plan is held"));
}

TEST_F(ControlServerTest, AHeldPlanIsShownAndReleasedByItsId) {
  WaitUntil([this] {
    fixture_.policy =
        "version: 1\nrules:\n  - {name: all, when: {age: 1h, open_files: {at_least: 0}}, close_active: true, "
        "mode: enforce, max_closes_per_cycle: 1}\n";
    return fixture_.agent().Reload("rpc").taken;
  });
  pb::Status held;
  ASSERT_TRUE(stub_->GetStatus(&context_, {}, &held).ok());
  EXPECT_EQ(held.held_plan().plan_id(), held.last_cycle().plan_id());
  EXPECT_EQ(held.held_plan().pairs(), 3u);
  ASSERT_EQ(held.held_plan().limits_size(), 1);
  EXPECT_EQ(held.held_plan().limits(0).limit(), "limit-rule");
  EXPECT_EQ(held.held_plan().limits(0).servers(), 2u);
  pb::ApprovePlanRequest request;
  request.set_plan_id(held.held_plan().plan_id());
  request.set_by("carol");
  pb::Status status;
  grpc::ClientContext context;
  ASSERT_TRUE(stub_->ApprovePlan(&context, request, &status).ok());
  EXPECT_FALSE(status.has_held_plan());
  EXPECT_EQ(status.approved_pairs(), 3u);
  WaitUntil([this] { return fixture_.view()->recent_closes.size() == 3; });
}

TEST_F(ControlServerTest, ARecordingIsASnapshotFile) {
  auto reader = stub_->RecordSnapshot(&context_, {});
  std::string json;
  pb::SnapshotChunk chunk;
  while (reader->Read(&chunk)) json += chunk.json();
  ASSERT_TRUE(reader->Finish().ok());
  const auto snapshots = policy::ReadSnapshots(json);
  ASSERT_TRUE(snapshots.ok()) << snapshots.status();
  ASSERT_THAT(*snapshots, SizeIs(1));
  ASSERT_THAT((*snapshots)[0].servers, SizeIs(2));
  EXPECT_EQ((*snapshots)[0].servers[0].sessions[0].client, "\\\\10.0.0.1");
}

TEST_F(ControlServerTest, AnswersWhileTheLoopIsBusyAndGivesUpWithItsCaller) {
  std::promise<void> release;
  std::shared_future<void> released(release.get_future());
  loop_.Post([released] { released.wait(); });
  pb::Status status;
  EXPECT_TRUE(stub_->GetStatus(&context_, {}, &status).ok());  // a long cycle is no reason not to answer
  grpc::ClientContext impatient;
  impatient.set_deadline(gpr_time_from_millis(200, GPR_TIMESPAN));
  EXPECT_EQ(stub_->Resume(&impatient, {}, &status).error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  release.set_value();
  grpc::ClientContext patient;
  EXPECT_TRUE(stub_->Resume(&patient, {}, &status).ok());
}

TEST_F(ControlServerTest, TheSocketIsForOwnerAndGroupOnly) {
  struct stat info {};
  ASSERT_EQ(stat(dir_.Socket().c_str(), &info), 0);
  EXPECT_TRUE(S_ISSOCK(info.st_mode));
  EXPECT_EQ(info.st_mode & 0777, 0660u);
}

TEST_F(ControlServerTest, ASecondAgentIsRefused) {
  const auto second = ControlServer::Start(dir_.Address(), Service());
  EXPECT_EQ(second.status().code(), absl::StatusCode::kAlreadyExists);
  pb::Status status;
  EXPECT_TRUE(stub_->GetStatus(&context_, {}, &status).ok());  // the first one still answers
}

TEST_F(ControlServerTest, ASocketThatADeadAgentLeftIsReplaced) {
  control_.reset();
  EXPECT_NE(access(dir_.Socket().c_str(), F_OK), 0);  // a clean end leaves none
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, dir_.Socket().c_str());
  const int left = socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(bind(left, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  close(left);
  auto control = ControlServer::Start(dir_.Address(), Service());
  ASSERT_TRUE(control.ok()) << control.status();
  control_ = *std::move(control);
  pb::Status status;
  EXPECT_TRUE(pb::AgentService::NewStub(Channel())->GetStatus(&context_, {}, &status).ok());
}

TEST_F(ControlServerTest, OtherAddressesAreRefused) {
  EXPECT_EQ(ControlServer::Start("0.0.0.0:1234", Service()).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ControlServer::Start("unix:/" + std::string(200, 'x'), Service()).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ControlServer::Start("unix:/nowhere-at-all/control.sock", Service()).status().code(),
            absl::StatusCode::kUnavailable);
}

// A unary call of raw bytes: what a client without the service's proto sends.
grpc::Status CallRaw(const std::shared_ptr<grpc::Channel>& channel, const std::string& method, const std::string& bytes,
                     std::string* answer) {
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  grpc::Slice slice(bytes);
  grpc::ByteBuffer request(&slice, 1);
  auto call = stub.PrepareUnaryCall(&context, method, request, &queue);
  call->StartCall();
  grpc::ByteBuffer response;
  grpc::Status status;
  call->Finish(&response, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  grpc::Slice whole;
  if (status.ok() && response.DumpToSingleSlice(&whole).ok()) {
    answer->assign(reinterpret_cast<const char*>(whole.begin()), whole.size());
  }
  return status;
}

TEST_F(ControlServerTest, HealthFollowsServing) {
  const std::string method = "/grpc.health.v1.Health/Check";
  std::string answer;
  ASSERT_TRUE(CallRaw(Channel(), method, "", &answer).ok());
  EXPECT_EQ(answer, std::string("\x08\x02", 2));  // NOT_SERVING: not yet ready
  control_->SetServing(true);
  ASSERT_TRUE(CallRaw(Channel(), method, "", &answer).ok());
  EXPECT_EQ(answer, std::string("\x08\x01", 2));  // SERVING
  // field 1 (service), length-delimited
  const std::string service = "idlewarden.control.v1.AgentService";
  ASSERT_TRUE(
      CallRaw(Channel(), method, std::string("\x0a") + static_cast<char>(service.size()) + service, &answer).ok());
  EXPECT_EQ(answer, std::string("\x08\x01", 2));
}

TEST_F(ControlServerTest, ReflectionListsTheService) {
  // list_services is field 7; a stream of one request may be sent as a unary call.
  std::string answer;
  const grpc::Status status = CallRaw(Channel(), "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
                                      std::string("\x3a\x01*", 3), &answer);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_THAT(answer, HasSubstr("idlewarden.control.v1.AgentService"));
  EXPECT_THAT(answer, HasSubstr("grpc.health.v1.Health"));
}

TEST(ControlSocketTest, WhyItCannotBeMadeIsSaidWithTheRemedy) {
  const ShortTempDir folder;
  const absl::Status missing = CheckCanListen(folder.Socket() + "/below/control.sock");
  EXPECT_THAT(missing.message(), AllOf(HasSubstr("No such file or directory"), HasSubstr("make its folder")));
  EXPECT_EQ(WhyNotReachable(folder.Socket()), "No such file or directory");
  EXPECT_EQ(CheckCanListen(folder.Socket()), absl::OkStatus());
  struct stat info {};
  EXPECT_NE(stat(folder.Socket().c_str(), &info), 0) << "it leaves nothing behind";
}

}  // namespace
}  // namespace idlewarden::agent
