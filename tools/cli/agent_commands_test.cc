#include "tools/cli/agent_commands.h"

#include <memory>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "proto/idlewarden/control/v1/control.grpc.pb.h"

namespace idlewarden::tools {
namespace {

namespace pb = ::idlewarden::control::v1;

// An agent that answers what the test put in, and remembers what it was asked.
class FakeAgent final : public pb::AgentService::Service {
 public:
  FakeAgent() {
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
    address_ = absl::StrCat("127.0.0.1:", port);
  }

  const std::string& address() const { return address_; }

  pb::Status status;
  std::vector<pb::Session> sessions;
  pb::ReloadPolicyResponse reload;
  std::vector<std::string> chunks;
  grpc::Status result;
  std::string asked_server;
  bool asked_keep = false;

 private:
  grpc::Status GetStatus(grpc::ServerContext*, const pb::GetStatusRequest*, pb::Status* response) override {
    *response = status;
    return result;
  }
  grpc::Status ListSessions(grpc::ServerContext*, const pb::ListSessionsRequest* request,
                            grpc::ServerWriter<pb::Session>* writer) override {
    asked_server = request->server();
    for (const pb::Session& session : sessions) writer->Write(session);
    return result;
  }
  grpc::Status ListDecisions(grpc::ServerContext*, const pb::ListDecisionsRequest* request,
                             grpc::ServerWriter<pb::Session>* writer) override {
    asked_keep = request->include_keep();
    for (const pb::Session& session : sessions) writer->Write(session);
    return result;
  }
  grpc::Status ReloadPolicy(grpc::ServerContext*, const pb::ReloadPolicyRequest*,
                            pb::ReloadPolicyResponse* response) override {
    *response = reload;
    return result;
  }
  grpc::Status Pause(grpc::ServerContext*, const pb::PauseRequest* request, pb::Status* response) override {
    status.set_paused(true);
    status.set_pause_reason(request->reason());
    *response = status;
    return result;
  }
  grpc::Status Resume(grpc::ServerContext*, const pb::ResumeRequest*, pb::Status* response) override {
    status.set_paused(false);
    *response = status;
    return result;
  }
  grpc::Status RecordSnapshot(grpc::ServerContext*, const pb::RecordSnapshotRequest*,
                              grpc::ServerWriter<pb::SnapshotChunk>* writer) override {
    for (const std::string& chunk : chunks) {
      pb::SnapshotChunk message;
      message.set_json(chunk);
      writer->Write(message);
    }
    return result;
  }

  std::string address_;
  std::unique_ptr<grpc::Server> server_;
};

class AgentCommandsTest : public testing::Test {
 protected:
  AgentCommandsTest() {
    agent_.status.set_agent("ams-1");
    agent_.status.set_version("0.1.0");
    agent_.status.set_mode("enforce");
    agent_.status.set_http_address("127.0.0.1:9846");
    agent_.status.mutable_policy()->set_file("policy.yaml");
    agent_.status.mutable_policy()->set_hash("0123456789abcdef");
    pb::Server* server = agent_.status.add_servers();
    server->set_name("fs01");
    server->set_up(true);
    server->set_idle_trust("reported");
    server->set_close_scope("pair");
    pb::Session session;
    session.set_server("fs01");
    session.set_client("10.0.0.5");
    session.set_user("alice");
    session.set_idle_seconds(1900);
    session.set_decision("close");
    session.set_rule("kiosks");
    session.set_reason("matched");
    agent_.sessions.push_back(session);
  }

  // Runs a command; its exit status.
  int Run(int (*command)(const AgentOptions&, Output&), AgentOptions options = {}) {
    if (options.agent.empty()) options.agent = agent_.address();
    out_.str("");
    err_.str("");
    Output output{.out = out_, .err = err_, .terminal = {}};
    return command(options, output);
  }

  bool Printed(const std::string& text) const { return out_.str().find(text) != std::string::npos; }

