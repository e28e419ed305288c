#include "tools/cli/table.h"

#include <algorithm>
#include <numeric>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "policy/model/escape_for_display.h"

namespace idlewarden::tools {
namespace {

constexpr size_t kGap = 2;        // spaces between columns
constexpr size_t kReadable = 12;  // columns are left out before others are shortened below this
constexpr size_t kNarrowest = 6;  // columns are not shortened below this
constexpr size_t kWidest = 80;    // a name of thousands of characters must not push all else out of sight

std::string Padded(const Cell& cell, size_t width, bool right, const Terminal& terminal) {
  const std::string text = Shorten(cell.text, width);
  const std::string spaces(width - std::min(width, DisplayWidth(text)), ' ');
  const std::string styled = Styled(text, cell.style, terminal);
  return right ? spaces + styled : styled + spaces;
}

size_t Total(const std::vector<size_t>& widths) {
  return std::accumulate(widths.begin(), widths.end(), kGap * (std::max<size_t>(widths.size(), 1) - 1));
}

}  // namespace

void Table::AddRow(std::vector<Cell> cells) {
  for (Cell& cell : cells) cell.text = policy::EscapeForDisplay(cell.text);
  cells.resize(columns_.size(), Cell(""));
  rows_.push_back(std::move(cells));
}

Table::Layout Table::FullLayout() const {
  Layout layout;
  for (size_t i = 0; i < columns_.size(); ++i) {
    size_t width = DisplayWidth(columns_[i].header);
    for (const std::vector<Cell>& row : rows_) width = std::max(width, DisplayWidth(row[i].text));
    layout.columns.push_back(i);
    const bool is_last = i + 1 == columns_.size();  // pushes nothing out of sight
    layout.widths.push_back(is_last ? width : std::min(width, kWidest));
  }
  return layout;
}

Table::Layout Table::LayoutFor(const Terminal& terminal) const {
  Layout layout = FullLayout();
  if (terminal.width == 0) return layout;
  // Takes from the widest column that may shrink, one at a time, until the sum fits.
  const auto shrink = [&](size_t least) {
    std::vector<size_t> widths = layout.widths;
    while (Total(widths) > terminal.width) {
      size_t widest = widths.size();
      for (size_t i = 0; i < widths.size(); ++i) {
        if (!columns_[layout.columns[i]].shrinks || widths[i] <= least) continue;
        if (widest == widths.size() || widths[i] > widths[widest]) widest = i;
      }
      if (widest == widths.size()) break;
      --widths[widest];
    }
    return widths;
  };
  while (Total(shrink(kReadable)) > terminal.width) {
    const auto spared = std::max_element(layout.columns.begin(), layout.columns.end(), [this](size_t a, size_t b) {
      return columns_[a].spared < columns_[b].spared;
    });
    if (spared == layout.columns.end() || columns_[*spared].spared == 0) break;
    layout.widths.erase(layout.widths.begin() + (spared - layout.columns.begin()));
    layout.columns.erase(spared);
  }
  layout.widths = shrink(kNarrowest);
  return layout;
}

std::string Table::Line(const Layout& layout, const std::vector<Cell>& cells, const Terminal& terminal) const {
  std::string line;
  for (size_t i = 0; i < layout.columns.size(); ++i) {
    const size_t column = layout.columns[i];
    if (i > 0) line.append(kGap, ' ');
    line += Padded(cells[column], layout.widths[i], columns_[column].right, terminal);
  }
  absl::StripTrailingAsciiWhitespace(&line);
  return line + "\n";
}

std::string Table::LeftOut(const Layout& layout, const Terminal& terminal) const {
  std::vector<std::string> names;
  for (size_t i = 0; i < columns_.size(); ++i) {
    const bool shown = std::find(layout.columns.begin(), layout.columns.end(), i) != layout.columns.end();
    if (!shown) names.push_back(columns_[i].header);
  }
  if (names.empty()) return "";
  return Styled(absl::StrCat("(too narrow for ", absl::StrJoin(names, ", "), ")"), Style::kFaint, terminal) + "\n";
}

std::string Table::Render(const Terminal& terminal) const {
  const Layout layout = LayoutFor(terminal);
  std::vector<Cell> header;
  for (const Column& column : columns_) header.emplace_back(column.header, Style::kBold);
  std::string text = Line(layout, header, terminal);
  for (const std::vector<Cell>& row : rows_) text += Line(layout, row, terminal);
  return text + LeftOut(layout, terminal);
}

}  // namespace idlewarden::tools
