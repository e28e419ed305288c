// SPDX-License-Identifier: GPL-3.0-or-later

#include "agent/smb_worker/session_enumeration.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/smb_worker/fake_loop.h"
#include "agent/smb_worker/fake_pipe.h"
#include "agent/smb_worker/smb_error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace idlewarden::smb {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class SessionEnumerationTest : public testing::Test {
 protected:
  SessionEnumerationTest() {
    FakeConnector connector(&loop_, &server_);
    pending_ = connector.Connect({}, [this](auto pipe) { pipe_ = *std::move(pipe); });
    loop_.RunPending();
  }

  void Reply(uint32_t level, uint32_t windows_error, const std::vector<std::string>& clients = {},
             uint32_t resume_handle = 0) {
    std::vector<std::pair<std::string, std::string>> rows;
    for (const std::string& client : clients) rows.emplace_back(client, "user");
    server_.replies.emplace_back(FakeEnumReply(level, rows, windows_error, resume_handle));
  }

  absl::StatusOr<EnumResult> Run(EnumArguments arguments = {}, std::optional<KnownLevel> known = std::nullopt) {
    absl::StatusOr<EnumResult> result = absl::UnknownError("not done");
    SessionEnumeration enumeration(
        pipe_.get(), std::move(arguments), known, [&](absl::StatusOr<EnumResult> got) { result = std::move(got); },
        most_rows_);
    enumeration.Start();
    loop_.RunPending();
    return result;
  }

  size_t most_rows_ = kMostRows;
  FakeLoop loop_;
  FakeServer server_;
  std::unique_ptr<PendingConnect> pending_;
  std::unique_ptr<RpcPipe> pipe_;
};

TEST_F(SessionEnumerationTest, TheFirstLevelThatAnswersIsUsed) {
  Reply(502, 0, {"a", "b"});
  const auto result = Run();
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(result->rows, SizeIs(2));
  EXPECT_EQ(result->known.level, 502u);
  EXPECT_THAT(server_.calls, SizeIs(1));
}

TEST_F(SessionEnumerationTest, SambaIsRecognisedByLevel10BeingUnknownToo) {
  Reply(502, 124);
  Reply(2, 124);
  Reply(1, 0, {"a"});
  Reply(10, 124);
  const auto result = Run();
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->known.level, 1u);
  EXPECT_TRUE(result->known.samba_like);
  EXPECT_THAT(result->rows, SizeIs(1));
}

TEST_F(SessionEnumerationTest, Level1WithAWorkingLevel10IsNotSamba) {
  Reply(502, 124);
  Reply(2, 124);
  Reply(1, 0, {"a"});
  Reply(10, 0, {"a"});
  const auto result = Run();
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_FALSE(result->known.samba_like);
  EXPECT_THAT(result->rows, SizeIs(1));
}

TEST_F(SessionEnumerationTest, Level1IsCheckedForSambaWhateverTheOthersWereRefusedFor) {
  for (const uint32_t level_10 : {124u, 0u, 5u}) {
    server_.calls.clear();
    Reply(502, 5);
    Reply(2, 50);
    Reply(1, 0, {"a"});
    Reply(10, level_10);
    const auto result = Run();
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->known.samba_like, level_10 == 124) << level_10;
    EXPECT_THAT(server_.calls, SizeIs(4));
  }
}

TEST_F(SessionEnumerationTest, AnErrorThatSaysNothingOfLevel10LeavesTheServerUnknown) {
  Reply(502, 124);
  Reply(2, 124);
  Reply(1, 0, {"a"});
  Reply(10, 8);
  EXPECT_EQ(InfoOf(Run().status()).windows_error, 8u);
}

TEST_F(SessionEnumerationTest, AKnownLevelIsAskedAtOnceAndKeepsWhatIsKnown) {
  Reply(1, 0, {"a"});
  const auto result = Run({}, KnownLevel{1, true});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_TRUE(result->known.samba_like);
  EXPECT_THAT(server_.calls, SizeIs(1));
}

TEST_F(SessionEnumerationTest, ARefusedKnownLevelMeansAllLevelsAnew) {
  Reply(10, 124);
  Reply(502, 0, {"a"});
  const auto result = Run({}, KnownLevel{10, false});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->known.level, 502u);
}

TEST_F(SessionEnumerationTest, SambaInThePlaceOfAnotherServerIsRecognised) {
  Reply(502, 124);
  Reply(502, 124);
  Reply(2, 124);
  Reply(1, 0, {"a"});
  Reply(10, 124);
  const auto result = Run({}, KnownLevel{502, false});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->known.level, 1u);
  EXPECT_TRUE(result->known.samba_like);
}

