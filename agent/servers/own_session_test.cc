#include "agent/servers/own_session.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

// Whether the row is marked beside the agent's true own one.
bool IsOwn(const std::string& client, const std::string& user, const std::string& own_user,
           const std::string& own_address) {
  std::vector<policy::Session> sessions(2);
  sessions[0].client = client;
  sessions[0].user = user;
  sessions[1].client = own_address;
  sessions[1].user = own_user;
  MarkOwnSessions(own_user, own_address, &sessions);
  return sessions[0].own;
}

TEST(OwnSessionTest, AccountAndAddressMustBeTheSame) {
  EXPECT_TRUE(IsOwn("10.0.0.9", "svc-idlewarden", "svc-idlewarden", "10.0.0.9"));
  EXPECT_FALSE(IsOwn("10.0.0.8", "svc-idlewarden", "svc-idlewarden", "10.0.0.9"));
  EXPECT_FALSE(IsOwn("10.0.0.9", "alice", "svc-idlewarden", "10.0.0.9"));
}

TEST(OwnSessionTest, BehindAddressTranslationEachSessionOfTheAccountMayBeTheOwn) {
  std::vector<policy::Session> sessions(3);
  sessions[0] = {.client = "10.0.0.9", .user = "CORP\\svc"};
  sessions[1] = {.client = "10.0.0.8", .user = "svc"};
  sessions[2] = {.client = "10.0.0.9", .user = "alice"};
  MarkOwnSessions("svc", "172.17.0.2", &sessions);
  EXPECT_TRUE(sessions[0].own);
  EXPECT_TRUE(sessions[1].own);
  EXPECT_FALSE(sessions[2].own);
}

TEST(OwnSessionTest, CaseAndDomainAreIgnored) {
  EXPECT_TRUE(IsOwn("10.0.0.9", "SVC-Idlewarden", "CORP\\svc-idlewarden", "10.0.0.9"));
  EXPECT_TRUE(IsOwn("10.0.0.9", "CORP\\svc-idlewarden", "svc-idlewarden@CORP.EXAMPLE", "10.0.0.9"));
  for (const char* user :
       {"CORP+svc-idlewarden", "CORP|svc-idlewarden", "CORP:SVC-idlewarden", "CORP/svc-idlewarden"}) {
    EXPECT_TRUE(IsOwn("10.0.0.9", user, "CORP\\svc-idlewarden", "10.0.0.9")) << user;
  }
  EXPECT_TRUE(IsOwn("10.0.0.9", "CORP\\o\u0308", "\u00D6@CORP.EXAMPLE", "10.0.0.9")) << "in any normal form";
  EXPECT_FALSE(IsOwn("10.0.0.9", "x-svc-idlewarden", "svc-idlewarden", "10.0.0.9"));
}

TEST(OwnSessionTest, SpellingsOfTheAddress) {
  EXPECT_TRUE(IsOwn("\\\\10.0.0.9", "svc", "svc", "10.0.0.9"));
  EXPECT_TRUE(IsOwn("[2001:db8::1]", "svc", "svc", "2001:DB8:0::1"));
  EXPECT_TRUE(IsOwn("10.0.0.9", "svc", "svc", "::ffff:10.0.0.9"));
}

TEST(OwnSessionTest, ANameMayStandForTheAddress) {
  EXPECT_TRUE(IsOwn("agent-host", "svc", "svc", "10.0.0.9"));
  EXPECT_FALSE(IsOwn("agent-host", "alice", "svc", "10.0.0.9"));
}

TEST(OwnSessionTest, WithoutKnowledgeOfItself) {
  EXPECT_TRUE(IsOwn("10.0.0.1", "svc", "svc", "")) << "any of the account's sessions may be the own one";
  EXPECT_FALSE(IsOwn("10.0.0.1", "", "", "10.0.0.1")) << "an anonymous logon marks nothing";
}

}  // namespace
}  // namespace idlewarden::agent