  FakeAgent agent_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(AgentCommandsTest, StatusForPeople) {
  agent_.status.add_warnings("nas1: no idle times");
  EXPECT_EQ(Run(RunStatus), kDone);
  EXPECT_TRUE(Printed("Agent       ams-1, version 0.1.0")) << out_.str();
  EXPECT_TRUE(Printed("http://127.0.0.1:9846/metrics")) << out_.str();
  EXPECT_TRUE(Printed("hash 0123456789ab,")) << out_.str();
  EXPECT_TRUE(Printed("fs01")) << out_.str();
  EXPECT_TRUE(Printed("! nas1: no idle times")) << out_.str();
  EXPECT_EQ(err_.str(), "");
}

TEST_F(AgentCommandsTest, StatusForScriptsIsOneLine) {
  EXPECT_EQ(Run(RunStatus, {.json = true}), kDone);
  EXPECT_EQ(out_.str().find('\n'), out_.str().size() - 1);
  EXPECT_TRUE(Printed(R"({"agent":"ams-1","version":"0.1.0")")) << out_.str();
}

TEST_F(AgentCommandsTest, SessionsEndWithASummary) {
  EXPECT_EQ(Run(RunSessions, {.server = "fs01"}), kDone);
  EXPECT_EQ(agent_.asked_server, "fs01");
  EXPECT_TRUE(Printed("31m40s")) << out_.str();
  EXPECT_TRUE(Printed("1 session on 1 server: 1 close")) << out_.str();
}

TEST_F(AgentCommandsTest, DecisionsAreThoseThatDoNotKeepUnlessAskedFor) {
  EXPECT_EQ(Run(RunDecisions, {.json = true}), kDone);
  EXPECT_FALSE(agent_.asked_keep);
  EXPECT_TRUE(Printed(R"("decision":"close","rule":"kiosks","reason":"matched")")) << out_.str();
  EXPECT_EQ(Run(RunDecisions, {.all = true}), kDone);
  EXPECT_TRUE(agent_.asked_keep);
}

TEST_F(AgentCommandsTest, ReloadThatWasTaken) {
  agent_.reload.set_reloaded(true);
  agent_.reload.mutable_policy()->set_rules(3);
  EXPECT_EQ(Run(RunReload), kDone);
  EXPECT_TRUE(Printed("3 rules")) << out_.str();
}

TEST_F(AgentCommandsTest, ReloadThatWasNotTakenFailsAndSaysWhy) {
  pb::Diagnostic* diagnostic = agent_.reload.add_diagnostics();
  diagnostic->set_file("policy.yaml");
  diagnostic->set_line(4);
  diagnostic->set_column(12);
  diagnostic->set_severity("error");
  diagnostic->set_code("unknown-key");
  diagnostic->set_message("there is no condition `idel`");
  EXPECT_EQ(Run(RunReload), kFailed);
  EXPECT_EQ(out_.str(), "policy.yaml:4:12: error [unknown-key] there is no condition `idel`\n");
  EXPECT_NE(err_.str().find("last good policy"), std::string::npos) << err_.str();
}

TEST_F(AgentCommandsTest, PauseAndResume) {
  EXPECT_EQ(Run(RunPause, {.reason = "maintenance"}), kDone);
  EXPECT_TRUE(Printed("paused: maintenance")) << out_.str();
  EXPECT_EQ(Run(RunResume), kDone);
  EXPECT_FALSE(Printed("paused")) << out_.str();
}

TEST_F(AgentCommandsTest, RecordJoinsThePieces) {
  agent_.chunks = {R"({"version":1,)", R"("servers":[]})"};
  EXPECT_EQ(Run(RunRecordFromAgent), kDone);
  EXPECT_EQ(out_.str(), "{\"version\":1,\"servers\":[]}\n");
}

TEST_F(AgentCommandsTest, ABrokenRecordingIsNotPrinted) {
  agent_.chunks = {R"({"version":1,)"};
  agent_.result = grpc::Status(grpc::StatusCode::INTERNAL, "gone");
  EXPECT_EQ(Run(RunRecordFromAgent), kFailed);
  EXPECT_EQ(out_.str(), "");
  EXPECT_NE(err_.str().find("the agent refused: gone"), std::string::npos) << err_.str();
}

TEST_F(AgentCommandsTest, AnAgentThatIsStillStartingIsNotTakenForNone) {
  agent_.result = grpc::Status(grpc::StatusCode::UNAVAILABLE, "no cycle yet");
  EXPECT_EQ(Run(RunSessions), kFailed);
  EXPECT_NE(err_.str().find("cannot tell yet: no cycle yet. Ask again"), std::string::npos) << err_.str();
}

TEST_F(AgentCommandsTest, NoAgentIsSaidWithWhatToDo) {
  EXPECT_EQ(Run(RunStatus, {.agent = "unix:/nonexistent/control.sock"}), kFailed);
  EXPECT_EQ(out_.str(), "");
  EXPECT_NE(err_.str().find("no agent answers at unix:/nonexistent/control.sock: No such file or directory. Is"),
            std::string::npos)
      << err_.str();
  EXPECT_NE(err_.str().find("--agent"), std::string::npos) << err_.str();
}

}  // namespace
}  // namespace idlewarden::tools
