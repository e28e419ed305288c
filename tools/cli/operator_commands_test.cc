#include "tools/cli/operator_commands.h"

#include <cstdlib>
#include <memory>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "proto/idlewarden/control/v1/control.grpc.pb.h"

namespace idlewarden::tools {
namespace {

namespace pb = ::idlewarden::control::v1;
using ::testing::HasSubstr;

// An agent that answers what the test put in, and remembers what it was asked.
class FakeAgent final : public pb::AgentService::Service {
 public:
  FakeAgent() {
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
    address = absl::StrCat("127.0.0.1:", port);
  }

  std::string address;
  pb::Status status;
  grpc::Status result;
  pb::ApprovePlanRequest approve;
  pb::AddExemptionRequest add;
  pb::RemoveExemptionRequest remove;
  pb::ListExemptionsResponse list;
  pb::RestoreRuleRequest restore;

 private:
  grpc::Status ApprovePlan(grpc::ServerContext*, const pb::ApprovePlanRequest* request, pb::Status* response) override {
    approve = *request;
    *response = status;
    return result;
  }

  grpc::Status AddExemption(grpc::ServerContext*, const pb::AddExemptionRequest* request,
                            pb::Exemption* response) override {
    add = *request;
    *response = request->exemption();
    response->set_id(3);
    return result;
  }
  grpc::Status RemoveExemption(grpc::ServerContext*, const pb::RemoveExemptionRequest* request,
                               pb::Exemption* response) override {
    remove = *request;
    response->set_id(request->id());
    response->add_users("alice");
    return result;
  }
  grpc::Status ListExemptions(grpc::ServerContext*, const pb::ListExemptionsRequest*,
                              pb::ListExemptionsResponse* response) override {
    *response = list;
    return result;
  }
  grpc::Status RestoreRule(grpc::ServerContext*, const pb::RestoreRuleRequest* request, pb::Status* response) override {
    restore = *request;
    return result;
  }

  std::unique_ptr<grpc::Server> server_;
};

class OperatorCommandsTest : public ::testing::Test {
 protected:
  int Run(int (*command)(const OperatorOptions&, Output&), OperatorOptions options) {
    options.agent = agent_.address;
    out_.str("");
    err_.str("");
    Output output{.out = out_, .err = err_, .terminal = {}};
    return command(options, output);
  }

  FakeAgent agent_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(OperatorCommandsTest, ApproveSaysWhatIsClosedNow) {
  agent_.status.set_approved_pairs(60);
  EXPECT_EQ(Run(RunApprove, {.by = "carol", .reason = "planned", .plan_id = "abc"}), kDone);
  EXPECT_EQ(agent_.approve.plan_id(), "abc");
  EXPECT_EQ(agent_.approve.by(), "carol");
  EXPECT_EQ(agent_.approve.reason(), "planned");
  EXPECT_EQ(out_.str(),
            "Approved: plan abc. 60 pairs are now closed at the agent's rate, each looked at once more before.\n");
}

TEST_F(OperatorCommandsTest, ApproveWarnsOfWhatStillHolds) {
  agent_.status.set_approved_pairs(1);
  agent_.status.add_holds()->set_cause("hold-file");
  agent_.status.mutable_holds(0)->set_reason("storage move");
  EXPECT_EQ(Run(RunApprove, {.by = "carol", .plan_id = "abc"}), kDone);
  EXPECT_THAT(out_.str(), HasSubstr("But nothing is closed while this holds: hold-file (storage move)\n"));
}

TEST_F(OperatorCommandsTest, ARefusedApprovalFailsWithTheAgentsWords) {
  agent_.result = grpc::Status(grpc::StatusCode::FAILED_PRECONDITION, "plan abc is not the held plan of this moment");
  EXPECT_EQ(Run(RunApprove, {.by = "carol", .plan_id = "abc"}), kFailed);
  EXPECT_EQ(out_.str(), "");
  EXPECT_THAT(err_.str(), HasSubstr("plan abc is not the held plan of this moment"));
}

TEST_F(OperatorCommandsTest, ExemptAddSendsWhatWasSaid) {
  EXPECT_EQ(Run(RunExemptAdd, {.by = "carol",
                               .reason = "migration",
                               .users = {"alice", "ext-*"},
                               .clients = {"10.0.0.0/8"},
                               .ticket = "OPS-7",
                               .until = "2030-01-02T03:04:05Z"}),
            kDone);
  EXPECT_EQ(agent_.add.exemption().users(1), "ext-*");
  EXPECT_EQ(agent_.add.exemption().by(), "carol");
  EXPECT_EQ(agent_.add.exemption().ticket(), "OPS-7");
  EXPECT_EQ(agent_.add.exemption().expires_at().seconds(), 1893553445);
  EXPECT_EQ(out_.str(), "Exemption 3: users alice, ext-*; clients 10.0.0.0/8, until 2030-01-02 03:04:05Z\n");
}

TEST_F(OperatorCommandsTest, ExemptAddNeedsAnEnd) {
  EXPECT_EQ(Run(RunExemptAdd, {.by = "carol", .users = {"alice"}}), kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("--for 8h"));
  EXPECT_EQ(Run(RunExemptAdd, {.by = "carol", .users = {"alice"}, .duration = "8"}), kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("a duration such as 8h"));
  EXPECT_EQ(Run(RunExemptAdd, {.by = "carol", .users = {"alice"}, .duration = "8h"}), kDone);
  EXPECT_GT(agent_.add.exemption().expires_at().seconds(), 1'700'000'000);
}

TEST_F(OperatorCommandsTest, ExemptListIsATableOrLines) {
  EXPECT_EQ(Run(RunExemptList, {}), kDone);
  EXPECT_EQ(out_.str(), "There is no exemption.\n");
  pb::Exemption& one = *agent_.list.add_exemptions();
  one.set_id(7);
  one.add_clients("10.0.0.0/8");
  one.set_by("carol");
  one.set_reason("migration");
  EXPECT_EQ(Run(RunExemptList, {}), kDone);
  EXPECT_THAT(out_.str(), HasSubstr("clients 10.0.0.0/8"));
  EXPECT_THAT(out_.str(), HasSubstr("migration"));
  EXPECT_EQ(Run(RunExemptList, {.json = true}), kDone);
  EXPECT_THAT(out_.str(), HasSubstr(R"("clients":["10.0.0.0/8"])"));
}

TEST_F(OperatorCommandsTest, ExemptRemoveAndRestoreSayByWhom) {
  EXPECT_EQ(Run(RunExemptRemove, {.by = "carol", .exemption_id = 7}), kDone);
  EXPECT_EQ(agent_.remove.id(), 7u);
  EXPECT_EQ(agent_.remove.by(), "carol");
  EXPECT_EQ(Run(RunRestore, {.by = "carol", .rule = "kiosks"}), kDone);
  EXPECT_EQ(agent_.restore.rule(), "kiosks");
  EXPECT_EQ(agent_.restore.by(), "carol");
  EXPECT_EQ(out_.str(), "Rule kiosks enforces again.\n");
}

TEST(CallerNameTest, IsNeverEmptyAndNamesWhoUsedSudo) {
  unsetenv("SUDO_USER");
  EXPECT_NE(CallerName(), "");
  setenv("SUDO_USER", "carol", 1);
  EXPECT_EQ(CallerName(), "carol");
  unsetenv("SUDO_USER");
}

}  // namespace
}  // namespace idlewarden::tools
