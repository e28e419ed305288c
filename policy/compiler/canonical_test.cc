#include "policy/compiler/canonical.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "policy/compiler/compile.h"
#include "policy/testing/build.h"

namespace idlewarden::policy {
namespace {

using testing::MustCompile;

constexpr absl::string_view kEverything = R"(version: 1
zone: Europe/Amsterdam
lists:
  service-accounts: ["svc-*", "backup", "CORP\\sql-*"]
  kiosks: [10.20.0.0/16, "2001:db8:20::/48", "kiosk-*"]
  unused: [x]
  leavers: {file: leavers.txt}
limits: {max_closes_per_cycle: unlimited, max_percent_per_server: 5}
allow: [machine-accounts]
protect:
- {name: service-accounts, when: {users: [$service-accounts]}, reason: "they \"run\"\tthings"}
rules:
- name: kiosks
  when: {idle: {at_least: 15m, below: 30d}, clients: [$kiosks], any: [{guest: true}, {open_files: {at_least: 2}}]}
  mode: enforce
  max_closes_per_cycle: 5
- name: contractors-at-night
  when:
    idle: 30m
    users: {in: ["ext-*", $leavers], not_in: ["ext-oncall"]}
    during: {days: [fri-mon], from: "19:00", to: "07:00", except_dates: [2026-12-25]}
    servers: {in: ["fs*"], labels: {site: [ams, rtm], "a b": c}}
    client_types: [""]
    transports: {not_in: [x]}
    server_sessions: {at_most: 9}
    user_sessions: 2
  for: 5m
  description: at night
- {name: active, when: {age: 7d}, close_active: true}
)";

PolicySource Source(absl::string_view text) {
  return {"p.yaml", std::string(text), [](const std::string& /*path*/) { return "mallory\nx # gone\n"; }};
}

constexpr absl::string_view kCanonical = R"(version: 1
lists:
  "kiosks":
    - "10.20.0.0/16"
    - "2001:db8:20::/48"
    - "kiosk-*"
  "leavers":
    - "mallory"
    - "x"
  "service-accounts":
    - "CORP\\sql-*"
    - "backup"
    - "svc-*"
limits:
  max_closes_per_cycle: unlimited
  max_percent_per_server: 5
allow: [machine-accounts]
protect:
  - name: "service-accounts"
    when:
      users: {in: ["$service-accounts"]}
    reason: "they \"run\"\tthings"
rules:
  - name: "kiosks"
    when:
      idle: {at_least: 15m, below: 30d}
      clients: {in: ["$kiosks"]}
      any:
        - {open_files: {at_least: 0, at_most: 0}, guest: true}
        - {open_files: {at_least: 2}}
    mode: enforce
    max_closes_per_cycle: 5
    close_active: false
  - name: "contractors-at-night"
    when:
      idle: {at_least: 30m}
      open_files: {at_least: 0, at_most: 0}
      users: {in: ["$leavers", "ext-*"], not_in: ["ext-oncall"]}
      servers: {in: ["fs*"], labels: {"a b": ["c"], "site": ["ams", "rtm"]}}
      client_types: {in: [""]}
      transports: {not_in: ["x"]}
      during: [{days: [mon, fri, sat, sun], from: "19:00", to: "07:00", zone: "Europe/Amsterdam", except_dates: [2026-12-25]}]
      server_sessions: {at_most: 9}
      user_sessions: {at_least: 2, at_most: 2}
    mode: observe
    for: 5m
    max_closes_per_cycle: unlimited
    close_active: false
    description: "at night"
  - name: "active"
    when:
      age: {at_least: 7d}
      open_files: {at_least: 0, at_most: 0}
    mode: observe
    max_closes_per_cycle: unlimited
    close_active: true
)";

TEST(CanonicalTest, WritesEverythingOut) {
  const CompileResult result = CompilePolicy(Source(kEverything));
  ASSERT_NE(result.policy, nullptr);
  EXPECT_EQ(result.policy->canonical(), kCanonical);
}

TEST(CanonicalTest, CompilesToTheSame) {
  const CompileResult result = CompilePolicy(Source(kCanonical));
  ASSERT_NE(result.policy, nullptr);
  EXPECT_EQ(result.policy->canonical(), kCanonical);
  EXPECT_EQ(result.policy->hash(), CompilePolicy(Source(kEverything)).policy->hash());
  EXPECT_EQ(result.policy->hash().size(), 64u);
}

TEST(CanonicalTest, LayoutCommentsAndOrderOfEntriesDoNotChangeTheHash) {
  EXPECT_EQ(
      MustCompile("rules: [{name: r, when: {idle: 60m, users: [a, b, a]}}] # c\n")->hash(),
      MustCompile("rules:\n- when: {users: {in: [b, a]}, idle: {at_least: 1h}}\n  name: r\n  mode: observe\n")->hash());
}

TEST(CanonicalTest, MeaningChangesTheHash) {
  const std::string hash = MustCompile("rules: [{name: r, when: {idle: 1h}}]\n")->hash();
  EXPECT_NE(MustCompile("rules: [{name: r, when: {idle: 61m}}]\n")->hash(), hash);
  EXPECT_NE(MustCompile("rules: [{name: r, when: {idle: 1h}, mode: enforce}]\n")->hash(), hash);
  EXPECT_NE(MustCompile("rules: [{name: r, when: {idle: 1h, open_files: {at_least: 0}}}]\n")->hash(), hash);
  EXPECT_NE(MustCompile("limits: {max_closes_per_cycle: 1}\nrules: [{name: r, when: {idle: 1h}}]\n")->hash(), hash);
}

TEST(CompiledPolicyTest, NamesRulesAndWhatTheyNeed) {
  const auto policy = MustCompile(
      "protect: [{name: p, when: {guest: true}, reason: why}]\n"
      "rules:\n"
      "- {name: a, when: {idle: 1h}, mode: enforce, for: 5m}\n"
      "- {name: b, when: {age: 1h}, close_active: true}\n"
      "- {name: c, when: {any: [{idle: 1h}, {age: 1h}]}, close_active: true}\n"
      "- {name: d, when: {any: [{idle: 1h}, {idle: 2h, guest: true}]}}\n");
  EXPECT_EQ(policy->RulesNeedingIdle(), (std::vector<std::string>{"a", "d"}));
  EXPECT_EQ(policy->rule_count(), 4u);
  EXPECT_EQ(policy->rule_name(1), "b");
  EXPECT_EQ(policy->rule_mode(0), RuleMode::kEnforce);
  EXPECT_EQ(policy->rule_for(0), absl::Minutes(5));
  EXPECT_EQ(policy->protection_reason(0), "why");
  EXPECT_EQ(policy->NameOf({Decision::kKeep, Reason::kProtectedUnknown, 0}), "p");
  EXPECT_EQ(policy->NameOf({Decision::kClose, Reason::kMatched, 0}), "a");
  EXPECT_EQ(policy->NameOf({Decision::kKeep, Reason::kNoRule, -1}), "");
}

}  // namespace
}  // namespace idlewarden::policy
