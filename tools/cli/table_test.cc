#include "tools/cli/table.h"

#include "absl/strings/str_split.h"
#include "gtest/gtest.h"

namespace idlewarden::tools {
namespace {

Table Sessions() {
  Table table({{"USER", false, true}, {"IDLE", true}, {"DECISION"}});
  table.AddRow({Cell("alice-with-a-long-name"), Cell("31m"), Cell("close", Style::kRed)});
  table.AddRow({Cell("bob"), Cell("2h5m"), Cell("keep")});
  return table;
}

TEST(TableTest, AlignsColumns) {
  EXPECT_EQ(Sessions().Render(Terminal{}),
            "USER                    IDLE  DECISION\n"
            "alice-with-a-long-name   31m  close\n"
            "bob                     2h5m  keep\n");
}

TEST(TableTest, FitsTheTerminal) {
  const std::string text = Sessions().Render(Terminal{.width = 30});
  for (absl::string_view line : absl::StrSplit(text, '\n')) EXPECT_LE(DisplayWidth(line), 30u) << line;
  EXPECT_NE(text.find("alice-with-a-…"), std::string::npos) << text;
}

TEST(TableTest, KeepsAReadableRestOnATinyTerminal) {
  EXPECT_NE(Sessions().Render(Terminal{.width = 5}).find("alice…"), std::string::npos);
}

TEST(TableTest, ColoursCellsOnATerminalOnly) {
  EXPECT_NE(Sessions().Render(Terminal{.width = 80, .colour = true}).find("\033[31mclose\033[0m"), std::string::npos);
  EXPECT_EQ(Sessions().Render(Terminal{}).find('\033'), std::string::npos);
}

TEST(TableTest, CellsCannotBreakTheTable) {
  Table table({{"USER"}});
  table.AddRow({Cell("eve\nroot")});
  EXPECT_EQ(table.Render(Terminal{}), "USER\neve?root\n");
}

TEST(TableTest, AShortRowIsFilled) {
  Table table({{"A"}, {"B"}});
  table.AddRow({Cell("x")});
  EXPECT_EQ(table.Render(Terminal{}), "A  B\nx\n");
}

}  // namespace
}  // namespace idlewarden::tools