TEST_F(SessionEnumerationTest, DeniedAtEveryLevelIsAccessDeniedWhateverCameLast) {
  Reply(502, 124);
  Reply(2, 124);
  Reply(1, 5);
  Reply(10, 124);
  Reply(0, 124);
  const auto result = Run();
  EXPECT_TRUE(IsCause(result.status(), Cause::kAccessDenied));
  EXPECT_EQ(InfoOf(result.status()).windows_error, 5u);
}

TEST_F(SessionEnumerationTest, OtherErrorsEndItAtOnce) {
  Reply(502, 8);
  EXPECT_EQ(InfoOf(Run().status()).windows_error, 8u);
  EXPECT_THAT(server_.calls, SizeIs(1));
}

TEST_F(SessionEnumerationTest, NothingFoundByAFilterIsAnEmptyAnswer) {
  Reply(502, 2312);
  EnumArguments arguments;
  arguments.client = "10.0.0.1";
  const auto result = Run(arguments);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(result->rows, IsEmpty());
  Reply(502, 2312);
  EXPECT_FALSE(Run().ok());  // without a filter it is an error
}

TEST_F(SessionEnumerationTest, NothingFoundAfterAPageIsNoEnd) {
  EnumArguments arguments;
  arguments.client = "10.0.0.1";
  for (const uint32_t windows_error : {2312u, 2221u}) {
    Reply(502, 234, {"a"}, 1);
    Reply(502, windows_error);
    EXPECT_EQ(InfoOf(Run(arguments).status()).windows_error, windows_error);
  }
}

TEST_F(SessionEnumerationTest, PagesAreJoined) {
  Reply(502, 234, {"a", "b"}, 2);
  Reply(502, 234, {"c"}, 3);
  Reply(502, 0, {"d"});
  const auto result = Run();
  ASSERT_TRUE(result.ok()) << result.status();
  std::vector<std::string> clients;
  for (const SessionRow& row : result->rows) clients.push_back(row.client);
  EXPECT_THAT(clients, ElementsAre("a", "b", "c", "d"));
}

TEST_F(SessionEnumerationTest, AnUnchangedHandleEndsInAnError) {
  Reply(502, 234, {"a"}, 5);
  Reply(502, 234, {"a"}, 5);
  EXPECT_TRUE(IsCause(Run().status(), Cause::kProtocol));
}

TEST_F(SessionEnumerationTest, AnEmptyPageEndsInAnError) {
  Reply(502, 234, {"a"}, 5);
  Reply(502, 234, {}, 6);
  EXPECT_TRUE(IsCause(Run().status(), Cause::kProtocol));
}

TEST_F(SessionEnumerationTest, EndlessPagesEndInAnError) {
  for (int i = 1; i <= SessionEnumeration::kMostPages; ++i) Reply(502, 234, {"a"}, i);
  EXPECT_TRUE(IsCause(Run().status(), Cause::kProtocol));
  EXPECT_THAT(server_.replies, IsEmpty());
}

TEST_F(SessionEnumerationTest, ALastPageMayNotExceedTheMostRowsEither) {
  most_rows_ = 4;
  Reply(502, 234, {"a", "b"}, 1);
  Reply(502, 0, {"c", "d"});
  const auto most = Run();
  ASSERT_TRUE(most.ok()) << most.status();
  EXPECT_THAT(most->rows, SizeIs(4));
  Reply(502, 234, {"a", "b"}, 1);
  Reply(502, 0, {"c", "d", "e"});
  EXPECT_TRUE(IsCause(Run().status(), Cause::kProtocol));
}

TEST_F(SessionEnumerationTest, AnErrorAfterTheFirstPageIsNoPartialSuccess) {
  Reply(502, 234, {"a"}, 1);
  Reply(502, 5);
  EXPECT_TRUE(IsCause(Run().status(), Cause::kAccessDenied));
}

TEST_F(SessionEnumerationTest, MalformedRepliesAreProtocolErrors) {
  server_.replies.emplace_back("garbage");
  EXPECT_TRUE(IsCause(Run().status(), Cause::kProtocol));
}

TEST_F(SessionEnumerationTest, NamesThatCannotBeEncodedAreRefusedWithoutACall) {
  EnumArguments arguments;
  arguments.user = "\xFF";
  EXPECT_EQ(Run(arguments).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(server_.calls, IsEmpty());
}

}  // namespace
}  // namespace idlewarden::smb
