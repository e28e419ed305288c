// Turns positions of the YAML parser (0-based, columns in bytes) into places for people (1-based, in characters).

#ifndef IDLEWARDEN_POLICY_READER_PLACE_FINDER_H_
#define IDLEWARDEN_POLICY_READER_PLACE_FINDER_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "policy/model/policy.h"

namespace idlewarden::policy {

// Cheap for positions that are asked for in about ascending order, also in a text of one long line.
class PlaceFinder {
 public:
  // `text` must outlive the finder; lines end with "\n".
  PlaceFinder(absl::string_view text, uint32_t file);

  // Negative numbers (a parser that lost its place) give the file's start.
  Place Find(int line, int byte_column);
  Place FindOffset(size_t offset) const;

 private:
  absl::string_view text_;
  uint32_t file_;
  std::vector<size_t> line_starts_;
  int last_line_ = -1;
  size_t last_byte_ = 0;  // in the line
  uint32_t last_column_ = 1;
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_READER_PLACE_FINDER_H_
