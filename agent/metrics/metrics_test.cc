#include "agent/metrics/metrics.h"

#include <algorithm>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "agent/metrics/metric_table.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

// The value of the line that is exactly `series VALUE`; "absent" if there is none.
std::string Value(const AgentMetrics& metrics, const std::string& series) {
  const std::string text = metrics.TextFormat();
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (absl::StartsWith(line, series + " ")) return std::string(line.substr(series.size() + 1));
  }
  return "absent";
}

TEST(MetricsTest, PairsAreThereFromTheStart) {
  AgentMetrics metrics("1.2.3");
  EXPECT_EQ(Value(metrics, "idlewarden_build_info{version=\"1.2.3\"}"), "1");
  EXPECT_EQ(Value(metrics, "idlewarden_worker_restarts_total"), "0");
  EXPECT_EQ(Value(metrics, "idlewarden_paused"), "0");
  EXPECT_EQ(Value(metrics, "idlewarden_close_queue_length"), "0");
  EXPECT_EQ(Value(metrics, "idlewarden_policy_reloads_total{result=\"ok\"}"), "0");
  EXPECT_EQ(Value(metrics, "idlewarden_policy_reloads_total{result=\"failed\"}"), "0");
  for (const char* cause : Causes()) {
    EXPECT_EQ(Value(metrics, std::string("idlewarden_enumerations_total{result=\"") + cause + "\"}"), "0");
  }
  metrics.PolicyLoaded("abc", {{"kiosks", "enforce"}}, absl::FromUnixSeconds(1000));
  for (const char* outcome : Outcomes()) {
    const std::string labels = std::string("{outcome=\"") + outcome + "\",rule=\"kiosks\"}";
    EXPECT_EQ(Value(metrics, "idlewarden_closes_total" + labels), "0");
  }
  for (const char* decision : Decisions()) {
    const std::string labels = std::string("{decision=\"") + decision + "\",rule=\"kiosks\"}";
    EXPECT_EQ(Value(metrics, "idlewarden_decisions_total" + labels), "0");
  }
}

TEST(MetricsTest, EventsAreCounted) {
  AgentMetrics metrics("1");
  metrics.EnumerationDone("fs01", "ok", absl::Milliseconds(20));
  metrics.EnumerationDone("fs01", "timeout", absl::Seconds(10));
  metrics.EnumerationDone("fs01", "made\nup", absl::Seconds(10));
  EXPECT_EQ(Value(metrics, "idlewarden_enumerations_total{result=\"ok\"}"), "1");
  EXPECT_EQ(Value(metrics, "idlewarden_enumerations_total{result=\"timeout\"}"), "1");
  EXPECT_EQ(Value(metrics, "idlewarden_enumerations_total{result=\"internal\"}"), "1");
  EXPECT_EQ(Value(metrics, "idlewarden_enumeration_duration_seconds_count"), "3");
  EXPECT_EQ(Value(metrics, "idlewarden_enumeration_duration_seconds_bucket{le=\"0.025\"}"), "1");
  metrics.DecisionsChanged("kiosks", "close", 3);
  metrics.DecisionsChanged("kiosks", "close");
  EXPECT_EQ(Value(metrics, "idlewarden_decisions_total{decision=\"close\",rule=\"kiosks\"}"), "4");
  metrics.CloseDone("kiosks", "closed", absl::Milliseconds(300));
  EXPECT_EQ(Value(metrics, "idlewarden_closes_total{outcome=\"closed\",rule=\"kiosks\"}"), "1");
  EXPECT_EQ(Value(metrics, "idlewarden_close_duration_seconds_count"), "1");
  metrics.CycleDone(absl::Milliseconds(3), 1234);
  EXPECT_EQ(Value(metrics, "idlewarden_cycle_sessions"), "1234");
  metrics.SetCloseQueueLength(7);
  EXPECT_EQ(Value(metrics, "idlewarden_close_queue_length"), "7");
  metrics.SetPairsBackedOff(3);
  EXPECT_EQ(Value(metrics, "idlewarden_pairs_backed_off"), "3");
  metrics.SetClosesWithoutOutcome(2);
  EXPECT_EQ(Value(metrics, "idlewarden_closes_without_outcome"), "2");
  metrics.SetPaused(true);
  EXPECT_EQ(Value(metrics, "idlewarden_paused"), "1");
  metrics.SetHeldPairs("limit-rule", 12);
  EXPECT_EQ(Value(metrics, "idlewarden_held_pairs{limit=\"limit-rule\"}"), "12");
  metrics.WorkerRestarted();
  EXPECT_EQ(Value(metrics, "idlewarden_worker_restarts_total"), "1");
  metrics.PolicyReloadDone(false);
  EXPECT_EQ(Value(metrics, "idlewarden_policy_reloads_total{result=\"failed\"}"), "1");
}

