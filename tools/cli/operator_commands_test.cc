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

 private:
  grpc::Status ApprovePlan(grpc::ServerContext*, const pb::ApprovePlanRequest* request, pb::Status* response) override {
    approve = *request;
    *response = status;
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

TEST(CallerNameTest, IsNeverEmptyAndNamesWhoUsedSudo) {
  unsetenv("SUDO_USER");
  EXPECT_NE(CallerName(), "");
  setenv("SUDO_USER", "carol", 1);
  EXPECT_EQ(CallerName(), "carol");
  unsetenv("SUDO_USER");
}

}  // namespace
}  // namespace idlewarden::tools
