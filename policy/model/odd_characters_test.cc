#include "policy/model/odd_characters.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace idlewarden::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(OddCharacters, AreNamed) {
  EXPECT_THAT(OddCharacters("\u201calice\u201d"),
              ElementsAre("U+201C LEFT DOUBLE QUOTATION MARK", "U+201D RIGHT DOUBLE QUOTATION MARK"));
  EXPECT_THAT(OddCharacters("svc\u2013sql\u2013\u00a0"), ElementsAre("U+2013 EN DASH", "U+00A0 NO-BREAK SPACE"));
  EXPECT_THAT(OddCharacters("a\u200bb\ufeff"),
              ElementsAre("U+200B ZERO WIDTH SPACE", "U+FEFF ZERO WIDTH NO-BREAK SPACE"));
  EXPECT_THAT(OddCharacters("\u00abx\u00bb\u201ey"),
              ElementsAre("U+00AB LEFT-POINTING DOUBLE ANGLE QUOTATION MARK",
                          "U+00BB RIGHT-POINTING DOUBLE ANGLE QUOTATION MARK", "U+201E DOUBLE LOW-9 QUOTATION MARK"));
}

TEST(OddCharacters, NamesOfPeopleAreNotOdd) {
  for (const char* text :
       {"", "alice", "o'brien", "\"x\"", "svc-sql $", "j\u00fcrgen", "\u4e2d\u6587", "\u0434\u0430", "a\xff"}) {
    EXPECT_THAT(OddCharacters(text), IsEmpty()) << text;
  }
}

}  // namespace
}  // namespace idlewarden::policy
