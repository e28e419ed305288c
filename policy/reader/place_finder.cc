#include "policy/reader/place_finder.h"

#include <algorithm>

namespace idlewarden::policy {
namespace {

uint32_t CountCharacters(absl::string_view text) {
  return static_cast<uint32_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

PlaceFinder::PlaceFinder(absl::string_view text, uint32_t file) : text_(text), file_(file), line_starts_{0} {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') line_starts_.push_back(i + 1);
  }
}

Place PlaceFinder::Find(int line, int byte_column) {
  if (line < 0 || byte_column < 0 || static_cast<size_t>(line) >= line_starts_.size()) return {file_, 1, 1};
  const auto byte = static_cast<size_t>(byte_column);
  if (line != last_line_ || byte < last_byte_) {
    last_line_ = line;
    last_byte_ = 0;
    last_column_ = 1;
  }
  const size_t start = line_starts_[line] + last_byte_;
  if (start < text_.size()) last_column_ += CountCharacters(text_.substr(start, byte - last_byte_));
  last_byte_ = byte;
  return {file_, static_cast<uint32_t>(line) + 1, last_column_};
}

Place PlaceFinder::FindOffset(size_t offset) const {
  const auto next_line = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  const size_t start = *(next_line - 1);
  return {file_, static_cast<uint32_t>(next_line - line_starts_.begin()),
          CountCharacters(text_.substr(start, offset - start)) + 1};
}

}  // namespace idlewarden::policy
