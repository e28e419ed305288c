// A table for people: aligned columns that fit the terminal's width.
//
// On a terminal, columns that may be shortened give way, the widest first; where that would leave too little of them,
// columns that can be spared are left out. Nowhere is a column before the last wider than 80: JSON has all of what is
// longer.
// Not thread-safe.

#ifndef IDLEWARDEN_TOOLS_CLI_TABLE_H_
#define IDLEWARDEN_TOOLS_CLI_TABLE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "tools/cli/terminal.h"

namespace idlewarden::tools {

struct Column {
  std::string header;
  bool right = false;    // aligned right, for numbers
  bool shrinks = false;  // may be shortened on a narrow terminal
  int spared = 0;        // may be left out there: the highest number first; 0 never
};

struct Cell {
  Cell(std::string text, Style style = Style::kPlain)  // NOLINT: a cell is mostly just its text
      : text(std::move(text)), style(style) {}
  std::string text;
  Style style;
};

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // As many cells as there are columns. They are shown in printable form.
  void AddRow(std::vector<Cell> cells);
  size_t row_count() const { return rows_.size(); }

  // Header and rows, one line each, and one that names columns that were left out; lines have no trailing spaces.
  std::string Render(const Terminal& terminal) const;

 private:
  // The columns to show, and their widths.
  struct Layout {
    std::vector<size_t> columns;
    std::vector<size_t> widths;
  };
  Layout FullLayout() const;
  Layout LayoutFor(const Terminal& terminal) const;
  std::string Line(const Layout& layout, const std::vector<Cell>& cells, const Terminal& terminal) const;
  std::string LeftOut(const Layout& layout, const Terminal& terminal) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace idlewarden::tools

#endif  // IDLEWARDEN_TOOLS_CLI_TABLE_H_
