#include "agent/ledger/audit_sink.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "agent/ledger/audit_chain.h"
#include "agent/ledger/ledger.h"
#include "agent/ledger/testing/file_size_limit.h"

namespace idlewarden::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

class AuditSinkTest : public ::testing::Test {
 protected:
  AuditSinkTest()
      : path_(absl::StrCat(std::getenv("TEST_TMPDIR"), "/",
                           ::testing::UnitTest::GetInstance()->current_test_info()->name(), ".jsonl")) {
    std::filesystem::remove_all(path_);
  }
  void Record(absl::string_view user) {
    ASSERT_TRUE(ledger_.WriteRefusal({.user = std::string(user), .outcome = "held"}).ok());
  }
  std::vector<std::string> Lines() const {
    std::ifstream file(path_);
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    return absl::StrSplit(text, '\n', absl::SkipEmpty());
  }
  std::vector<std::string> Users() const {
    std::vector<std::string> users;
    for (const std::string& line : Lines()) users.push_back(ParseAuditRecord(line)->user);
    return users;
  }

  Ledger ledger_ = *Ledger::OpenInMemory();
  const std::string path_;
};

TEST_F(AuditSinkTest, EachRecordBecomesALineWithItsNumberAndHash) {
  AuditSink sink(ledger_.database(), path_);
  ASSERT_TRUE(sink.Write().ok());
  Record("alice");
  Record("bob");
  ASSERT_TRUE(sink.Write().ok());
  const auto lines = Lines();
  ASSERT_THAT(lines, SizeIs(2));
  EXPECT_THAT(lines[0], StartsWith("{\"seq\":1,\"hash\":\""));
  EXPECT_THAT(lines[1], HasSubstr(absl::StrCat("\"hash\":\"", ReadAuditHead(ledger_.database())->hash, "\"")));
  EXPECT_EQ(ParseAuditRecord(lines[1])->user, "bob");
  ASSERT_TRUE(sink.Write().ok());
  EXPECT_THAT(Lines(), SizeIs(2));  // once
}

TEST_F(AuditSinkTest, BeginsWithTheNextRecordAndGoesOnAfterARestart) {
  Record("before");
  {
    AuditSink sink(ledger_.database(), path_);
    ASSERT_TRUE(sink.Write().ok());
    EXPECT_THAT(Lines(), IsEmpty());
    Record("alice");
    ASSERT_TRUE(sink.Write().ok());
  }
  Record("while away");
  AuditSink sink(ledger_.database(), path_);
  ASSERT_TRUE(sink.Write().ok());
  ASSERT_THAT(Lines(), SizeIs(2));
  EXPECT_EQ(ParseAuditRecord(Lines()[0])->user, "alice");
  EXPECT_EQ(ParseAuditRecord(Lines()[1])->user, "while away");
}

TEST_F(AuditSinkTest, WhatCannotBeWrittenWaits) {
  std::filesystem::create_directory(path_);
  AuditSink sink(ledger_.database(), path_);
  ASSERT_TRUE(sink.Write().ok());  // nothing to write yet
  Record("alice");
  EXPECT_THAT(std::string(sink.Write().message()), HasSubstr("cannot open"));
  std::filesystem::remove(path_);
  ASSERT_TRUE(sink.Write().ok());
  EXPECT_THAT(Lines(), SizeIs(1));
}

TEST_F(AuditSinkTest, AFullDiskLeavesNoHalfLine) {
  AuditSink sink(ledger_.database(), path_);
  ASSERT_TRUE(sink.Write().ok());
  Record("alice");
  ASSERT_TRUE(sink.Write().ok());
  Record("bob");
  const auto size = std::filesystem::file_size(path_);
  for (const int room : {10, 100}) {
    FileSizeLimit full(size + room);
    EXPECT_THAT(std::string(sink.Write().message()), HasSubstr("cannot write"));
    EXPECT_EQ(std::filesystem::file_size(path_), size);
  }
  ASSERT_TRUE(sink.Write().ok());
  EXPECT_THAT(Users(), ElementsAre("alice", "bob"));
}

// Standard output is not ours to cut.
TEST_F(AuditSinkTest, AHalfLineOnStandardOutputIsEndedBeforeTheNext) {
  AuditSink sink(ledger_.database(), "stdout");
  ASSERT_TRUE(sink.Write().ok());
  Record("alice");
  std::fflush(stdout);
  const int terminal = dup(STDOUT_FILENO);
  const int file = open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  dup2(file, STDOUT_FILENO);
  absl::Status cut;
  {
    FileSizeLimit full(10);
    cut = sink.Write();
  }
  const absl::Status written = sink.Write();
  dup2(terminal, STDOUT_FILENO);
  close(file);
  close(terminal);
  EXPECT_THAT(std::string(cut.message()), HasSubstr("cannot write"));
  ASSERT_TRUE(written.ok()) << written;
  const auto lines = Lines();
  ASSERT_THAT(lines, SizeIs(2));
  EXPECT_THAT(lines[0], SizeIs(10));
  EXPECT_EQ(ParseAuditRecord(lines[1])->user, "alice");
}

TEST_F(AuditSinkTest, ARenamedFileIsLeftAlone) {
  AuditSink sink(ledger_.database(), path_);
  ASSERT_TRUE(sink.Write().ok());
  Record("alice");
  ASSERT_TRUE(sink.Write().ok());
  std::filesystem::rename(path_, path_ + ".1");
  Record("bob");
  ASSERT_TRUE(sink.Write().ok());
  ASSERT_THAT(Lines(), SizeIs(1));
  EXPECT_EQ(ParseAuditRecord(Lines()[0])->user, "bob");
}

TEST_F(AuditSinkTest, ManyAreWrittenInParts) {
  AuditSink sink(ledger_.database(), path_);
  ASSERT_TRUE(sink.Write().ok());
  for (int i = 0; i < 5; ++i) Record(absl::StrCat("u", i));
  ASSERT_TRUE(sink.Write(/*most=*/3).ok());
  EXPECT_THAT(Lines(), SizeIs(3));
  ASSERT_TRUE(sink.Write(/*most=*/3).ok());
  EXPECT_THAT(Users(), ElementsAre("u0", "u1", "u2", "u3", "u4"));
}

}  // namespace
}  // namespace idlewarden::agent
