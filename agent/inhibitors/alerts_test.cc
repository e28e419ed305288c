#include "agent/inhibitors/alerts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace idlewarden::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// As Prometheus 2.42 answers.
constexpr char kRules[] = R"json({"status":"success","data":{"groups":[{"name":"storage","file":"/etc/r.yml","rules":[
 {"state":"firing","name":"Backup","query":"vector(1)","duration":0,"labels":{},"annotations":{},"alerts":[
  {"labels":{"alertname":"Backup"},"annotations":{},"state":"firing","activeAt":"2026-11-23T01:02:03Z","value":"1"}],
  "health":"ok","evaluationTime":0.0002,"lastEvaluation":"2026-11-23T01:02:03Z","type":"alerting"},
 {"state":"pending","name":"Rebuild","alerts":[],"health":"ok","type":"alerting"},
 {"state":"inactive","name":"Broken","alerts":[],"health":"err","lastError":"x","type":"alerting"},
 {"state":"inactive","name":"Twice","alerts":[],"health":"ok","type":"alerting"}]},
 {"name":"more","rules":[{"state":"firing","name":"Twice","alerts":[],"health":"ok","type":"alerting"}]}]}})json";

// As Alertmanager 0.25 answers.
constexpr char kAlerts[] = R"([{"annotations":{},"endsAt":"2026-11-23T02:00:00Z","fingerprint":"a1","receivers":[],
 "startsAt":"2026-11-23T01:00:00Z","status":{"inhibitedBy":[],"silencedBy":[],"state":"active"},
 "labels":{"alertname":"Backup","server":"fs01"}},
 {"labels":{"alertname":"Backup","server":"fs02"},"status":{"state":"suppressed","silencedBy":["x"]}},
 {"labels":{"alertname":"Other"},"status":{"state":"active"}},{"labels":{},"status":{}}])";

TEST(AlertsTest, PrometheusNamesThoseThatFire) {
  EXPECT_THAT(*FiringInPrometheus(kRules, {"Backup"}), ElementsAre("Backup"));
  EXPECT_THAT(*FiringInPrometheus(kRules, {"Rebuild"}), IsEmpty());
  EXPECT_THAT(*FiringInPrometheus(kRules, {"Rebuild", "Twice", "Backup"}), ElementsAre("Twice", "Backup"));
}

TEST(AlertsTest, AnAlertThatNobodyDefinesOrEvaluatesIsAnError) {
  const auto unknown = FiringInPrometheus(kRules, {"Backup", "Bakcup"});
  EXPECT_EQ(unknown.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(unknown.status().message()), HasSubstr("Bakcup"));
  EXPECT_EQ(FiringInPrometheus(kRules, {"Broken"}).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST(AlertsTest, AlertmanagerNamesThoseThatItHas) {
  EXPECT_THAT(*FiringInAlertmanager(kAlerts, {"Backup", "Rebuild"}), ElementsAre("Backup"));
  EXPECT_THAT(*FiringInAlertmanager(kAlerts, {"Rebuild"}), IsEmpty());
  EXPECT_THAT(*FiringInAlertmanager("[]", {"Backup"}), IsEmpty());
}

TEST(AlertsTest, AnotherAnswerIsAnError) {
  for (const char* text : {"", "{}", "null", "[1]", "<html>", "{\"status\":\"error\"}",
                           R"({"status":"success","data":{"groups":[{"rules":[{"state":"firing"}]}]}})",
                           R"({"status":"success","data":{"groups":[{"name":"g"}]}})",
                           R"({"status":"success","data":{"groups":[{"rules":[{"name":"Backup"}]}]}})"}) {
    EXPECT_EQ(FiringInPrometheus(text, {"Backup"}).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
  for (const char* text : {"", "{}", "null", "[1]", "[{}]", "<html>", "{\"status\":\"success\",\"data\":[]}"}) {
    EXPECT_EQ(FiringInAlertmanager(text, {"Backup"}).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

}  // namespace
}  // namespace idlewarden::agent
