#include "tools/cli/suggest.h"

#include "gtest/gtest.h"

namespace idlewarden::tools {
namespace {

const std::vector<std::string>& Commands() {
  static const auto& commands = *new std::vector<std::string>{"check", "preview", "record", "reload", "resume"};
  return commands;
}

TEST(SuggestTest, FindsWhatWasMeant) {
  EXPECT_EQ(Suggest("previw", Commands()), "preview");
  EXPECT_EQ(Suggest("relaod", Commands()), "reload");
  EXPECT_EQ(Suggest("chek", Commands()), "check");
}

TEST(SuggestTest, SaysNothingWhereNothingIsClose) {
  EXPECT_EQ(Suggest("frobnicate", Commands()), "");
  EXPECT_EQ(Suggest("", Commands()), "");
  EXPECT_EQ(Suggest("x", {}), "");
}

}  // namespace
}  // namespace idlewarden::tools
