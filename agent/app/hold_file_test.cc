#include "agent/app/hold_file.h"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

#include "absl/strings/str_cat.h"
#include "agent/clock/simulated_event_loop.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Optional;
using ::testing::SizeIs;

class HoldFileTest : public ::testing::Test {
 protected:
  HoldFileTest()
      : path_(absl::StrCat(std::getenv("TEST_TMPDIR"), "/",
                           ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::filesystem::remove_all(path_);
  }
  void Write(const std::string& text) { std::ofstream(path_) << text; }

  std::string path_;
};

TEST_F(HoldFileTest, NoFileHoldsNothing) { EXPECT_EQ(ReadHoldFile(path_), std::nullopt); }

TEST_F(HoldFileTest, ItsFirstLineIsTheReason) {
  Write("storage move until noon\nby carol\n");
  EXPECT_THAT(ReadHoldFile(path_), Optional(std::string("storage move until noon")));
}

TEST_F(HoldFileTest, AnEmptyOneHoldsAndNamesItself) {
  Write("");
  EXPECT_THAT(ReadHoldFile(path_), Optional(absl::StrCat("the hold file ", path_, " exists")));
  Write("\n\n");
  EXPECT_THAT(ReadHoldFile(path_), Optional(absl::StrCat("the hold file ", path_, " exists")));
}

TEST_F(HoldFileTest, ALongOneIsCut) {
  Write(std::string(100'000, 'x'));
  const auto reason = ReadHoldFile(path_);
  ASSERT_TRUE(reason.has_value());
  EXPECT_EQ(reason->size(), 200 + std::string("…").size());
}

TEST_F(HoldFileTest, WhatCannotBeReadHolds) {
  std::filesystem::create_directory(path_);
  EXPECT_THAT(ReadHoldFile(path_), Optional(HasSubstr("cannot be read")));
  // A part of the path that is no folder: not the same as no file.
  EXPECT_EQ(ReadHoldFile(absl::StrCat(path_, "/none")), std::nullopt);
  std::filesystem::remove(path_);
  Write("x");
  EXPECT_THAT(ReadHoldFile(absl::StrCat(path_, "/none")), Optional(HasSubstr("cannot be read")));
  std::filesystem::remove(path_);
  std::filesystem::create_symlink(path_, path_);  // a loop
  EXPECT_THAT(ReadHoldFile(path_), Optional(HasSubstr("cannot be read")));
}

TEST_F(HoldFileTest, AFifoDoesNotStopTheLoop) {
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  EXPECT_THAT(ReadHoldFile(path_), Optional(EndsWith("exists")));
}

TEST_F(HoldFileTest, ChangesAreToldWithinASecond) {
  SimulatedEventLoop loop;
  std::vector<std::string> told;
  Write("first");
  HoldFile file(loop, path_, [&](const std::optional<std::string>& reason) { told.push_back(reason.value_or("-")); });
  EXPECT_THAT(told, ElementsAre("first"));  // before anything else happens
  loop.AdvanceBy(absl::Seconds(5));
  EXPECT_THAT(told, SizeIs(1));
  Write("second");
  loop.AdvanceBy(absl::Seconds(1));
  EXPECT_THAT(told, ElementsAre("first", "second"));
  std::filesystem::remove(path_);
  loop.AdvanceBy(absl::Seconds(1));
  EXPECT_THAT(told, ElementsAre("first", "second", "-"));
}

}  // namespace
}  // namespace idlewarden::agent
