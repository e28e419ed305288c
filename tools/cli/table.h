// A table for people: aligned columns that fit the terminal's width.
//
// On a terminal, columns that may be shortened give way, the widest first; elsewhere every cell is printed in full.
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

  // As many cells as there are columns. Control characters in them are replaced.
  void AddRow(std::vector<Cell> cells);
  size_t row_count() const { return rows_.size(); }

  // Header and rows, one line each; lines have no trailing spaces.
  std::string Render(const Terminal& terminal) const;

 private:
  std::vector<size_t> Widths(size_t available) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace idlewarden::tools

#endif  // IDLEWARDEN_TOOLS_CLI_TABLE_H_
