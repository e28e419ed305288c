#include "tools/cli/session_row.h"

#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace idlewarden::tools {
namespace {

SessionRow Alice() {
  return SessionRow{.server = "fs01",
                    .client = "\\\\10.20.0.5",
                    .user = "alice",
                    .idle_seconds = 1900,
                    .age_seconds = 7200,
                    .open_files = 0,
                    .decision = "close",
                    .rule = "kiosks",
                    .reason = "matched"};
}

TEST(SessionRowTest, JsonIsThatOfTheContract) {
  EXPECT_EQ(RowJson(Alice()),
            R"({"server":"fs01","client":"\\\\10.20.0.5","user":"alice","idle_seconds":1900,"age_seconds":7200,)"
            R"("open_files":0,"decision":"close","rule":"kiosks","reason":"matched"})");
}

TEST(SessionRowTest, LinesAreTheObjectsEachWithANewline) {
  std::ostringstream out;
  std::string expected;
  {
    RowJsonLines lines(out);
    SessionRow row = Alice();
    for (int i = 0; i < 2000; ++i) {  // more than is written at once
      row.user = "alice" + std::to_string(i);
      lines.Add(row);
      expected += RowJson(row) + "\n";
    }
  }
  EXPECT_EQ(out.str(), expected);
}

// People see that it is a lower bound; the JSON is the contract's, which has no member for it.
TEST(SessionRowTest, ALowerBoundOfTheIdleTimeShowsInTheTableOnly) {
  SessionRow row = Alice();
  row.idle_at_least = true;
  EXPECT_EQ(RowJson(row), RowJson(Alice()));
  Table table = MakeSessionTable();
  AddSession(row, table);
  EXPECT_NE(table.Render(Terminal()).find(" ≥31m40s "), std::string::npos) << table.Render(Terminal());
  row.idle_seconds.reset();
  Table unknown = MakeSessionTable();
  AddSession(row, unknown);
  EXPECT_EQ(unknown.Render(Terminal()).find("≥"), std::string::npos);
}

TEST(SessionRowTest, UnknownIsNullAndNotZero) {
  SessionRow row = Alice();
  row.idle_seconds.reset();
  row.rule.clear();
  row.client.reset();
  row.user = "";
  const std::string json = RowJson(row);
  EXPECT_NE(json.find(R"("client":null,"user":"")"), std::string::npos) << json;
  EXPECT_NE(json.find(R"("idle_seconds":null)"), std::string::npos) << json;
  EXPECT_NE(json.find(R"("rule":null)"), std::string::npos) << json;
}

TEST(SessionRowTest, DurationsShowTheTwoLargestUnits) {
  EXPECT_EQ(ShortDuration(0), "0s");
  EXPECT_EQ(ShortDuration(59), "59s");
  EXPECT_EQ(ShortDuration(1900), "31m40s");
  EXPECT_EQ(ShortDuration(3600), "1h");
  EXPECT_EQ(ShortDuration(3605), "1h");
  EXPECT_EQ(ShortDuration(93784), "1d2h");
  EXPECT_EQ(ShortDuration(std::nullopt), "?");
}

TEST(DecisionCountsTest, EndsWithTheTotals) {
  DecisionCounts counts;
  counts.Add(Alice());
  SessionRow kept = Alice();
  kept.server = "fs02";
  kept.decision = "keep";
  kept.rule.clear();
  kept.reason = "no-rule";
  counts.Add(kept);
  EXPECT_EQ(counts.Summary(Terminal{}),
            "DECISION  SESSIONS  BY RULE\n"
            "close            1  kiosks 1\n"
            "keep             1  (no-rule) 1\n"
            "2 sessions on 2 servers: 1 close, 0 would-close, 0 held, 0 pending, 1 keep\n");
  EXPECT_EQ(counts.ByRule(Terminal{}),
            "RULE    DECISION  REASON   SESSIONS\n"
            "kiosks  close     matched         1\n"
            "-       keep      no-rule         1\n");
}

TEST(DecisionCountsTest, NamesTheProtectionsThatKeepForWantOfKnowledge) {
  DecisionCounts counts;
  SessionRow row = Alice();
  row.decision = "keep";
  row.rule = "backup-hosts";
  row.reason = "protected-unknown";
  counts.Add(row);
  row.server = "fs02";
  for (int i = 0; i < 3; ++i) counts.Add(row);
  constexpr absl::string_view kLines =
      "protection backup-hosts keeps 3 sessions on fs02 because it is unknown whether it covers them\n"
      "protection backup-hosts keeps 1 session on fs01 because it is unknown whether it covers it\n"
      "`idlewarden explain` says why, and what would settle it\n";
  EXPECT_EQ(counts.Summary(Terminal{}),
            absl::StrCat("DECISION  SESSIONS  BY RULE\n"
                         "keep             4  backup-hosts 4\n"
                         "4 sessions on 2 servers: 0 close, 0 would-close, 0 held, 0 pending, 4 keep\n",
                         kLines));
  EXPECT_EQ(counts.ByRule(Terminal{}), absl::StrCat("RULE          DECISION  REASON             SESSIONS\n"
                                                    "backup-hosts  keep      protected-unknown         4\n",
                                                    kLines));
  for (int i = 0; i < 10; ++i) {
    row.server = absl::StrCat("nas", i);
    counts.Add(row);
  }
  EXPECT_THAT(counts.Summary(Terminal{}), ::testing::HasSubstr("on nas7 because"));
  EXPECT_THAT(counts.Summary(Terminal{}), ::testing::Not(::testing::HasSubstr("on nas8 because")));
  EXPECT_THAT(counts.Summary(Terminal{}), ::testing::HasSubstr("and so on for 2 more\n"));
}

TEST(DecisionCountsTest, RulesGoOnInTheNextLineOfANarrowTerminal) {
  DecisionCounts counts;
  for (const char* rule : {"contractors", "kiosks", "leavers-of-last-year"}) {
    SessionRow row = Alice();
    row.rule = rule;
    counts.Add(row);
  }
  EXPECT_EQ(counts.Summary(Terminal{.width = 50}),
            "DECISION  SESSIONS  BY RULE\n"
            "close            3  contractors 1, kiosks 1,\n"
            "                    leavers-of-last-year 1\n"
            "3 sessions on 1 server: 3 close, 0 would-close, 0 held, 0 pending, 0 keep\n");
}

TEST(SessionRowTest, UnknownAndEmptyNamesAreTold) {
  EXPECT_EQ(ShownName(std::nullopt), "?");
  EXPECT_EQ(ShownName(""), "\"\"");
  EXPECT_EQ(ShownName("bob"), "bob");
}

TEST(DecisionCountsTest, NothingIsSaidInOneLine) {
  EXPECT_EQ(DecisionCounts().Summary(Terminal{}),
            "0 sessions on 0 servers: 0 close, 0 would-close, 0 held, 0 pending, 0 keep\n");
}

}  // namespace
}  // namespace idlewarden::tools