TEST(MetricsTest, ServersComeFromTheirLastStateAndLeaveNothingBehind) {
  AgentMetrics metrics("1");
  metrics.SetServer("fs01", {.up = false,
                             .idle_trust = "none",
                             .breaker = "open",
                             .protected_unknown = {{"backup-host", 3}},
                             .rules_without_effect = {"desks"}});
  EXPECT_EQ(Value(metrics, "idlewarden_server_rule_without_effect{server=\"fs01\",rule=\"desks\"}"), "1");
  EXPECT_EQ(Value(metrics, "idlewarden_protected_unknown_sessions{server=\"fs01\",protection=\"backup-host\"}"), "3");
  EXPECT_EQ(Value(metrics, "idlewarden_server_up{server=\"fs01\"}"), "0");
  EXPECT_EQ(Value(metrics, "idlewarden_server_last_success_timestamp_seconds{server=\"fs01\"}"), "absent");
  metrics.SetServer("fs01", {.up = true,
                             .last_success = absl::FromUnixMillis(1'700'000'000'500),
                             .last_duration = absl::Milliseconds(250),
                             .sessions = 12,
                             .idle_trust = "reported"});
  metrics.EnumerationDone("fs01", "refused", absl::Seconds(1));
  EXPECT_EQ(Value(metrics, "idlewarden_server_up{server=\"fs01\"}"), "1");
  EXPECT_EQ(Value(metrics, "idlewarden_server_last_success_timestamp_seconds{server=\"fs01\"}"), "1700000000.5");
  EXPECT_EQ(Value(metrics, "idlewarden_server_last_enumeration_duration_seconds{server=\"fs01\"}"), "0.25");
  EXPECT_EQ(Value(metrics, "idlewarden_server_sessions{server=\"fs01\"}"), "12");
  EXPECT_EQ(Value(metrics, "idlewarden_server_idle_trust{server=\"fs01\",trust=\"reported\"}"), "1");
  EXPECT_EQ(Value(metrics, "idlewarden_server_idle_trust{server=\"fs01\",trust=\"none\"}"), "0");
  EXPECT_EQ(Value(metrics, "idlewarden_server_breaker{server=\"fs01\",state=\"closed\"}"), "1");
  EXPECT_EQ(Value(metrics, "idlewarden_server_breaker{server=\"fs01\",state=\"open\"}"), "0");
  EXPECT_EQ(Value(metrics, "idlewarden_server_enumeration_errors_total{server=\"fs01\",cause=\"refused\"}"), "1");
  metrics.RemoveServer("fs01");
  metrics.EnumerationDone("fs01", "refused", absl::Seconds(1));  // an answer that came late
  EXPECT_FALSE(absl::StrContains(metrics.TextFormat(), "fs01")) << metrics.TextFormat();
}

TEST(MetricsTest, OnlyThePolicyInForceHasInfo) {
  AgentMetrics metrics("1");
  metrics.PolicyLoaded("aaa", {{"kiosks", "enforce"}, {"old", "observe"}}, absl::FromUnixSeconds(1000));
  EXPECT_EQ(Value(metrics, "idlewarden_rule_info{mode=\"enforce\",rule=\"kiosks\"}"), "1");
  metrics.PolicyLoaded("bbb", {{"kiosks", "observe"}}, absl::FromUnixSeconds(2000));
  EXPECT_EQ(Value(metrics, "idlewarden_policy_info{hash=\"aaa\"}"), "absent");
  EXPECT_EQ(Value(metrics, "idlewarden_policy_info{hash=\"bbb\"}"), "1");
  EXPECT_EQ(Value(metrics, "idlewarden_rule_info{mode=\"enforce\",rule=\"kiosks\"}"), "absent");
  EXPECT_EQ(Value(metrics, "idlewarden_rule_info{mode=\"observe\",rule=\"kiosks\"}"), "1");
  EXPECT_EQ(Value(metrics, "idlewarden_rule_info{mode=\"observe\",rule=\"old\"}"), "absent");
  EXPECT_EQ(Value(metrics, "idlewarden_policy_loaded_timestamp_seconds"), "2000");
  // The same policy again.
  metrics.PolicyLoaded("bbb", {{"kiosks", "observe"}}, absl::FromUnixSeconds(3000));
  EXPECT_EQ(Value(metrics, "idlewarden_policy_info{hash=\"bbb\"}"), "1");
  metrics.SetMode("observe");
  metrics.SetMode("enforce");
  EXPECT_EQ(Value(metrics, "idlewarden_mode_info{mode=\"observe\"}"), "absent");
  EXPECT_EQ(Value(metrics, "idlewarden_mode_info{mode=\"enforce\"}"), "1");
}

