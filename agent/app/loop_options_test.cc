#include "agent/app/loop_options.h"

#include <functional>
#include <vector>

#include "absl/time/time.h"
#include "agent/settings/settings.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

TEST(LoopOptionsTest, TakesTheGatesRatesOver) {
  Settings settings;
  settings.mode = AgentMode::kEnforce;
  settings.executor.rate = {.closes_per_second = 7, .burst = 9};
  settings.executor.per_rule = RateSettings{.closes_per_second = 0.5, .burst = 3};
  const AgentLoopOptions options = LoopOptionsOf(settings, 42);
  EXPECT_FALSE(options.observe_only);
  EXPECT_EQ(options.executor.rates.closes_per_second, 7);
  EXPECT_EQ(options.executor.rates.burst, 9);
  ASSERT_TRUE(options.executor.rates.per_rule.has_value());
  EXPECT_EQ(options.executor.rates.per_rule->closes_per_second, 0.5);
  EXPECT_EQ(options.executor.rates.per_rule->burst, 3);
  EXPECT_EQ(options.executor.random_seed, 42u);
}

TEST(LoopOptionsTest, ObservesUnlessToldOtherwise) {
  const AgentLoopOptions options = LoopOptionsOf(Settings(), 1);
  EXPECT_TRUE(options.observe_only);
  EXPECT_FALSE(options.executor.rates.per_rule.has_value());
}

TEST(NeedsRestartTest, WhateverServersAndHoldFileDoNotCover) {
  Settings now;
  now.hold_file = "/run/hold";
  now.servers.emplace_back();
  now.server_files = {"servers.d/*.yaml"};
  EXPECT_FALSE(NeedsRestart(Settings(), now));

  const std::vector<std::function<void(Settings&)>> changes = {
      [](Settings& s) { s.name = "other"; },
      [](Settings& s) { s.mode = AgentMode::kEnforce; },
      [](Settings& s) { s.policy = "/etc/other.yaml"; },
      [](Settings& s) { s.state_dir = "/var/lib/other"; },
      [](Settings& s) { s.smb_worker = "/opt/worker"; },
      [](Settings& s) { s.log_level = "debug"; },
      [](Settings& s) { s.listen.http = "127.0.0.1:1"; },
      [](Settings& s) { s.polling.shortest += absl::Seconds(1); },
      [](Settings& s) { s.executor.rate.burst += 1; },
      [](Settings& s) { s.self_demotion.at_least += 1; },
      [](Settings& s) { s.audit.retention += absl::Hours(1); },
      [](Settings& s) { s.inhibitors.emplace_back(); },
  };
  for (size_t i = 0; i < changes.size(); ++i) {
    Settings changed;
    changes[i](changed);
    EXPECT_TRUE(NeedsRestart(Settings(), changed)) << "change " << i;
  }
}

}  // namespace
}  // namespace idlewarden::agent
