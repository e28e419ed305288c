// Kept look-ups against the plain evaluator, while values, policies and tables change under them.

#include "policy/evaluator/lookup_cache.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "policy/compiler/compiled_policy.h"
#include "policy/evaluator/plain_evaluator.h"
#include "policy/evaluator/session_facts.h"
#include "policy/evaluator/table_evaluator.h"
#include "policy/model/resolved_policy.h"
#include "policy/testing/build.h"

namespace idlewarden::policy {
namespace {

using testing::MakeServer;
using testing::MakeSession;
using testing::MakeTable;
using testing::MustCompile;

const absl::Time kAt = absl::FromUnixSeconds(1'795'000'000);

constexpr absl::string_view kPolicy =
    "protect: [{name: services, when: {users: [\"svc-*\"]}}]\n"
    "rules: [{name: bob, when: {idle: 15m, users: [bob]}}, {name: net, when: {idle: 15m, clients: [10.0.0.0/8]}}]\n";
constexpr absl::string_view kOther =
    "protect: [{name: boss, when: {users: [bob]}}]\n"
    "rules: [{name: pcs, when: {idle: 15m, clients: [\"pc-*\"]}}, {name: carol, when: {idle: 15m, users: [carol]}}]\n";

// Of one server.
SessionTable TableOf(const std::vector<std::pair<std::string, std::string>>& users_and_clients) {
  std::vector<Session> sessions;
  for (const auto& [user, client] : users_and_clients) sessions.push_back(MakeSession(client, user));
  return MakeTable({MakeServer("fs01", std::move(sessions))});
}

std::vector<RowMatch> Plainly(const CompiledPolicy& policy, const ServerView& server) {
  std::vector<RowMatch> matches;
  for (size_t row = 0; row < server.size(); ++row) {
    matches.push_back(MatchPlainly(policy.resolved(), FactsOf(server, row, kAt)));
  }
  return matches;
}

class KeptLookupsTest : public ::testing::Test {
 protected:
  // One server after another, as polls come, and all at once, as in a cycle.
  void ExpectRight(const CompiledPolicy& policy, const SessionTable& table) {
    for (size_t i = 0; i < table.server_count(); ++i) {
      const ServerView server = table.server(i);
      EXPECT_EQ(TableEvaluator(policy, server, kAt, &kept_).Evaluate(server), Plainly(policy, server));
    }
    const TableEvaluator all(policy, table, kAt, &kept_);
    for (size_t i = 0; i < table.server_count(); ++i) {
      EXPECT_EQ(all.Evaluate(table.server(i)), Plainly(policy, table.server(i)));
    }
  }

  LookupCache kept_;
};

TEST_F(KeptLookupsTest, KnowsValuesThatCameLater) {
  const auto policy = MustCompile(kPolicy);
  SessionTable table = TableOf({{"bob", "pc-1"}, {"carol", "pc-2"}});
  ExpectRight(*policy, table);
  table.SetServer(MakeServer("fs01", {MakeSession("10.0.0.1", "svc-a"), MakeSession("pc-1", "dave")}));
  ExpectRight(*policy, table);
  table.SetServer(MakeServer("fs02", {MakeSession("10.0.0.2", "dave"), MakeSession("pc-3", "bob")}));
  ExpectRight(*policy, table);
}

TEST_F(KeptLookupsTest, KeepsWhatOtherServersBrought) {
  const auto policy = MustCompile(kPolicy);
  SessionTable table = TableOf({{"bob", "pc-1"}});
  table.SetServer(MakeServer("fs02", {MakeSession("pc-2", "carol")}));
  kept_.For(*policy, table.server(0));
  const ValueLookups& lookups = kept_.For(*policy, table.server(1));
  EXPECT_TRUE(lookups.classes(Field::kUsers).Has(0));
  EXPECT_TRUE(lookups.classes(Field::kClients).Has(0));
  const SessionTable view = table;  // shares the strings
  EXPECT_TRUE(kept_.For(*policy, view.server(1)).classes(Field::kUsers).Has(0));
}

TEST_F(KeptLookupsTest, ServesNoServersToo) {
  const auto policy = MustCompile(kPolicy);
  const auto other = MustCompile(kOther);
  const SessionTable table = TableOf({{"bob", "pc-1"}});
  EXPECT_EQ(&kept_.For(*policy, {}).index(), &policy->index());
  ExpectRight(*policy, table);
  EXPECT_EQ(&kept_.For(*other, {}).index(), &other->index());
  ExpectRight(*other, table);
}

TEST_F(KeptLookupsTest, StartsOverWithAnotherPolicy) {
  const auto policy = MustCompile(kPolicy);
  const auto other = MustCompile(kOther);
  const SessionTable table = TableOf({{"bob", "pc-1"}, {"carol", "10.0.0.1"}, {"dave", "pc-2"}});
  for (const auto& each : {policy, other, policy}) ExpectRight(*each, table);
}

TEST_F(KeptLookupsTest, APolicyAtTheAddressOfAnotherIsAnother) {
  const SessionTable table = TableOf({{"bob", "pc-1"}, {"carol", "10.0.0.1"}, {"dave", "pc-2"}});
  std::optional<CompiledPolicy> policy;
  for (const absl::string_view yaml : {kPolicy, kOther, kPolicy}) {
    policy.emplace(std::make_shared<const ResolvedPolicy>(MustCompile(yaml)->resolved()));
    ExpectRight(*policy, table);
  }
}

TEST_F(KeptLookupsTest, LooksClientsUpAnewWhenOtherAddressesAreKnown) {
  const auto policy = MustCompile("protect: [{name: pcs, when: {clients: [pc-1, pc-2]}}]\n");
  SessionTable table = TableOf({{"bob", "10.0.0.1"}, {"carol", "10.0.0.2"}, {"dave", "pc-1"}});
  ExpectRight(*policy, table);
  for (const char* address : {"10.0.0.1", "10.0.0.2"}) {
    table.SetHosts({{"PC-1.", {*IpAddress::Parse(address)}}, {"pc-2", {}}});
    ExpectRight(*policy, table);
  }
  table.SetHosts({});
  ExpectRight(*policy, table);
}

TEST_F(KeptLookupsTest, KeepsClientsWhenTheAddressesMakeNoDifference) {
  const auto policy = MustCompile("rules: [{name: r, when: {idle: 1h, users: [bob], clients: [pc-1]}}]\n");
  SessionTable table = TableOf({{"bob", "10.0.0.1"}});
  table.SetServer(MakeServer("fs02", {MakeSession("pc-2", "carol")}));
  kept_.For(*policy, table.server(0));
  table.SetHosts({{"other", {*IpAddress::Parse("10.0.0.1")}}});
  EXPECT_TRUE(kept_.For(*policy, table.server(1)).classes(Field::kClients).Has(0));
  table.SetHosts({{"pc-1", {*IpAddress::Parse("10.0.0.1")}}});
  const ValueLookups& lookups = kept_.For(*policy, table.server(1));
  EXPECT_FALSE(lookups.classes(Field::kClients).Has(0));
  EXPECT_TRUE(lookups.classes(Field::kUsers).Has(0)) << "only clients have hosts";
}

TEST_F(KeptLookupsTest, StartsOverWithAnotherTable) {
  const auto policy = MustCompile(kPolicy);
  const SessionTable table = TableOf({{"bob", "pc-1"}, {"carol", "10.0.0.1"}});
  const SessionTable other = TableOf({{"carol", "10.0.0.1"}, {"bob", "pc-1"}});
  for (const SessionTable* each : {&table, &other, &table}) ExpectRight(*policy, *each);
}

TEST_F(KeptLookupsTest, StartsOverWhenATableDropsStrings) {
  const auto policy = MustCompile(kPolicy);
  SessionTable table = TableOf({{"dave", "pc-1"}, {"bob", "10.0.0.1"}});
  table.SetServer(MakeServer("fs01", {MakeSession("10.0.0.1", "bob")}));
  ExpectRight(*policy, table);
  table = SessionTable(table);
  table.SetServer(MakeServer("fs02", {MakeSession("pc-2", "carol")}));  // a copy interns what it uses anew
  ExpectRight(*policy, table);
}

// The strings of one table after the other, most of them where those of the one before were.
TEST_F(KeptLookupsTest, TablesThatComeAndGoAreToldApart) {
  const auto policy = MustCompile(kPolicy);
  for (int i = 0; i < 100; ++i) {
    const std::string user = i % 3 == 0 ? "bob" : i % 3 == 1 ? "svc-b" : "dave";
    ExpectRight(*policy, TableOf({{user, i % 2 == 0 ? "pc-1" : absl::StrCat("10.0.0.", i)}}));
  }
}

}  // namespace
}  // namespace idlewarden::policy
