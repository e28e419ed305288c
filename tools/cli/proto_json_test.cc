#include "tools/cli/proto_json.h"

#include "gtest/gtest.h"
#include "proto/idlewarden/control/v1/control.pb.h"

namespace idlewarden::tools {
namespace {

namespace pb = ::idlewarden::control::v1;

TEST(ProtoJsonTest, EveryFieldIsThereInTheProtosNames) {
  pb::Session session;
  session.set_server("fs01");
  session.set_client("\\\\10.0.0.5");
  session.set_user("zoë");
  session.set_idle_seconds(1900);
  session.set_decision("keep");
  EXPECT_EQ(MessageJson(session),
            R"({"server":"fs01","client":"\\\\10.0.0.5","user":"zoë","idle_seconds":1900,"age_seconds":null,)"
            R"("open_files":null,"decision":"keep","rule":"","reason":"","idle_at_least":false})");
}

TEST(ProtoJsonTest, TimesMapsAndLists) {
  pb::Server server;
  server.set_name("fs01");
  server.set_up(true);
  server.mutable_last_success()->set_seconds(0);
  server.mutable_last_duration()->set_nanos(250000000);
  server.set_sessions(3);
  server.add_idle_rules_without_effect("kiosks");
  (*server.mutable_labels())["site"] = "ams";
  const std::string json = MessageJson(server);
  EXPECT_NE(json.find(R"("last_success":"1970-01-01T00:00:00Z","last_duration":"0.250s","sessions":3)"),
            std::string::npos)
      << json;
  EXPECT_NE(json.find(R"("idle_rules_without_effect":["kiosks"],"labels":{"site":"ams"})"), std::string::npos) << json;
}

TEST(ProtoJsonTest, AMessageThatIsNotSetIsNull) {
  pb::Status status;
  status.add_servers()->set_name("fs01");
  const std::string json = MessageJson(status);
  EXPECT_NE(json.find(R"("policy":null)"), std::string::npos) << json;
  EXPECT_NE(json.find(R"("servers":[{"name":"fs01")"), std::string::npos) << json;
}

}  // namespace
}  // namespace idlewarden::tools
