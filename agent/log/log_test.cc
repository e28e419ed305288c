#include "agent/log/log.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

TEST(LogfmtValueTest, QuotesOnlyWhatNeedsIt) {
  EXPECT_EQ(LogfmtValue("fs01"), "fs01");
  EXPECT_EQ(LogfmtValue("10.0.0.5:445"), "10.0.0.5:445");
  EXPECT_EQ(LogfmtValue(""), "\"\"");
  EXPECT_EQ(LogfmtValue("two words"), "\"two words\"");
  EXPECT_EQ(LogfmtValue("a=b"), "\"a=b\"");
  EXPECT_EQ(LogfmtValue("CORP\\alice"), "\"CORP\\\\alice\"");
  EXPECT_EQ(LogfmtValue("say \"hi\""), "\"say \\\"hi\\\"\"");
  EXPECT_EQ(LogfmtValue("Zoë"), "\"Zoë\"");
}

TEST(LogfmtValueTest, HostileTextStaysInItsQuotes) {
  EXPECT_EQ(LogfmtValue("a\nlevel=error\r\t"), "\"a\\nlevel=error\\r\\t\"");
  EXPECT_EQ(LogfmtValue(std::string("\0\x1b[31m", 6)), "\"\\u0000\\u001b[31m\"");
  EXPECT_EQ(LogfmtValue("\xc2\x9b"), "\"\\u009b\"");  // CSI as a C1 control
  EXPECT_EQ(LogfmtValue("\xff\xc3"), "\"\\xff\\xc3\"");
  EXPECT_EQ(LogfmtValue("\xed\xa0\x80"), "\"\\xed\\xa0\\x80\"");  // a surrogate
  EXPECT_EQ(LogfmtValue("\xf0\x9f\x98\x80"), "\"\xf0\x9f\x98\x80\"");
  EXPECT_EQ(LogfmtValue("\xc0\xaf"), "\"\\xc0\\xaf\"");  // overlong
}

TEST(LogTest, FieldsOfAllKinds) {
  EXPECT_EQ(FormatLogText(LogLevel::kInfo, "event-name",
                          {{"text", "a b"},
                           {"string", std::string("x")},
                           {"number", 42},
                           {"big", uint64_t{18446744073709551615u}},
                           {"share", 0.5},
                           {"flag", true},
                           {"took", absl::Milliseconds(1500)},
                           {"at", absl::FromUnixSeconds(0)},
                           {"error", absl::NotFoundError("no such server")}}),
            "level=info event=event-name text=\"a b\" string=x number=42 big=18446744073709551615 share=0.5 flag=true "
            "took=1.5s at=1970-01-01T00:00:00+00:00 error=\"NOT_FOUND: no such server\"");
}

TEST(LogTest, SinkGetsWhatPassesTheLevelAndIsRestored) {
  std::vector<LogRecord> outer;
  std::vector<LogRecord> inner;
  const ScopedLogSink outer_sink([&](const LogRecord& record) { outer.push_back(record); });
  {
    const ScopedLogSink inner_sink([&](const LogRecord& record) { inner.push_back(record); });
    SetLogLevel(LogLevel::kWarning);
    Log(LogLevel::kInfo, "dropped");
    Log(LogLevel::kError, "kept", {{"server", "fs01"}});
    SetLogLevel(LogLevel::kInfo);
  }
  Log(LogLevel::kInfo, "after");
  ASSERT_EQ(inner.size(), 1u);
  EXPECT_EQ(inner[0].event, "kept");
  EXPECT_EQ(inner[0].Field("server"), "fs01");
  EXPECT_EQ(inner[0].Field("absent"), "");
  EXPECT_EQ(inner[0].text, "level=error event=kept server=fs01");
  ASSERT_EQ(outer.size(), 1u);
  EXPECT_EQ(outer[0].event, "after");
}

TEST(LogTest, LinesOnStandardErrorBeginWithTheTime) {
  testing::internal::CaptureStderr();
  // spdlog writes to the C stream, which CaptureStderr redirects. Braces must not be taken as a format.
  Log(LogLevel::kWarning, "something-odd", {{"value", "{}"}});
  const std::string line = testing::internal::GetCapturedStderr();
  ASSERT_EQ(line.substr(0, 5), "time=");
  EXPECT_EQ(line.substr(line.find(' ')), " level=warning event=something-odd value={}\n");
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, line.substr(5, line.find(' ') - 5), &time, &error)) << error;
}

TEST(LogTest, LevelNamesBothWays) {
  EXPECT_EQ(*ParseLogLevel("warning"), LogLevel::kWarning);
  EXPECT_EQ(ParseLogLevel("loud").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(LogLevelName(LogLevel::kDebug), "debug");
}

}  // namespace
}  // namespace idlewarden::agent