TEST(MetricsTest, ProcessMetricsArePlausible) {
  AgentMetrics metrics("1");
  EXPECT_GT(std::stod(Value(metrics, "process_resident_memory_bytes")), 1e6);
  EXPECT_GT(std::stod(Value(metrics, "process_start_time_seconds")), 1.6e9);
  EXPECT_GE(std::stod(Value(metrics, "process_open_fds")), 3);
  EXPECT_GE(std::stod(Value(metrics, "process_threads")), 1);
  EXPECT_GE(std::stod(Value(metrics, "process_cpu_seconds_total")), 0);
}

TEST(MetricsTest, AHoldShowsItsCauseAndItsReason) {
  AgentMetrics metrics("1");
  const std::string reason = "idlewarden_hold_info{cause=\"hold-file\",reason=\"move\"}";
  EXPECT_EQ(Value(metrics, "idlewarden_hold{cause=\"hold-file\"}"), "0");
  metrics.SetHold("hold-file", true, "storage");
  metrics.SetHold("hold-file", true, "move");
  EXPECT_EQ(Value(metrics, "idlewarden_hold{cause=\"hold-file\"}"), "1");
  EXPECT_EQ(Value(metrics, "idlewarden_hold{cause=\"paused\"}"), "0");
  EXPECT_EQ(Value(metrics, reason), "1");
  EXPECT_EQ(Value(metrics, "idlewarden_hold_info{cause=\"hold-file\",reason=\"storage\"}"), "absent");
  metrics.SetHold("hold-file", false, "");
  EXPECT_EQ(Value(metrics, reason), "absent");
}

TEST(MetricsTest, DemotedRulesHaveASeriesWhileTheyAre) {
  AgentMetrics metrics("1");
  metrics.SetDemotedRules({"kiosks", "everyone"});
  EXPECT_EQ(Value(metrics, "idlewarden_rule_demoted{rule=\"kiosks\"}"), "1");
  metrics.SetDemotedRules({"everyone"});
  EXPECT_EQ(Value(metrics, "idlewarden_rule_demoted{rule=\"kiosks\"}"), "absent");
  EXPECT_EQ(Value(metrics, "idlewarden_rule_demoted{rule=\"everyone\"}"), "1");
}

TEST(MetricsTest, LabelValuesAreEscaped) {
  AgentMetrics metrics("1");
  metrics.SetServer("a\"b\\c\nd", {});
  EXPECT_EQ(Value(metrics, "idlewarden_server_up{server=\"a\\\"b\\\\c\\nd\"}"), "0");
}

// What is exposed is what the table says, with its type and help, and nothing else.
TEST(MetricsTest, ExposedMetricsAreThoseOfTheTable) {
  AgentMetrics metrics("1");
  metrics.SetServer("fs01", {.last_success = absl::FromUnixSeconds(1),
                             .last_duration = absl::Seconds(1),
                             .protected_unknown = {{"backup-host", 3}},
                             .rules_without_effect = {"kiosks"}});
  metrics.EnumerationDone("fs01", "timeout", absl::Seconds(1));
  metrics.PolicyLoaded("abc", {{"kiosks", "enforce"}}, absl::FromUnixSeconds(1));
  metrics.SetMode("observe");
  metrics.SetHold("hold-file", true, "storage move");
  metrics.SetDemotedRules({"kiosks"});
  std::set<std::string> exposed;
  const std::string text = metrics.TextFormat();
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (absl::StartsWith(line, "# TYPE ")) exposed.insert(std::string(line.substr(7)));
  }
  std::set<std::string> described;
  for (const MetricDescription& metric : AllMetrics()) {
    described.insert(std::string(metric.name) + " " + metric.type);
    EXPECT_TRUE(absl::StrContains(text, std::string("# HELP ") + metric.name + " " + metric.help)) << metric.name;
  }
  EXPECT_EQ(exposed, described);
}

TEST(MetricsTest, ManyThreadsAtOnce) {
  AgentMetrics metrics("1");
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&metrics, t] {
      const std::string server = "fs" + std::to_string(t);
      for (int i = 0; i < 200; ++i) {
        metrics.SetServer(server, {.up = true});
        metrics.EnumerationDone(server, "timeout", absl::Seconds(1));
        metrics.DecisionsChanged("kiosks", "close");
        metrics.PolicyLoaded(server, {{"kiosks", "enforce"}}, absl::FromUnixSeconds(i));
        if (i % 50 != 0) continue;
        EXPECT_FALSE(metrics.TextFormat().empty());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Value(metrics, "idlewarden_decisions_total{decision=\"close\",rule=\"kiosks\"}"), "800");
  EXPECT_EQ(Value(metrics, "idlewarden_enumerations_total{result=\"timeout\"}"), "800");
}

}  // namespace
}  // namespace idlewarden::agent
