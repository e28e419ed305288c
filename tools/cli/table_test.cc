#include "tools/cli/table.h"

#include <string>

#include "absl/strings/str_cat.h"
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
  EXPECT_EQ(table.Render(Terminal{}), "USER\neve\\nroot\n");
}

TEST(TableTest, ColumnsThatCanBeSparedAreLeftOutBeforeOthersBecomeUnreadable) {
  Table table({{"CLIENT", false, true}, {"AGE", true, false, 1}, {"OPEN", true, false, 2}, {"DECISION"}});
  table.AddRow({std::string("workstation-in-the-hall"), std::string("1d"), std::string("3"), std::string("close")});
  EXPECT_EQ(table.Render(Terminal{.width = 33}),
            "CLIENT        AGE  OPEN  DECISION\n"
            "workstation…   1d     3  close\n");
  EXPECT_EQ(table.Render(Terminal{.width = 30}),
            "CLIENT           AGE  DECISION\n"
            "workstation-in…   1d  close\n"
            "(too narrow for OPEN)\n");
  EXPECT_EQ(table.Render(Terminal{.width = 20}),
            "CLIENT      DECISION\n"
            "workstati…  close\n"
            "(too narrow for AGE, OPEN)\n");
}

TEST(TableTest, AShortRowIsFilled) {
  Table table({{"A"}, {"B"}});
  table.AddRow({Cell("x")});
  EXPECT_EQ(table.Render(Terminal{}), "A  B\nx\n");
}

TEST(TableTest, LongCellsAreCutEverywhere) {
  Table table({{"user"}, {"rule"}});
  table.AddRow({std::string(3000, 'x'), Cell("idle")});
  table.AddRow({Cell("bob"), Cell("idle")});
  for (const size_t width : {size_t{0}, size_t{5000}}) {
    const std::string text = table.Render({.width = width});
    EXPECT_EQ(text, absl::StrCat("user", std::string(78, ' '), "rule\n", std::string(79, 'x'), "…  idle\nbob",
                                 std::string(79, ' '), "idle\n"));
  }
}

}  // namespace
}  // namespace idlewarden::tools
