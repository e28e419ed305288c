#include "policy/compiler/host_names.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/testing/build.h"

namespace idlewarden::policy {
namespace {

using ::testing::ElementsAre;

TEST(HostNames, AreTheLiteralOnesOfAllClients) {
  const auto policy = testing::MustCompile(R"(
lists:
  consoles: [Console1.corp.example., "kiosk-*", 10.0.0.0/8, $more]
  more: [console2]
  unused: [elsewhere]
  accounts: [not-a-host]
protect:
  - {name: backup, when: {clients: [BACKUP01, backup01, "*"]}}
  - {name: staff, when: {users: [$accounts]}}
rules:
  - name: kiosks
    when:
      idle: {at_least: 1h}
      any: [{clients: {not_in: [$consoles]}}, {clients: ["kiosk-?", till1.corp.example]}]
)");
  EXPECT_THAT(HostNamesOf(*policy), ElementsAre("backup01", "console1.corp.example", "console2", "till1.corp.example"));
}

}  // namespace
}  // namespace idlewarden::policy
