#include "tools/cli/table.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace idlewarden::tools {
namespace {

constexpr size_t kGap = 2;        // spaces between columns
constexpr size_t kNarrowest = 6;  // columns are not shortened below this

std::string Padded(const Cell& cell, size_t width, bool right, const Terminal& terminal) {
  const std::string text = Shorten(cell.text, width);
  const std::string spaces(width - std::min(width, DisplayWidth(text)), ' ');
  const std::string styled = Styled(text, cell.style, terminal);
  return right ? spaces + styled : styled + spaces;
}

// Takes columns from the widest that may shrink, one at a time, until the sum fits.
void Shrink(const std::vector<Column>& columns, size_t available, std::vector<size_t>& widths) {
  size_t total = kGap * (widths.size() - 1);
  for (size_t width : widths) total += width;
  while (total > available) {
    size_t widest = widths.size();
    for (size_t i = 0; i < widths.size(); ++i) {
      if (!columns[i].shrinks || widths[i] <= kNarrowest) continue;
      if (widest == widths.size() || widths[i] > widths[widest]) widest = i;
    }
    if (widest == widths.size()) return;
    --widths[widest];
    --total;
  }
}

}  // namespace

void Table::AddRow(std::vector<Cell> cells) {
  for (Cell& cell : cells) cell.text = Printable(cell.text);
  cells.resize(columns_.size(), Cell(""));
  rows_.push_back(std::move(cells));
}

std::vector<size_t> Table::Widths(size_t available) const {
  std::vector<size_t> widths;
  for (size_t i = 0; i < columns_.size(); ++i) {
    size_t width = DisplayWidth(columns_[i].header);
    for (const std::vector<Cell>& row : rows_) width = std::max(width, DisplayWidth(row[i].text));
    widths.push_back(width);
  }
  if (available > 0 && !widths.empty()) Shrink(columns_, available, widths);
  return widths;
}

std::string Table::Render(const Terminal& terminal) const {
  const std::vector<size_t> widths = Widths(terminal.width);
  std::vector<Cell> header;
  for (const Column& column : columns_) header.emplace_back(column.header, Style::kBold);
  std::string text;
  const auto add_line = [&](const std::vector<Cell>& cells) {
    std::string line;
    for (size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) line.append(kGap, ' ');
      line += Padded(cells[i], widths[i], columns_[i].right, terminal);
    }
    absl::StripTrailingAsciiWhitespace(&line);
    absl::StrAppend(&text, line, "\n");
  };
  add_line(header);
  for (const std::vector<Cell>& row : rows_) add_line(row);
  return text;
}

}  // namespace idlewarden::tools
