// SPDX-License-Identifier: GPL-3.0-or-later

#include "agent/smb_worker/srvsvc.h"

#include <cstdint>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_replace.h"
#include "agent/smb_worker/srvsvc_vectors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace idlewarden::smb {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

void PutU32(std::string& bytes, size_t at, uint32_t value) {
  for (int i = 0; i < 4; ++i) bytes[at + i] = static_cast<char>(value >> (8 * i) & 0xFF);
}

// A server's side of the codec, for replies that no vector has.
class ReplyBuilder {
 public:
  explicit ReplyBuilder(uint32_t level) : level_(level) {}

  void Add(const SessionRow& row) {
    const LevelFields fields = FieldsOf(level_);
    const auto number = [this](uint32_t value) { AppendU32(fixed_, value); };
    const auto text = [this](const std::string& value) {
      AppendU32(fixed_, 0x20000);
      AppendString(value);
    };
    text(row.client);
    if (fields.user) text(row.user);
    if (fields.open_files) number(row.open_files);
    if (fields.times) {
      number(row.age_seconds);
      number(row.idle_seconds);
    }
    if (fields.user_flags) number(row.user_flags);
    if (fields.client_type) text(row.client_type);
    if (fields.transport) text(row.transport);
    ++count_;
  }

  std::string Build(uint32_t windows_error = 0) const {
    std::string out;
    for (uint32_t value : {level_, level_, 0x2000Cu, count_, 0x20010u, count_}) AppendU32(out, value);
    out += fixed_ + strings_;
    for (uint32_t value : {count_, 0x20014u, 7u, windows_error}) AppendU32(out, value);
    return out;
  }

 private:
  static void AppendU32(std::string& out, uint32_t value) {
    out.append(4, '\0');
    PutU32(out, out.size() - 4, value);
  }

  void AppendString(const std::string& ascii) {
    const uint32_t count = static_cast<uint32_t>(ascii.size() + 1);
    for (uint32_t value : {count, 0u, count}) AppendU32(strings_, value);
    for (char c : ascii + '\0') {
      strings_.push_back(c);
      strings_.push_back('\0');
    }
    strings_.resize((strings_.size() + 3) & ~size_t{3}, '\0');
  }

  const uint32_t level_;
  uint32_t count_ = 0;
  std::string fixed_;
  std::string strings_;
};

SessionRow FullRow(int n) {
  SessionRow row;
  row.client = "10.0.0." + std::to_string(n);
  row.user = "user" + std::to_string(n);
  row.client_type = n % 2 ? "" : "Windows";
  row.transport = "\\Device\\NetbiosSmb";
  row.open_files = n;
  row.age_seconds = 1000 + n;
  row.idle_seconds = 100 + n;
  row.user_flags = n % 3;
  return row;
}

TEST(SrvsvcRequestTest, EnumIsWhatServersAccepted) {
  EnumArguments arguments;
  arguments.server = "127.0.0.3";
  arguments.level = 1;
  EXPECT_EQ(*EncodeSessionEnum(arguments), EnumLevel1Request());
}

TEST(SrvsvcRequestTest, DelIsWhatServersAccepted) {
  EXPECT_EQ(*EncodeSessionDel("127.0.0.3", "127.0.0.1", "bob"), DelRequest());
}

TEST(SrvsvcRequestTest, EmptyNamesAreNullPointers) {
  const std::string stub = *EncodeSessionDel("s", "", "");
  EXPECT_EQ(stub.substr(stub.size() - 8), std::string(8, '\0'));
}

