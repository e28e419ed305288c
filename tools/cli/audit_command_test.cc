#include "tools/cli/audit_command.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "agent/ledger/audit_sink.h"
#include "agent/ledger/cycle_records.h"
#include "agent/ledger/ledger.h"
#include "agent/ledger/ledger_file.h"
#include "agent/ledger/policy_records.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/model/digest.h"

namespace idlewarden::tools {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class AuditCommandTest : public ::testing::Test {
 protected:
  AuditCommandTest()
      : folder_(absl::StrCat(std::getenv("TEST_TMPDIR"), "/",
                             ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    ledger_.emplace(*agent::Ledger::Open(agent::LedgerPath(folder_)));
  }

  int Run(int (*command)(const AuditOptions&, Output&), AuditOptions options = {}) {
    options.state_dir = folder_;
    out_.str("");
    err_.str("");
    Output output{.out = out_, .err = err_, .terminal = {}};
    return command(options, output);
  }
  std::vector<std::string> Lines() const { return absl::StrSplit(out_.str(), '\n', absl::SkipEmpty()); }
  // The numbers of the records that are selected.
  std::vector<int64_t> Exported(const AuditOptions& options) {
    EXPECT_EQ(Run(RunAuditExport, options), kDone);
    std::vector<int64_t> numbers;
    for (const std::string& line : Lines()) {
      int64_t number = 0;
      EXPECT_TRUE(absl::SimpleAtoi(line.substr(7, line.find(',') - 7), &number)) << line;  // after {"seq":
      numbers.push_back(number);
    }
    return numbers;
  }
  void Record(const std::string& user, const std::string& server, const std::string& outcome,
              absl::Duration after = {}) {
    ASSERT_TRUE(ledger_
                    ->WriteRefusal({.time = absl::FromUnixSeconds(1'800'000'000) + after,
                                    .server = server,
                                    .user = user,
                                    .outcome = outcome})
                    .ok());
  }
  void WritePolicy(const std::string& hash, const std::string& text) {
    ASSERT_TRUE(agent::WritePolicy(ledger_->database(), {.at = absl::FromUnixSeconds(1'800'000'000),
                                                         .agent = "ams-1",
                                                         .hash = hash,
                                                         .file = "policy.yaml",
                                                         .trigger = "rpc",
                                                         .by = "carol",
                                                         .text = text})
                    .ok());
  }

  const std::string folder_;
  std::optional<agent::Ledger> ledger_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(AuditCommandTest, PoliciesAreListedAndPrintedAsTheyWere) {
  WritePolicy("aa11", "version: 1\n# first\n");
  WritePolicy("bb22", "version: 1\n# second\n");
  EXPECT_EQ(Run(RunAuditPolicies), kDone);
  EXPECT_EQ(out_.str(),
            "2027-01-15T08:00:00+00:00  aa11  policy.yaml  (rpc, carol)\n"
            "2027-01-15T08:00:00+00:00  bb22  policy.yaml  (rpc, carol)\n");
  EXPECT_EQ(Run(RunAuditPolicies, {.show = "aa"}), kDone);
  EXPECT_EQ(out_.str(), "version: 1\n# first\n");
  EXPECT_EQ(Run(RunAuditPolicies, {.show = "cc"}), kFailed);
  EXPECT_THAT(err_.str(), HasSubstr("hash begins with cc"));
}

TEST_F(AuditCommandTest, CyclesAreListed) {
  const absl::Time at = absl::FromUnixSeconds(1'800'000'000);
  for (const char* plan : {"p1", "p2"}) {
    const absl::Time time = plan[1] == '1' ? at : at + absl::Hours(1);
    ASSERT_TRUE(
        agent::WriteCycle(ledger_->database(), {.at = time, .plan_id = plan, .policy_hash = "aa", .held = 7}).ok());
  }
  EXPECT_EQ(Run(RunAuditCycles), kDone);
  EXPECT_THAT(out_.str(),
              HasSubstr("2027-01-15T08:00:00+00:00  p1    aa          0            0     7        0     0"));
  EXPECT_EQ(Run(RunAuditCycles, {.since = "2027-01-15T08:30:00Z"}), kDone);
  EXPECT_THAT(out_.str(), Not(HasSubstr("p1")));
  EXPECT_THAT(out_.str(), HasSubstr("p2"));
}

TEST_F(AuditCommandTest, CsvHasACellForEachName) {
  ASSERT_TRUE(ledger_
                  ->WriteRefusal({.time = absl::FromUnixSeconds(1'800'000'000),
                                  .agent = "ams-1",
                                  .server = "fs01",
                                  .client = "10.0.0.5",
                                  .user = "=alice",
                                  .sessions = {{.idle_seconds = 1900, .age_seconds = 7200},
                                               {.idle_seconds = 1800, .age_seconds = 7300},
                                               {.idle_seconds = std::nullopt, .age_seconds = 9000}},
                                  .collateral = 2,
                                  .rule = "kiosks",
                                  .mode = "enforce",
                                  .windows_error = 5,
                                  .outcome = "denied",
                                  .duration = absl::Milliseconds(1500),
                                  .by = "carol"})
                  .ok());
  EXPECT_EQ(Run(RunAuditExport, {.format = "csv"}), kDone);
  const std::vector<std::string> lines = absl::StrSplit(out_.str(), '\n', absl::SkipEmpty());
  ASSERT_EQ(lines.size(), 2u);
  const std::vector<std::string> names = absl::StrSplit(lines[0], ',');
  const std::vector<std::string> cells = absl::StrSplit(lines[1], ',');
  ASSERT_EQ(names.size(), cells.size());
  const auto cell = [&](const std::string& name) {
    for (size_t i = 0; i < names.size(); ++i) {
      if (names[i] == name) return cells[i];
    }
    return std::string("absent");
  };
  EXPECT_EQ(cell("sessions"), "\"3\"");
  EXPECT_EQ(cell("least_idle_seconds"), "\"1800\"");
  EXPECT_EQ(cell("least_age_seconds"), "\"7200\"");
  EXPECT_EQ(cell("most_open_files"), "\"\"");  // unknown is not zero
  EXPECT_EQ(cell("pairs"), "\"\"");
  EXPECT_EQ(cell("user"), "\"'=alice\"");  // no formula
  EXPECT_EQ(cell("collateral"), "\"2\"");
  EXPECT_EQ(cell("mode"), "\"enforce\"");
  EXPECT_EQ(cell("windows_error_name"), "\"ERROR_ACCESS_DENIED\"");
  EXPECT_EQ(cell("duration_ms"), "\"1500\"");
  EXPECT_EQ(cell("by"), "\"carol\"");
}

// What a log collector has of the sink and what an auditor has exported must be the same text.
TEST_F(AuditCommandTest, AnExportedFileIsTheSinksAndCanBeChecked) {
  const std::string path = folder_ + "/audit.jsonl";
  agent::AuditSink sink(ledger_->database(), path);
  ASSERT_TRUE(sink.Write().ok());
  for (const char* user : {"alice", "bob"}) Record(user, "fs01", "held");
  ASSERT_TRUE(sink.Write().ok());
  EXPECT_EQ(Run(RunAuditExport), kDone);
  std::ifstream file(path);
  EXPECT_EQ(out_.str(), std::string((std::istreambuf_iterator<char>(file)), {}));
  // By the recipe of the documentation.
  std::string before;
  for (const std::string& line : Lines()) {
    std::smatch parts;
    ASSERT_TRUE(std::regex_match(line, parts, std::regex(R"re(\{"seq":(\d+),"hash":"([0-9a-f]{64})",(.*))re")));
    const std::string hashed = absl::StrCat(before, "\n", parts[1].str(), "\n{", parts[3].str());
    EXPECT_EQ(policy::Sha256Hex(hashed), parts[2].str());
    before = parts[2].str();
  }
}

TEST_F(AuditCommandTest, EachFilterSelectsAndTogetherTheySelectWhatAllOfThemDo) {
  Record("alice", "fs01", "held");
  Record("alice", "fs02", "held", absl::Hours(1));
  Record("alice", "fs02", "closed", absl::Hours(2));
  Record("bob", "fs02", "closed", absl::Hours(3));
  EXPECT_THAT(Exported({.user = "alice"}), ElementsAre(1, 2, 3));
  EXPECT_THAT(Exported({.user = "ALICE"}), IsEmpty());  // exactly
  EXPECT_THAT(Exported({.user = "alice' OR 1 --"}), IsEmpty());
  EXPECT_THAT(Exported({.server = "fs02", .user = "alice"}), ElementsAre(2, 3));
  EXPECT_THAT(Exported({.user = "alice", .outcome = "held"}), ElementsAre(1, 2));
  EXPECT_THAT(Exported({.since = "2027-01-15T09:00:00Z", .until = "2027-01-15T11:00:00Z"}), ElementsAre(2, 3));
  EXPECT_THAT(Exported({.since = "2027-01-15T09:00:00Z",
                        .until = "2027-01-15T11:00:00Z",
                        .server = "fs02",
                        .user = "alice",
                        .outcome = "closed"}),
              ElementsAre(3));
}

TEST_F(AuditCommandTest, VerifyNamesTheChangedRecord) {
  ASSERT_TRUE(ledger_->WriteRefusal({.user = "alice", .outcome = "held"}).ok());
  EXPECT_EQ(Run(RunAuditVerify), kDone);
  EXPECT_THAT(out_.str(), StartsWith("1 records verified"));
  ASSERT_TRUE(ledger_->database().Execute("UPDATE audit SET body = replace(body, 'alice', 'bob')").ok());
  EXPECT_EQ(Run(RunAuditVerify), kFailed);
  EXPECT_THAT(err_.str(), HasSubstr("audit record 1 was changed"));
}

}  // namespace
}  // namespace idlewarden::tools
