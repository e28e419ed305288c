#include "policy/model/window.h"

#include <gtest/gtest.h>

#include "policy/testing/build.h"

namespace idlewarden::policy {
namespace {

using testing::MustParseTime;

Window MakeWindow(int from_hour, int to_hour) {
  Window window;
  window.from_minute = from_hour * 60;
  window.to_minute = to_hour * 60;
  return window;
}

bool Holds(const Window& window, absl::string_view time) { return window.Contains(MustParseTime(time)); }

// 2026-11-20 is a Friday.
constexpr size_t kFriday = 4;

TEST(WindowTest, FromIsIncludedAndToIsNot) {
  const Window window = MakeWindow(8, 17);
  EXPECT_FALSE(Holds(window, "2026-11-20T07:59:59Z"));
  EXPECT_TRUE(Holds(window, "2026-11-20T08:00:00Z"));
  EXPECT_TRUE(Holds(window, "2026-11-20T16:59:59.9Z"));
  EXPECT_FALSE(Holds(window, "2026-11-20T17:00:00Z"));
}

TEST(WindowTest, AWindowAcrossMidnightBelongsToTheDayOnWhichItBegan) {
  Window window = MakeWindow(19, 7);
  window.days = 1 << kFriday;
  EXPECT_FALSE(Holds(window, "2026-11-20T06:00:00Z"));  // of Thursday's
  EXPECT_FALSE(Holds(window, "2026-11-20T18:59:59Z"));
  EXPECT_TRUE(Holds(window, "2026-11-20T19:00:00Z"));
  EXPECT_TRUE(Holds(window, "2026-11-21T06:59:59Z"));
  EXPECT_FALSE(Holds(window, "2026-11-21T07:00:00Z"));
  EXPECT_FALSE(Holds(window, "2026-11-21T20:00:00Z"));
}

TEST(WindowTest, ExceptDatesGoByTheBeginningToo) {
  Window window = MakeWindow(19, 7);
  window.except_dates = {absl::CivilDay(2026, 11, 20)};
  EXPECT_TRUE(Holds(window, "2026-11-20T06:00:00Z"));   // began on the 19th
  EXPECT_FALSE(Holds(window, "2026-11-20T23:00:00Z"));  // would begin on the 20th
  EXPECT_FALSE(Holds(window, "2026-11-21T06:00:00Z"));
  EXPECT_TRUE(Holds(window, "2026-11-21T23:00:00Z"));
}

TEST(WindowTest, WholeDayAndEndOfDay) {
  EXPECT_TRUE(Holds(Window(), "2026-11-20T00:00:00Z"));
  EXPECT_TRUE(Holds(Window(), "2026-11-20T23:59:59Z"));
  EXPECT_TRUE(Holds(MakeWindow(22, 24), "2026-11-20T23:59:59Z"));
  EXPECT_FALSE(Holds(MakeWindow(22, 24), "2026-11-21T00:00:00Z"));
  EXPECT_TRUE(Holds(MakeWindow(22, 0), "2026-11-20T23:59:59Z"));
  EXPECT_FALSE(Holds(MakeWindow(22, 0), "2026-11-21T00:00:00Z"));
}

class DaylightSavingTest : public ::testing::Test {
 protected:
  DaylightSavingTest() { EXPECT_TRUE(absl::LoadTimeZone("Europe/Amsterdam", &zone_)); }

  Window In(int from_hour, int to_hour) const {
    Window window = MakeWindow(from_hour, to_hour);
    window.time_zone = zone_;
    return window;
  }
  absl::TimeZone zone_;
};

TEST_F(DaylightSavingTest, ASkippedHourNeverComes) {
  // 2026-03-29: 01:59:59 CET is followed by 03:00:00 CEST.
  const Window window = In(2, 3);
  EXPECT_FALSE(Holds(window, "2026-03-29T00:59:59Z"));
  EXPECT_FALSE(Holds(window, "2026-03-29T01:00:00Z"));
  EXPECT_TRUE(Holds(In(3, 4), "2026-03-29T01:00:00Z"));
}

TEST_F(DaylightSavingTest, ARepeatedHourComesTwice) {
  // 2026-10-25: 02:59:59 CEST is followed by 02:00:00 CET.
  const Window window = In(2, 3);
  EXPECT_FALSE(Holds(window, "2026-10-24T23:59:59Z"));
  EXPECT_TRUE(Holds(window, "2026-10-25T00:30:00Z"));
  EXPECT_TRUE(Holds(window, "2026-10-25T01:30:00Z"));
  EXPECT_FALSE(Holds(window, "2026-10-25T02:00:00Z"));
}

TEST_F(DaylightSavingTest, TheDayIsTheZonesDay) {
  Window window = In(0, 24);
  window.days = 1 << kFriday;
  EXPECT_TRUE(Holds(window, "2026-11-19T23:30:00Z"));   // 00:30 on Friday
  EXPECT_FALSE(Holds(window, "2026-11-20T23:30:00Z"));  // 00:30 on Saturday
}

}  // namespace
}  // namespace idlewarden::policy