TEST(SrvsvcRequestTest, MalformedNamesAreRefused) {
  EXPECT_EQ(EncodeSessionDel("s", "\xFF", "u").status().code(), absl::StatusCode::kInvalidArgument);
  EnumArguments arguments;
  arguments.user = std::string("a\0b", 3);
  EXPECT_EQ(EncodeSessionEnum(arguments).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(SrvsvcReplyTest, TwoRowsFromSmbd) {
  const absl::StatusOr<EnumReply> reply = DecodeSessionEnum(1, EnumLevel1Reply());
  ASSERT_TRUE(reply.ok()) << reply.status();
  ASSERT_THAT(reply->rows, SizeIs(2));
  EXPECT_EQ(reply->rows[0].client, "127.0.0.1");
  EXPECT_EQ(reply->rows[0].user, "alice");
  EXPECT_EQ(reply->rows[0].age_seconds, 1u);
  EXPECT_EQ(reply->rows[1].user, "root");
  EXPECT_EQ(reply->total_entries, 2u);
  EXPECT_EQ(reply->resume_handle, 2u);
  EXPECT_EQ(reply->windows_error, 0u);
}

TEST(SrvsvcReplyTest, RefusedLevelFromSmbd) {
  const absl::StatusOr<EnumReply> reply = DecodeSessionEnum(502, EnumLevel502RefusedReply());
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(reply->windows_error, 124u);
  EXPECT_THAT(reply->rows, IsEmpty());
}

TEST(SrvsvcReplyTest, RefusedLevelWithAnEmptyUnionArm) {
  // Level, tag, total, resume pointer, resume handle, ERROR_NOT_SUPPORTED.
  const std::string stub = absl::HexStringToBytes("f6010000f601000000000000080002000000000032000000");
  const absl::StatusOr<EnumReply> reply = DecodeSessionEnum(502, stub);
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(reply->windows_error, 50u);
}

TEST(SrvsvcReplyTest, DelReturnsTheNumber) {
  EXPECT_EQ(*DecodeSessionDel(absl::HexStringToBytes("08090000")), 2312u);
  EXPECT_FALSE(DecodeSessionDel("abc").ok());
  EXPECT_FALSE(DecodeSessionDel("\1\0\0\0\0\0\0\1").ok());
}

class LevelTest : public testing::TestWithParam<uint32_t> {};
INSTANTIATE_TEST_SUITE_P(All, LevelTest, testing::ValuesIn(kLevels));

TEST_P(LevelTest, EveryFieldOfTheLevelArrives) {
  ReplyBuilder builder(GetParam());
  for (int n = 0; n < 20; ++n) builder.Add(FullRow(n));
  const absl::StatusOr<EnumReply> reply = DecodeSessionEnum(GetParam(), builder.Build());
  ASSERT_TRUE(reply.ok()) << reply.status();
  ASSERT_THAT(reply->rows, SizeIs(20));
  const LevelFields fields = FieldsOf(GetParam());
  for (int n = 0; n < 20; ++n) {
    const SessionRow want = FullRow(n);
    const SessionRow& got = reply->rows[n];
    EXPECT_EQ(got.client, want.client);
    EXPECT_EQ(got.user, fields.user ? want.user : "");
    EXPECT_EQ(got.open_files, fields.open_files ? want.open_files : 0);
    EXPECT_EQ(got.age_seconds, fields.times ? want.age_seconds : 0);
    EXPECT_EQ(got.idle_seconds, fields.times ? want.idle_seconds : 0);
    EXPECT_EQ(got.user_flags, fields.user_flags ? want.user_flags : 0);
    EXPECT_EQ(got.client_type, fields.client_type ? want.client_type : "");
    EXPECT_EQ(got.transport, fields.transport ? want.transport : "");
  }
}

TEST_P(LevelTest, EveryTruncationIsRefused) {
  ReplyBuilder builder(GetParam());
  builder.Add(FullRow(1));
  builder.Add(FullRow(2));
  const std::string stub = builder.Build();
  for (size_t size = 0; size < stub.size(); ++size) {
    EXPECT_FALSE(DecodeSessionEnum(GetParam(), stub.substr(0, size)).ok()) << size;
  }
}

TEST(SrvsvcReplyTest, EveryTruncationOfTheVectorsIsRefused) {
  for (size_t size = 0; size < EnumLevel1Reply().size(); ++size) {
    EXPECT_FALSE(DecodeSessionEnum(1, EnumLevel1Reply().substr(0, size)).ok()) << size;
  }
  for (size_t size = 0; size < EnumLevel502RefusedReply().size(); ++size) {
    EXPECT_FALSE(DecodeSessionEnum(502, EnumLevel502RefusedReply().substr(0, size)).ok()) << size;
  }
}

TEST(SrvsvcReplyTest, TimesThatAreNegativeCountAsZero) {
  ReplyBuilder builder(10);
  SessionRow row = FullRow(1);
  row.age_seconds = 0xFFFFFFFF;
  row.idle_seconds = 0x80000000;
  builder.Add(row);
  row.age_seconds = 0x7FFFFFFF;
  builder.Add(row);
  const absl::StatusOr<EnumReply> reply = DecodeSessionEnum(10, builder.Build());
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(reply->rows[0].age_seconds, 0u);
  EXPECT_EQ(reply->rows[0].idle_seconds, 0u);
  EXPECT_EQ(reply->rows[1].age_seconds, 0x7FFFFFFFu);
}

TEST(SrvsvcReplyTest, PartialDataKeepsItsRows) {
  ReplyBuilder builder(502);
  builder.Add(FullRow(1));
  const absl::StatusOr<EnumReply> reply = DecodeSessionEnum(502, builder.Build(234));
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(reply->windows_error, 234u);
  EXPECT_EQ(reply->resume_handle, 7u);
  EXPECT_THAT(reply->rows, SizeIs(1));
}

// Offsets in a level 1 reply: 0 level, 4 tag, 8 container, 12 rows, 16 array, 20 array size, 24 rows, then strings.
struct Spoil {
  const char* name;
  size_t at;
  uint32_t value;
};

class SpoiledReplyTest : public testing::TestWithParam<Spoil> {};

INSTANTIATE_TEST_SUITE_P(All, SpoiledReplyTest,
                         testing::Values(Spoil{"Level", 0, 2}, Spoil{"Tag", 4, 2}, Spoil{"Rows", 12, 3},
                                         Spoil{"FewerRows", 12, 1}, Spoil{"HugeRows", 12, 0xFFFFFFFF},
                                         Spoil{"ArraySize", 20, 3}, Spoil{"HugeArray", 20, 0x7FFFFFFF},
                                         Spoil{"NullArray", 16, 0}, Spoil{"NullContainer", 8, 0},
                                         Spoil{"StringMax", 72, 0}, Spoil{"StringOffset", 76, 1},
                                         Spoil{"StringCount", 80, 11}, Spoil{"StringEmpty", 80, 0},
                                         Spoil{"NoNul", 100, 'X' | 'Y' << 16}, Spoil{"Surrogate", 84, 0x0031D800},
                                         Spoil{"InnerNul", 84, 0x00310000}),
                         [](const auto& info) { return info.param.name; });

TEST_P(SpoiledReplyTest, IsRefused) {
  std::string stub = EnumLevel1Reply();
  ASSERT_TRUE(DecodeSessionEnum(1, stub).ok());
  PutU32(stub, GetParam().at, GetParam().value);
  const absl::StatusOr<EnumReply> reply = DecodeSessionEnum(1, stub);
  EXPECT_EQ(reply.status().code(), absl::StatusCode::kDataLoss);
}

TEST(SrvsvcReplyTest, HugeCountsInBothPlacesAreRefused) {
  std::string stub = EnumLevel1Reply();
  PutU32(stub, 12, 0x7FFFFFFF);
  PutU32(stub, 20, 0x7FFFFFFF);
  EXPECT_EQ(DecodeSessionEnum(1, stub).status().code(), absl::StatusCode::kDataLoss);
}

// Level 10 with `count` rows whose names are NULL.
std::string RowsWithoutNames(uint32_t count) {
  constexpr size_t kHeader = 24;
  const size_t rows = size_t{16} * count;
  std::string stub(kHeader + rows + 16, '\0');
  const uint32_t header[] = {10, 10, 0x20000, count, 0x20004, count};
  for (size_t i = 0; i < std::size(header); ++i) PutU32(stub, 4 * i, header[i]);
  PutU32(stub, kHeader + rows, count);
  return stub;
}

TEST(SrvsvcReplyTest, OneReplyHasNoMoreRowsThanAServerMayHave) {
  const absl::StatusOr<EnumReply> some = DecodeSessionEnum(10, RowsWithoutNames(1000));
  ASSERT_TRUE(some.ok()) << some.status();
  EXPECT_THAT(some->rows, SizeIs(1000));
  EXPECT_EQ(DecodeSessionEnum(10, RowsWithoutNames(kMostRows + 1)).status().code(), absl::StatusCode::kDataLoss);
}

TEST(SrvsvcReplyTest, AHugeReplyIsNotLookedAt) {
  std::string stub(kMostStubBytes + 1, '\0');
  const absl::StatusOr<EnumReply> reply = DecodeSessionEnum(1, stub);
  EXPECT_EQ(reply.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_NE(reply.status().message().find("not looked at"), absl::string_view::npos) << reply.status();
}

TEST(SrvsvcReplyTest, TrailingBytesAreRefusedUnlessPadding) {
  EXPECT_TRUE(DecodeSessionEnum(1, EnumLevel1Reply() + std::string(4, '\0')).ok());
  EXPECT_FALSE(DecodeSessionEnum(1, EnumLevel1Reply() + std::string(8, '\0')).ok());
  EXPECT_FALSE(DecodeSessionEnum(1, EnumLevel1Reply() + "\xEE").ok());
}

TEST(SrvsvcReplyTest, RandomDamageNeverMakesMoreRowsThanBytes) {
  const uint32_t seed = 20240229;
  std::mt19937 random(seed);
  ReplyBuilder builder(502);
  for (int n = 0; n < 5; ++n) builder.Add(FullRow(n));
  for (int round = 0; round < 20000; ++round) {
    std::string stub = builder.Build();
    for (int i = 0; i < 3; ++i) stub[random() % stub.size()] = static_cast<char>(random());
    const absl::StatusOr<EnumReply> reply = DecodeSessionEnum(502, stub);
    if (!reply.ok()) continue;
    ASSERT_LE(reply->rows.size(), 5u) << "seed " << seed << " round " << round;
  }
}

}  // namespace
}  // namespace idlewarden::smb
